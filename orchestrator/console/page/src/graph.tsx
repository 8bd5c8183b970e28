/**
 * The hierarchy as a graph: each site with its health and its queue, each link with its line, what its schedule and its
 * limit are now, and what moves over it. Levels collapse; far away only the codes are shown, large.
 */
import {
  type Edge,
  type Node,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
} from "@xyflow/react";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";

import type { SiteEntry, WayEntry } from "../../live-entries.ts";
import { Graph, type Shared } from "./graph-shared.ts";
import { height, placed, width } from "./layout.ts";
import { type HierarchyLive, useList } from "./live.ts";
import { SiteNode } from "./site-node.tsx";
import { WayEdge } from "./way-edge.tsx";

/** A hierarchy larger than this begins with its regions collapsed. */
const mostShown = 60;
/** Between a parent and its children, so that what is said of the line has room. */
const [wideGap, narrowGap] = [300, 190] as const;
/** Below this zoom only what is large can be read. */
const farZoom = 0.45;

/** All sites are of one size: said here, it is not measured of each, which would have 200 of them drawn twice. */
const sized = {
  width,
  height,
  handles: [
    { type: "target", position: Position.Left, x: 0, y: height / 2 },
    { type: "source", position: Position.Right, x: width, y: height / 2 },
  ],
} satisfies Partial<Node>;

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
  const places = useMemo(() => placed(shown, hasLines ? wideGap : narrowGap), [shown, hasLines]);
  useEffect(() => {
    if (places.size === 0) return;
    const frame = requestAnimationFrame(() => flow.fitView({ padding: 0.12, maxZoom: 1.1 }));
    return () => cancelAnimationFrame(frame);
  }, [places, flow]);
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
        const place = places.get(code);
        if (!place) return [];
        const { x, y, isInBlock } = place;
        const data = { isInBlock };
        return [{ ...sized, id: code, type: "site", position: { x, y }, data, draggable: false }];
      }),
    [shown, places],
  );
  const edges = useMemo<Edge[]>(
    () =>
      shown.flatMap(({ code, parent }) =>
        parent === null || !places.has(code)
          ? []
          : [
              {
                id: `${parent}-${code}`,
                source: parent,
                target: code,
                type: "way",
                focusable: false,
                data: { hasLabel: !isFar && !places.get(code)?.isInBlock },
              },
            ],
      ),
    [shown, places, isFar],
  );
  function find() {
    const text = wanted.trim().toLowerCase();
    const sites = live.list<SiteEntry>("site:");
    const found = sites.find(({ code, name, servers }) =>
      [code, name, ...servers].some((word) => word.toLowerCase().includes(text)),
    );
    if (!found || text === "") return;
    if (places.has(found.code)) flow.fitView({ nodes: [{ id: found.code }], maxZoom: 1.2, duration: 300 });
    else location.hash = `#/site/${found.code}`;
  }
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
          nodesFocusable={false} // its link can be, and goes to the site's page
          fitView
          onNodeClick={(_, { id }) => {
            location.hash = `#/site/${id}`;
          }}
          proOptions={{ hideAttribution: true }}
        />
      </div>
    </Graph>
  );
}

const nodeTypes = { site: SiteNode };
const edgeTypes = { way: WayEdge };
