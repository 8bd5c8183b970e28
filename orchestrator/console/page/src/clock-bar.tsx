/**
 * Emulated time, large, and what can be done to it.
 */
import { useEffect, useState } from "react";

import type { ClockEntry } from "../../live-entries.ts";
import { useConfirm } from "./confirm.tsx";
import { type HierarchyLive, useEntry } from "./live.ts";
import { every, realNow } from "./page-clock.ts";
import { dateWords, spanWords, timeWords } from "./words.ts";

export function emulatedNow(clock: ClockEntry, realMs: number): { ms: number; scale: number } {
  const moment = clock.moments.findLast((one) => one.realMs <= realMs) ?? clock.moments[0];
  if (!moment) return { ms: 0, scale: 1 };
  return { ms: moment.emulatedMs + (realMs - moment.realMs) * moment.scale, scale: moment.scale };
}

export function ClockBar({ live }: { live: HierarchyLive }) {
  const clock = useEntry(live, "clock");
  const hierarchy = useEntry(live, "hierarchy");
  const [, tick] = useState(0);
  const [to, setTo] = useState("+1h");
  const confirm = useConfirm();
  useEffect(() => every(250, () => tick((count) => count + 1)), []);
  if (!clock || !hierarchy) return null;
  const { ms, scale } = emulatedNow(clock, realNow() + live.aheadMs);
  const { nextOpening, usualScale } = clock;
  const advance = (title: string, action: object) =>
    confirm({ title, touches: "Time jumps ahead at every site at once, and never goes back.", action });
  const rescale = (wanted: number) =>
    confirm({
      title: wanted === 1 ? "Slow to real time" : `Run at ${wanted}×`,
      touches: `The clock of every site runs at ${wanted} emulated seconds to a real one. Links and limits follow it.`,
      action: { do: "scale", scale: wanted },
    });
  return (
    <section className="clock" aria-label="Emulated time">
      <div>
        <time className="large">{timeWords(ms, hierarchy.timeZone)}</time>
        <span className="dim">
          {" "}
          {dateWords(ms, hierarchy.timeZone)} in {hierarchy.timeZone.split("/").at(-1)?.replaceAll("_", " ")},{" "}
          {spanWords(ms - hierarchy.startMs)} after the start, at {scale}×
        </span>
      </div>
      <div className="row">
        {scale === 1 ? (
          <button type="button" onClick={() => rescale(usualScale)}>
            Resume at {usualScale}×
          </button>
        ) : (
          <button type="button" title="It goes on at real time: files are real" onClick={() => rescale(1)}>
            Pause
          </button>
        )}
        <label>
          Scale{" "}
          <select value="" onChange={({ target }) => rescale(Number(target.value))}>
            <option value="" disabled>
              {scale}×
            </option>
            {[1, 10, 60, 300, 600, 1800, 3600].map((one) => (
              <option key={one} value={one}>
                {one}×
              </option>
            ))}
          </select>
        </label>
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            advance(`Advance to ${to}`, { do: "advance", to });
          }}
        >
          <input
            aria-label="Advance to"
            value={to}
            size={9}
            title="+1h, Sat 06:00, 2003-11-08 06:00"
            onChange={({ target }) => setTo(target.value)}
          />
          <button type="submit">Advance</button>
        </form>
        <button
          type="button"
          disabled={!nextOpening}
          title={nextOpening ? `${nextOpening.from} to ${nextOpening.to}` : "Every address is open"}
          onClick={() =>
            nextOpening && advance("Advance to the next opening", { do: "advance", to: nextOpening.atMs })
          }
        >
          Next opening{nextOpening && ` ${timeWords(nextOpening.atMs, hierarchy.timeZone).slice(0, -3)}`}
        </button>
      </div>
    </section>
  );
}
