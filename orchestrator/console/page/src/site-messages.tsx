/**
 * The status messages of a site as they are raised, the newest first.
 */
import { useState } from "react";

import { type SiteLive, useEntry } from "./live.ts";
import { timeWords } from "./words.ts";

const severities = ["all", "warning", "error"] as const;
const signs = {
  informational: ["·", "dim"],
  warning: ["▲", "warn"],
  error: ["✕", "bad"],
} as const;

export function SiteMessages({ own, timeZone }: { own: SiteLive; timeZone: string }) {
  const messages = useEntry(own, "messages") ?? [];
  const [wanted, setWanted] = useState<(typeof severities)[number]>("all");
  const shown = messages.filter(({ severity }) => wanted === "all" || severity === wanted);
  return (
    <section className="card" aria-label="Status messages">
      <div className="row">
        <h3>Status messages</h3>
        <select
          aria-label="Severity"
          value={wanted}
          onChange={({ target }) => setWanted(severities.find((one) => one === target.value) ?? "all")}
        >
          {severities.map((one) => (
            <option key={one} value={one}>
              {one === "all" ? "All" : `Only ${one}s`}
            </option>
          ))}
        </select>
      </div>
      {shown.length === 0 ? (
        <p className="dim">
          None{wanted === "all" ? " yet" : ` is a${wanted === "error" ? "n" : ""} ${wanted}`}.
        </p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by keyboard
        <div className="scroll" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th>Severity</th>
                <th>ID</th>
                <th>Time</th>
                <th>Component</th>
                <th>Message</th>
              </tr>
            </thead>
            <tbody>
              {shown.toReversed().map(({ sequence, severity, id, emulatedMs, component, text }) => (
                <tr key={sequence}>
                  <td className={signs[severity][1]}>
                    <span aria-hidden>{signs[severity][0]}</span> {severity}
                  </td>
                  <td>{id}</td>
                  <td>
                    <time>{timeWords(emulatedMs, timeZone)}</time>
                  </td>
                  <td>{component}</td>
                  <td>{text}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
