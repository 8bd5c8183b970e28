/**
 * One site: its inboxes with the files as they come and go, what it sends, its addresses over the week, what it told
 * last, and its logs.
 */
import { useEffect, useState } from "react";

import type { LogView } from "../../live-entries.ts";
import { ask } from "./api.ts";
import { useConfirm } from "./confirm.tsx";
import { type HierarchyLive, type SiteLive, useEntry, useSiteLive } from "./live.ts";
import { every } from "./page-clock.ts";
import { WeekGrid } from "./week-grid.tsx";
import { bytesWords, timeWords } from "./words.ts";

const switches = {
  up: [
    ["stop", "Stop", "The site ends in good order, and answers nobody until it is started."],
    ["kill", "Kill", "The site ends at once, as by SIGKILL: nothing in hand is finished. Nothing is lost."],
    ["pause", "Pause", "The site stands still; its connections stay open."],
  ],
  ended: [["start", "Start", "The site starts where it was, on the same data."]],
  paused: [["resume", "Go on", "The site goes on where it stood."]],
} as const;

export default function SitePage({ live, code }: { live: HierarchyLive; code: string }) {
  const site = useEntry(live, `site:${code}`);
  const own = useSiteLive(code);
  const now = useEntry(own, "now");
  const unreachable = useEntry(own, "unreachable");
  const addresses = useEntry(own, "addresses") ?? [];
  const confirm = useConfirm();
  if (!site) return <p className="notice">There is no site {code} in this hierarchy.</p>;
  return (
    <article className="page">
      <div className="row">
        <h2>
          {code} {site.name !== code && site.name}{" "}
          <span className="dim">
            {site.type} site, {site.parent ? `child of ${site.parent}` : "the central site"} ·{" "}
            {now?.localTime} {site.timeZone}
          </span>
        </h2>
        {site.power === null ? (
          <span className="dim" title="spoolnet run --driver processes, or --driver docker">
            no switch of its own with this driver
          </span>
        ) : (
          switches[site.power].map(([what, title, touches]) => (
            <button
              key={what}
              type="button"
              onClick={() =>
                confirm({
                  title: `${title} ${code}`,
                  touches,
                  action: { do: what, site: code },
                  isDangerous: what === "kill" || what === "stop",
                })
              }
            >
              {title}
            </button>
          ))
        )}
        {site.parent && <a href={`#/link/${site.parent}/${code}`}>Link to {site.parent}</a>}
      </div>
      {unreachable && <p className="bad">{unreachable} What is shown is what was known last.</p>}
      <Inboxes own={own} />
      <Requests own={own} code={code} timeZone={site.timeZone} />
      <h3>Addresses over the week</h3>
      {addresses.map((address) => (
        <WeekGrid
          key={`${address.to} ${address.number}`}
          from={code}
          address={address}
          hourNow={now?.hourOfWeek ?? -1}
        />
      ))}
      <div className="columns">
        <Events own={own} timeZone={site.timeZone} />
        <Logs code={code} />
      </div>
    </article>
  );
}

function Inboxes({ own }: { own: SiteLive }) {
  const inboxes = useEntry(own, "inboxes") ?? [];
  return (
    <section aria-label="Inboxes">
      <h3>Inboxes</h3>
      <div className="inboxes">
        {inboxes.map(({ inbox, files, passed, left }) => (
          <div key={inbox} className={files.length > 0 ? "inbox busy" : "inbox"}>
            <h4>{inbox}</h4>
            <p className="dim">
              {files.length} now, {passed} passed
            </p>
            <ul className="plain">
              {files.slice(0, 6).map(({ file, packages, peer }) => (
                <li key={file}>
                  {file}{" "}
                  <span className="dim">
                    {packages} {peer}
                  </span>
                </li>
              ))}
              {files.length === 0 &&
                left.slice(0, 2).map(({ file, atMs }) => (
                  <li key={file + atMs} className="gone">
                    {file}
                  </li>
                ))}
            </ul>
          </div>
        ))}
      </div>
    </section>
  );
}

function Requests({ own, code, timeZone }: { own: SiteLive; code: string; timeZone: string }) {
  const requests = useEntry(own, "requests") ?? [];
  const confirm = useConfirm();
  const button = (what: "hold" | "release" | "cancel", request: string) => (
    <button
      type="button"
      onClick={() =>
        confirm({
          title: `${what} ${request}`,
          touches: `The send request ${request} of site ${code}.`,
          action: { do: what, site: code, request },
          isDangerous: what === "cancel",
        })
      }
    >
      {what}
    </button>
  );
  return (
    <section aria-label="Send requests">
      <h3>Send requests</h3>
      {requests.length === 0 ? (
        <p className="dim">Nothing is being sent or waits.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th>Request</th>
              <th>State</th>
              <th>Priority</th>
              <th>To</th>
              <th>Carries</th>
              <th>Left</th>
              <th>Next try</th>
              <th>Why it waits</th>
              <th>
                <span className="sr">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {requests.map((one) => (
              <tr key={one.request}>
                <td>{one.request}</td>
                <td>{one.state}</td>
                <td>{one.priority}</td>
                <td>{one.destination}</td>
                <td>{one.packages.join(" ") || "news"}</td>
                <td className="number">
                  {bytesWords(one.bytesLeft)} of {bytesWords(one.bytes)}
                </td>
                <td>{one.nextTryMs && timeWords(one.nextTryMs, timeZone)}</td>
                <td>{one.reason}</td>
                <td className="row">
                  {one.wish === "hold" ? button("release", one.request) : button("hold", one.request)}
                  {button("cancel", one.request)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Events({ own, timeZone }: { own: SiteLive; timeZone: string }) {
  const events = useEntry(own, "events") ?? [];
  return (
    <section aria-label="Events">
      <h3>Events</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by keyboard */}
      <ol className="plain scroll" tabIndex={0}>
        {events.toReversed().map(({ sequence, emulatedMs, component, text }) => (
          <li key={sequence}>
            <time className="dim">{timeWords(emulatedMs, timeZone)}</time>{" "}
            <span className="dim">{component.replace("SMS_", "")}</span> {text}
          </li>
        ))}
      </ol>
    </section>
  );
}

const levels = ["everything", "warnings", "errors"] as const;

function Logs({ code }: { code: string }) {
  const [names, setNames] = useState<readonly string[]>([]);
  const [name, setName] = useState("sender");
  const [least, setLeast] = useState(0);
  const [filter, setFilter] = useState("");
  const [log, setLog] = useState<LogView>();
  useEffect(() => {
    ask<{ logs: string[] }>(`/api/sites/${code}/logs`).then(
      ({ logs }) => setNames(logs),
      () => {},
    );
  }, [code]);
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
            lines: isSame && known ? [...known.lines, ...found.lines].slice(-1000) : found.lines,
          };
          setLog(known);
        },
        () => {},
      );
    void read();
    const stop = every(1500, () => void read());
    return () => {
      isOld = true;
      stop();
    };
  }, [code, name]);
  const shown = (log?.lines ?? []).filter(
    ({ type, text }) => type > least && text.toLowerCase().includes(filter.toLowerCase()),
  );
  return (
    <section aria-label="Logs">
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
          placeholder="filter"
          value={filter}
          onChange={({ target }) => setFilter(target.value)}
        />
      </div>
      {shown.length === 0 && <p className="dim">No line is so.</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by keyboard */}
      <ol className="plain scroll log" tabIndex={0}>
        {shown
          .toReversed()
          .slice(0, 300)
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
