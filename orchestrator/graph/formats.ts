/**
 * The formats of a drawn hierarchy, by their names and by the extensions of their files.
 */
import { extname } from "node:path";

import { dotGraph } from "./dot-graph.ts";
import type { HierarchyGraph } from "./hierarchy-graph.ts";
import { mermaidGraph } from "./mermaid-graph.ts";
import { svgGraph } from "./svg-graph.ts";
import { textGraph } from "./text-graph.ts";

export const graphFormats = {
  text: { draw: textGraph, extensions: [".txt"] },
  mermaid: { draw: mermaidGraph, extensions: [".mmd", ".mermaid"] },
  dot: { draw: dotGraph, extensions: [".dot", ".gv"] },
  svg: { draw: svgGraph, extensions: [".svg"] },
} as const satisfies Readonly<
  Record<string, { draw: (graph: HierarchyGraph) => string; extensions: readonly string[] }>
>;

export type GraphFormat = keyof typeof graphFormats;

export const graphFormatNames = Object.keys(graphFormats) as GraphFormat[];

export const graphExtensions = Object.values(graphFormats).flatMap(({ extensions }) => [...extensions]);

/** The format that a file's name says. Undefined where it says none. */
export function formatOfFile(file: string): GraphFormat | undefined {
  const extension = extname(file).toLowerCase();
  return graphFormatNames.find((name) =>
    graphFormats[name].extensions.some((one: string) => one === extension),
  );
}
