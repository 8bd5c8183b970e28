/**
 * A site in the graph: its health, its queue, and how many are hidden below it.
 */
import { Handle, type NodeProps, Position } from "@xyflow/react";
import { memo } from "react";

import { useShared } from "./graph-shared.ts";
import { type HierarchyLive, useEntry } from "./live.ts";
import { openWords } from "./way-words.ts";

export const SiteNode = memo(({ id, data }: NodeProps) => {
  const shared = useShared();
  const site = useEntry(shared.live, `site:${id}`);
  if (!site) return null;
  const state = site.reach === "down" ? "down" : site.trouble ? "trouble" : "well";
  const hidden = shared.hidden.get(id);
  return (
    <div className={`site ${state}`}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <div className="row">
        <i className="lamp" />
        <a className="code" href={`#/site/${id}`}>
          {id}
        </a>
        <span className="name">{site.name === id ? "" : site.name}</span>
        {(hidden !== undefined || shared.collapsed.has(id)) && (
          <button
            type="button"
            className="nodrag small"
            aria-label={`Show what is below ${id}`}
            onClick={(event) => {
              event.stopPropagation();
              shared.toggle(id);
            }}
          >
            +{hidden}
          </button>
        )}
      </div>
      <div className="facts">
        {data.isInBlock === true && site.parent !== null && (
          <WayWords live={shared.live} from={site.parent} to={id} />
        )}
        {state === "down" ? "does not answer" : `${site.queue} in inboxes`}
        {site.trouble && state !== "down" && <span className="bad"> · {site.trouble}</span>}
      </div>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
});

/** Of the way to a site that stands in a block, in few words. */
function WayWords({ live, from, to }: { live: HierarchyLive; from: string; to: string }) {
  const way = useEntry(live, `way:${from}>${to}`);
  const [first] = way?.moving ?? [];
  if (!way) return null;
  if (!first) return <>{openWords(way)} · </>;
  const others = way.sending > 1 ? ` +${way.sending - 1}` : "";
  return (
    <>
      <span className="bar" style={{ "--part": `${first.percent}%` } as React.CSSProperties}>
        {first.percent}%{others}
      </span>{" "}
    </>
  );
}
