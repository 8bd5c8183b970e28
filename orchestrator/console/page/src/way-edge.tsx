/**
 * A way in the graph: its line, what its schedule and its limit are now, and what moves over it.
 */
import { EdgeLabelRenderer, type EdgeProps, getSmoothStepPath } from "@xyflow/react";
import { memo } from "react";

import { useShared } from "./graph-shared.ts";
import { useEntry } from "./live.ts";
import { limitOf, usageWords } from "./way-words.ts";
import { rateWords } from "./words.ts";

function labelLook(usage: string): string {
  if (usage === "open") return "";
  return usage === "cut" || usage === "out" ? "cut-off" : "narrow";
}

export const WayEdge = memo((edge: EdgeProps) => {
  const { live } = useShared();
  const down = useEntry(live, `way:${edge.source}>${edge.target}`);
  const up = useEntry(live, `way:${edge.target}>${edge.source}`);
  // The turn is near the parent, so that each label has a straight line of its own.
  const turn = edge.sourceX + 26;
  const [path] = getSmoothStepPath({ ...edge, centerX: turn, borderRadius: 8 });
  const [x, y] = [(turn + edge.targetX) / 2, edge.targetY];
  if (!down) return null;
  const usage = usageWords(down);
  const sending = down.sending + (up?.sending ?? 0);
  const limit = limitOf(down);
  return (
    <>
      <path
        className={`way ${usage === "cut" || usage === "out" ? "cut" : usage.replaceAll(" ", "-")} ${sending > 0 ? "moving" : ""}`}
        d={path}
        fill="none"
      />
      {edge.data?.hasLabel === true && (
        <EdgeLabelRenderer>
          <a
            className={`way-label ${labelLook(usage)}`}
            href={`#/link/${edge.source}/${edge.target}`}
            style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
          >
            <span>
              {down.line !== null && `${down.line} · `}
              <b>{usage}</b>
              {limit !== "unlimited" && ` · ${limit}`}
            </span>
            {down.moving.slice(0, 2).map(({ request, packages, percent }) => (
              <span key={request} className="bar" style={{ "--part": `${percent}%` } as React.CSSProperties}>
                {packages} {percent}%
              </span>
            ))}
            {down.sending > 2 && <span>and {down.sending - 2} more</span>}
            {down.bytesPerSecond > 0 && <span>{rateWords(down.bytesPerSecond)}</span>}
          </a>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
