/**
 * One site: the flow through its inboxes, what it sends, its status messages, its ways to other sites over the week,
 * what it told last, and its logs.
 */
import type { SiteEntry, SitePowerState } from "../../live-entries.ts";
import { useConfirm } from "./confirm.tsx";
import { InboxFlow } from "./inbox-flow.tsx";
import { type HierarchyLive, type SiteLive, useEntry, useSiteLive } from "./live.ts";
import { SendRequests } from "./send-requests.tsx";
import { SiteLog } from "./site-log.tsx";
import { SiteMessages } from "./site-messages.tsx";
import { SiteWays } from "./site-ways.tsx";
import { timeWords } from "./words.ts";

const switches = {
  up: [
    ["stop", "Stop", "The site ends in good order, and answers nobody until it is started."],
    ["kill", "Kill", "The site ends at once, as by SIGKILL: nothing in hand is finished. Nothing is lost."],
    ["pause", "Pause", "The site stands still; its connections stay open."],
  ],
  ended: [["start", "Start", "The site starts where it was, on the same data."]],
  paused: [["resume", "Go on", "The site goes on where it stood."]],
} as const;

/** What something else has ended can be started here. */
function offered(power: SitePowerState, reach: SiteEntry["reach"]) {
  return power === "up" && reach === "down" ? [...switches.ended, ...switches.up] : switches[power];
}

export default function SitePage({ live, code }: { live: HierarchyLive; code: string }) {
  const site = useEntry(live, `site:${code}`);
  const own = useSiteLive(code);
  const now = useEntry(own, "now");
  const unreachable = useEntry(own, "unreachable");
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
        <div className="row apart">
          {site.parent && <a href={`#/link/${site.parent}/${code}`}>Link to {site.parent}</a>}
          {site.power === null ? (
            <span className="dim" title="spoolnet run --driver processes, or --driver docker">
              no switch of its own with this driver
            </span>
          ) : (
            offered(site.power, site.reach).map(([what, title, touches]) => (
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
        </div>
      </div>
      {unreachable && <p className="bad">{unreachable} What is shown is what was known last.</p>}
      <InboxFlow own={own} />
      <SendRequests own={own} code={code} timeZone={site.timeZone} />
      <SiteWays live={live} own={own} code={code} timeZone={site.timeZone} />
      <SiteMessages own={own} timeZone={site.timeZone} />
      <div className="columns">
        <Events own={own} timeZone={site.timeZone} />
        <SiteLog code={code} />
      </div>
    </article>
  );
}

function Events({ own, timeZone }: { own: SiteLive; timeZone: string }) {
  const events = useEntry(own, "events") ?? [];
  return (
    <section className="card" aria-label="Events">
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
