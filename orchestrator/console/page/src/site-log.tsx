/**
 * The end of a component's log as it grows, with a filter.
 */
import { useEffect, useState } from "react";

import type { LogView } from "../../live-entries.ts";
import { ask } from "./api.ts";
import { every } from "./page-clock.ts";

const levels = ["Everything", "Warnings", "Errors"] as const;
const mostKept = 1000;
const mostShown = 300;

/** `trouble`: why it cannot be read now, as of a site that does not answer; what was read before stays. */
function useLog(code: string, name: string): { log: LogView | undefined; trouble: string } {
  const [log, setLog] = useState<LogView>();
  const [trouble, setTrouble] = useState("");
  useEffect(() => {
    let known: LogView | undefined;
    let isOld = false;
    const read = () =>
      ask<LogView>(`/api/sites/${code}/logs/${name}?from=${known?.next ?? 0}`).then(
        (found) => {
          if (isOld) return;
          const isSame = known?.file === found.file;
          known = {
            ...found,
            next: isSame || !known ? found.next : 0,
            lines: isSame && known ? [...known.lines, ...found.lines].slice(-mostKept) : found.lines,
          };
          setLog(known);
          setTrouble("");
        },
        (error: Error) => {
          if (!isOld) setTrouble(error.message);
        },
      );
    void read();
    const stop = every(1500, () => void read());
    return () => {
      isOld = true;
      stop();
    };
  }, [code, name]);
  return { log, trouble };
}

export function SiteLog({ code }: { code: string }) {
  const [names, setNames] = useState<readonly string[]>([]);
  const [name, setName] = useState("sender");
  const [least, setLeast] = useState(0);
  const [filter, setFilter] = useState("");
  const { log, trouble } = useLog(code, name);
  useEffect(() => {
    ask<{ logs: string[] }>(`/api/sites/${code}/logs`).then(
      ({ logs }) => setNames(logs),
      () => {
        // the connection's own notice says so
      },
    );
  }, [code]);
  const shown = (log?.lines ?? []).filter(
    ({ type, text }) => type > least && text.toLowerCase().includes(filter.toLowerCase()),
  );
  return (
    <section className="card" aria-label="Log">
      <div className="row">
        <h3>Log</h3>
        <select aria-label="Component" value={name} onChange={({ target }) => setName(target.value)}>
          {names.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
        <select aria-label="Level" value={least} onChange={({ target }) => setLeast(Number(target.value))}>
          {levels.map((words, index) => (
            <option key={words} value={index}>
              {words}
            </option>
          ))}
        </select>
        <input
          type="search"
          aria-label="Filter the log"
          placeholder="Filter"
          value={filter}
          onChange={({ target }) => setFilter(target.value)}
        />
      </div>
      {trouble !== "" && (
        <p className="bad" role="status">
          The log cannot be read; it is tried again by itself: {trouble}
        </p>
      )}
      {shown.length === 0 && trouble === "" && <p className="dim">No line is so.</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by keyboard */}
      <ol className="plain scroll log" tabIndex={0}>
        {shown
          .toReversed()
          .slice(0, mostShown)
          .map(({ text, type, time }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a log only grows at its end
            <li key={shown.length - index} className={type === 3 ? "bad" : type === 2 ? "warn" : ""}>
              <time className="dim">{time}</time> {text}
            </li>
          ))}
      </ol>
    </section>
  );
}
