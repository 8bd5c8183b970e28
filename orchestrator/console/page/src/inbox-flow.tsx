/**
 * The flow at a site as a picture that lives: who takes from which inbox, with the files as they come and go.
 */
import type { InboxEntry } from "../../live-entries.ts";
import { type SiteLive, useEntry } from "./live.ts";

/** From the left to the right as a package goes: the component, and the inboxes that it takes from. */
const stages = [
  ["Despooler", /^Despoolr/],
  ["Distribution Manager", /^Distmgr/],
  ["Inbox Manager", /^Pkginfo/],
  ["Replication Manager", /^Replmgr/],
  ["Scheduler", /^Schedule\.box(?!\/Outboxes)/],
  ["Senders", /^Schedule\.box\/Outboxes/],
] as const;

/** The other site of a file here is the one that it came from. */
const comesFrom = /^Despoolr|Incoming$/;
const mostFiles = 5;

export function InboxFlow({ own }: { own: SiteLive }) {
  const inboxes = useEntry(own, "inboxes") ?? [];
  return (
    <section className="card" aria-label="Inboxes">
      <h3>Inboxes</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by keyboard */}
      <div className="flow" tabIndex={0}>
        {stages.map(([component, names]) => (
          <div key={component} className="stage">
            <h4>{component}</h4>
            {inboxes
              .filter(({ inbox }) => names.test(inbox))
              .map((one) => (
                <Inbox key={one.inbox} {...one} />
              ))}
          </div>
        ))}
      </div>
    </section>
  );
}

function Inbox({ inbox, files, passed, left }: InboxEntry) {
  return (
    <div className={files.length > 0 ? "inbox busy" : "inbox"}>
      <div className="row">
        <b>
          {inbox.split("/").map((part, index) => (
            <span key={part}>
              {index > 0 && (
                <>
                  /<wbr />
                </>
              )}
              {part}
            </span>
          ))}
        </b>
        <span className="dim" title={`${files.length} files now, ${passed} have passed`}>
          {files.length}
          <span className="sr"> now</span>
          {passed > 0 && ` · ${passed} passed`}
        </span>
      </div>
      <ul className="plain">
        {files.slice(0, mostFiles).map(({ file, packages, peer }) => (
          <li key={file} className="file">
            {file}{" "}
            <span className="dim">
              {peer !== "" && `${comesFrom.test(inbox) ? "from" : "to"} ${peer} `}
              {packages}
            </span>
          </li>
        ))}
        {files.length > mostFiles && <li className="dim">and {files.length - mostFiles} more</li>}
        {files.length === 0 &&
          left.slice(0, 1).map(({ file, atMs }) => (
            <li key={file + atMs} className="gone">
              {file}
            </li>
          ))}
      </ul>
    </div>
  );
}
