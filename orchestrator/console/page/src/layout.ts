/**
 * Where each site is drawn. The layered layout of ELK, in a worker that is loaded when the first graph is; children of
 * one parent that have none of their own stand in a block beside it.
 */
import type { ELK } from "elkjs/lib/elk-api.js";
import workerUrl from "elkjs/lib/elk-worker.min.js?url";

export type Placed = ReadonlyMap<string, { readonly x: number; readonly y: number }>;
type Node = { readonly code: string; readonly parent: string | null };

const [width, height, gap] = [190, 62, 26] as const;
/** More leaves than this stand in several columns. */
const column = 8;

let made: Promise<ELK> | undefined;

async function elk(): Promise<ELK> {
  const { default: Elk } = await import("elkjs/lib/elk-api.js");
  return new Elk({ workerUrl });
}

/** `layerGap`: between a parent and its children. */
export async function placed(nodes: readonly Node[], layerGap: number): Promise<Placed> {
  made ??= elk();
  const parents = new Set(nodes.map(({ parent }) => parent));
  const leaves = Map.groupBy(
    nodes.filter(({ code, parent }) => parent !== null && !parents.has(code)),
    ({ parent }) => parent,
  );
  const blocks = [...leaves].filter(([, own]) => own.length > column);
  const inBlock = new Set(blocks.flatMap(([, own]) => own.map(({ code }) => code)));
  const columns = (count: number) => Math.ceil(Math.sqrt(count / 2.2));
  const size = (count: number) => ({
    width: columns(count) * (width + gap) - gap,
    height: Math.ceil(count / columns(count)) * (height + gap) - gap,
  });
  const shown = nodes.filter(({ code }) => !inBlock.has(code));
  const graph = await (await made).layout({
    id: "root",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "RIGHT",
      "elk.spacing.nodeNode": "34",
      "elk.layered.spacing.nodeNodeBetweenLayers": String(layerGap),
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
    },
    children: [
      ...shown.map(({ code }) => ({ id: code, width, height })),
      ...blocks.map(([parent, own]) => ({ id: `below ${parent}`, ...size(own.length) })),
    ],
    edges: [
      ...shown.flatMap(({ code, parent }) =>
        parent === null ? [] : [{ id: code, sources: [parent], targets: [code] }],
      ),
      ...blocks.map(([parent]) => ({
        id: `to ${parent}`,
        sources: [parent ?? ""],
        targets: [`below ${parent}`],
      })),
    ],
  });
  const found = new Map<string, { x: number; y: number }>();
  for (const { id, x = 0, y = 0 } of graph.children ?? []) {
    const own = blocks.find(([parent]) => id === `below ${parent}`)?.[1];
    if (!own) found.set(id, { x, y });
    for (const [index, { code }] of (own ?? []).entries()) {
      const across = columns(own?.length ?? 1);
      const place = { across: index % across, down: Math.floor(index / across) };
      found.set(code, { x: x + place.across * (width + gap), y: y + place.down * (height + gap) });
    }
  }
  return found;
}
