/**
 * The hierarchy as a graph: each site with its health and its queue, each link with its line, what its schedule and its
 * limit are now, and what moves over it. Levels collapse; far away only the codes are shown, large.
 */
import {
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  getSmoothStepPath,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
} from "@xyflow/react";
import { createContext, memo, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";

import type { SiteEntry, WayEntry } from "../../live-entries.ts";
import { type Placed, placed } from "./layout.ts";
import { type HierarchyLive, useEntry, useList } from "./live.ts";
import { rateWords } from "./words.ts";

type Shared = {
  live: HierarchyLive;
  hidden: ReadonlyMap<string, number>;
  collapsed: ReadonlySet<string>;
  toggle: (code: string) => void;
};
const Graph = createContext<Shared | undefined>(undefined);

/** A hierarchy larger than this begins with its regions collapsed. */
const mostShown = 60;
/** Between a parent and its children, so that what is said of the line has room. */
const [wideGap, narrowGap] = [300, 190] as const;
/** Below this zoom only what is large can be read. */
const farZoom = 0.45;

export function HierarchyGraph({ live }: { live: HierarchyLive }) {
  return (
    <ReactFlowProvider>
      <Inner live={live} />
    </ReactFlowProvider>
  );
}

/** What of a site says where it is drawn: it hardly ever changes. */
function useTree(live: HierarchyLive) {
  const sites = useList<SiteEntry>(live, "site:");
  const text = sites.map(({ code, parent }) => `${code} ${parent ?? ""}`).join(",");
  return useMemo(
    () =>
      text === ""
        ? []
        : text.split(",").map((one) => {
            const [code = "", parent = ""] = one.split(" ");
            return { code, parent: parent === "" ? null : parent };
          }),
    [text],
  );
}

function Inner({ live }: { live: HierarchyLive }) {
  const tree = useTree(live);
  const [chosen, setChosen] = useState<ReadonlySet<string>>();
  const [places, setPlaces] = useState<Placed>();
  const [failure, setFailure] = useState<string>();
  const [wanted, setWanted] = useState("");
  const flow = useReactFlow();
  const isFar = useStore(({ transform }) => transform[2] < farZoom);
  const hasLines = useSyncExternalStore(live.subscribe, () =>
    live.list<WayEntry>("way:").some(({ line }) => line !== null),
  );
  const usual = useMemo(() => {
    if (tree.length <= mostShown) return new Set<string>();
    return new Set(tree.filter(({ parent }) => parent !== null).flatMap(({ parent }) => parent ?? []));
  }, [tree]);
  const roots = tree.filter(({ parent }) => parent === null).map(({ code }) => code);
  const collapsed = chosen ?? new Set([...usual].filter((code) => !roots.includes(code)));
  const key = [...collapsed].join(" ");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says what is collapsed
  const { shown, hidden } = useMemo(() => {
    const parents = new Map(tree.map(({ code, parent }) => [code, parent]));
    const below = new Map<string, number>();
    const open = tree.filter(({ code }) => {
      for (let at = parents.get(code) ?? null; at !== null; at = parents.get(at) ?? null) {
        if (!collapsed.has(at)) continue;
        below.set(at, (below.get(at) ?? 0) + 1);
        return false;
      }
      return true;
    });
    return { shown: open, hidden: below };
  }, [tree, key]);
  useEffect(() => {
    if (shown.length === 0) return;
    let isOld = false;
    placed(shown, hasLines ? wideGap : narrowGap).then(
      (found) => {
        if (isOld) return;
        setPlaces(found);
        requestAnimationFrame(() => flow.fitView({ padding: 0.12, maxZoom: 1.1 }));
      },
      (error) => setFailure(String(error)),
    );
    return () => {
      isOld = true;
    };
  }, [shown, flow, hasLines]);
  const shared = useMemo<Shared>(
    () => ({
      live,
      hidden,
      collapsed,
      toggle: (code) =>
        setChosen(
          collapsed.has(code)
            ? new Set([...collapsed].filter((one) => one !== code))
            : new Set([...collapsed, code]),
        ),
    }),
    [live, hidden, collapsed],
  );
  const nodes = useMemo<Node[]>(
    () =>
      shown.flatMap(({ code }) => {
        const position = places?.get(code);
        return position
          ? [{ id: code, type: "site", position, data: {}, draggable: false, ariaLabel: `Site ${code}` }]
          : [];
      }),
    [shown, places],
  );
  const edges = useMemo<Edge[]>(
    () =>
      shown.flatMap(({ code, parent }) =>
        parent === null || !places?.has(code)
          ? []
          : [{ id: `${parent}-${code}`, source: parent, target: code, type: "way", focusable: false }],
      ),
    [shown, places],
  );
  function find() {
    const text = wanted.trim().toLowerCase();
    const sites = live.list<SiteEntry>("site:");
    const found = sites.find(({ code, name, servers }) =>
      [code, name, ...servers].some((word) => word.toLowerCase().includes(text)),
    );
    if (!found || text === "") return;
    if (places?.has(found.code)) flow.fitView({ nodes: [{ id: found.code }], maxZoom: 1.2, duration: 300 });
    else location.hash = `#/site/${found.code}`;
  }
  if (failure)
    return <p className="notice">The graph cannot be laid out: {failure}. The table has all sites.</p>;
  return (
    <Graph value={shared}>
      <div className={isFar ? "graph far" : "graph"} data-testid="graph">
        <form
          className="find row"
          onSubmit={(event) => {
            event.preventDefault();
            find();
          }}
        >
          <input
            type="search"
            aria-label="Find a site"
            placeholder="Find a site"
            value={wanted}
            onChange={({ target }) => setWanted(target.value)}
          />
          {(hidden.size > 0 || usual.size > 0) && (
            <>
              <button type="button" onClick={() => setChosen(new Set())}>
                All levels
              </button>
              <button
                type="button"
                onClick={() => setChosen(new Set([...usual].filter((code) => !roots.includes(code))))}
              >
                Collapse
              </button>
            </>
          )}
        </form>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          minZoom={0.05}
          maxZoom={2}
          onlyRenderVisibleElements
          nodesConnectable={false}
          fitView
          onNodeClick={(_, { id }) => {
            location.hash = `#/site/${id}`;
          }}
          proOptions={{ hideAttribution: true }}
        />
        {!places && <p className="notice">Laying out the graph</p>}
      </div>
    </Graph>
  );
}

const SiteNode = memo(({ id }: NodeProps) => {
  const shared = useContext(Graph) as Shared;
  const site = useEntry(shared.live, `site:${id}`);
  if (!site) return null;
  const state = site.reach === "down" ? "down" : site.trouble ? "trouble" : "well";
  const hidden = shared.hidden.get(id);
  return (
    <div className={`site ${state}`}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <div className="row">
        <i className="lamp" />
        <a className="code" href={`#/site/${id}`} tabIndex={-1}>
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
        {state === "down" ? "does not answer" : `${site.queue} in inboxes`}
        {site.trouble && state !== "down" && <span className="bad"> · {site.trouble}</span>}
      </div>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
});

export function usageWords(way: WayEntry): string {
  if (way.isCut) return "cut";
  if (way.isOut) return "out";
  const usages = way.addresses.map(({ usage }) => usage);
  return usages.includes("all") ? "open" : (usages[0] ?? "open");
}

function labelLook(usage: string): string {
  if (usage === "open") return "";
  return usage === "cut" || usage === "out" ? "cut-off" : "narrow";
}

const WayEdge = memo((edge: EdgeProps) => {
  const { live } = useContext(Graph) as Shared;
  const down = useEntry(live, `way:${edge.source}>${edge.target}`);
  const up = useEntry(live, `way:${edge.target}>${edge.source}`);
  // The turn is near the parent, so that each label has a straight line of its own.
  const turn = edge.sourceX + 26;
  const [path] = getSmoothStepPath({ ...edge, centerX: turn, borderRadius: 8 });
  const [x, y] = [(turn + edge.targetX) / 2, edge.targetY];
  if (!down) return null;
  const usage = usageWords(down);
  const sending = down.sending + (up?.sending ?? 0);
  const limit = down.addresses[0]?.limit ?? "unlimited";
  return (
    <>
      <path
        className={`way ${usage === "cut" || usage === "out" ? "cut" : usage.replaceAll(" ", "-")} ${sending > 0 ? "moving" : ""}`}
        d={path}
        fill="none"
      />
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
    </>
  );
});

const nodeTypes = { site: SiteNode };
const edgeTypes = { way: WayEdge };
