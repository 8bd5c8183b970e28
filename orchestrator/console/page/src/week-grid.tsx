/**
 * The 7x24 grid of an address, painted with the mouse or the arrow keys and the space bar: which priorities may go in
 * each hour, or what limit holds. What is painted is sent when it is applied.
 */
import { useState } from "react";

import type { AddressEntry } from "../../live-entries.ts";
import { useConfirm } from "./confirm.tsx";

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const usages = ["all", "medium and high", "high only", "closed"];

type Props = { from: string; address: AddressEntry; hourNow: number };

export function WeekGrid({ from, address, hourNow }: Props) {
  const { to, sender } = address;
  const [isLimit, setLimit] = useState(false);
  const [painted, setPainted] = useState<readonly string[]>();
  const [brush, setBrush] = useState("closed");
  const [rate, setRate] = useState("25%");
  const confirm = useConfirm();
  const base: readonly string[] = isLimit ? (address.limits ?? []) : address.usages;
  const hours = painted ?? base;
  const paint = (hour: number) =>
    setPainted((before) => (before ?? base).with(hour, isLimit ? rate || "unlimited" : brush));
  function apply() {
    const what = isLimit ? "limit" : "schedule";
    const count = hours.filter((value, hour) => value !== base[hour]).length;
    confirm({
      title: `Change the ${what}`,
      touches: `${count} hours of the ${sender} address from ${from} to ${to}. What is being sent follows at once.`,
      action: isLimit
        ? { do: "limit", from, to, sender, hours }
        : { do: "schedule", from, to, sender, usages: hours },
    });
    setPainted(undefined);
  }
  return (
    <section className="week" aria-label={`Week of the address to ${to}`}>
      <div className="row">
        <h4>
          {address.number}. {address.sender} {address.line} <span className="dim">rate {address.rate}</span>
        </h4>
        <label>
          Paint{" "}
          <select
            value={isLimit ? "limit" : brush}
            onChange={({ target }) => {
              setLimit(target.value === "limit");
              setPainted(undefined);
              if (target.value !== "limit") setBrush(target.value);
            }}
          >
            {usages.map((one) => (
              <option key={one}>{one}</option>
            ))}
            {address.limits && <option value="limit">a limit</option>}
          </select>
        </label>
        {isLimit && (
          <input
            aria-label="Limit"
            value={rate}
            size={10}
            title="25%, 64 kbit/s or unlimited"
            onChange={({ target }) => setRate(target.value)}
          />
        )}
        {painted && (
          <>
            <button type="button" className="primary" onClick={apply}>
              Apply
            </button>
            <button type="button" onClick={() => setPainted(undefined)}>
              Discard
            </button>
          </>
        )}
      </div>
      <table className="grid">
        <thead>
          <tr>
            <td />
            {[0, 6, 12, 18].map((hour) => (
              <th key={hour} scope="col" colSpan={6}>
                {String(hour).padStart(2, "0")}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.map((day, index) => (
            <tr key={day}>
              <th scope="row">{day}</th>
              {Array.from({ length: 24 }, (_, hour) => {
                const at = index * 24 + hour;
                const value = hours[at] ?? "";
                const name = `${day} ${String(hour).padStart(2, "0")}:00 ${value}${at === hourNow ? ", now" : ""}`;
                const look = isLimit ? (value === "unlimited" ? "all" : "limited") : lookOf(value);
                return (
                  <td key={at}>
                    <button
                      type="button"
                      className={`hour ${look} ${at === hourNow ? "now" : ""}`}
                      aria-label={name}
                      title={name}
                      tabIndex={at === hourNow ? 0 : -1}
                      onMouseDown={(event) => {
                        event.preventDefault();
                        paint(at);
                      }}
                      onMouseEnter={({ buttons }) => buttons === 1 && paint(at)}
                      onKeyDown={(event) => moved(event, at, paint)}
                    />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="legend">
        {(isLimit ? ["unlimited", "a limit"] : usages).map((words) => (
          <span key={words}>
            <i
              className={`swatch hour ${isLimit ? (words === "unlimited" ? "all" : "limited") : lookOf(words)}`}
            />
            {words}
          </span>
        ))}
        <span>
          <i className="swatch hour now" />
          now
        </span>
      </p>
    </section>
  );
}

function lookOf(usage: string): string {
  return usage.replaceAll(" ", "-");
}

/** The arrow keys go from hour to hour, the space bar paints. */
function moved(event: React.KeyboardEvent<HTMLButtonElement>, at: number, paint: (hour: number) => void) {
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -24, ArrowDown: 24 };
  if (event.key === " " || event.key === "Enter") {
    event.preventDefault();
    paint(at);
    return;
  }
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const all = event.currentTarget.closest("table")?.querySelectorAll<HTMLButtonElement>("button.hour");
  all?.[(at + step + 168) % 168]?.focus();
}
