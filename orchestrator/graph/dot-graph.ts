/**
 * A hierarchy in Graphviz's language: `spoolnet graph --format dot | dot -Tpdf > hierarchy.pdf`.
 */
import { wrapped } from "../words.ts";
import { type GraphSite, type HierarchyGraph, pointsPhrase } from "./hierarchy-graph.ts";

const mostInLine = 48;

export function dotGraph({ name, summary, sites }: HierarchyGraph): string {
  return [
    `digraph ${quoted(name)} {`,
    `  graph [rankdir=LR, ranksep=1, nodesep=0.4, labelloc=t, label=${quoted(`${name}: ${summary}`)}]`,
    '  graph [fontname="Helvetica"]',
    '  node [shape=box, style=rounded, fontname="Helvetica", fontsize=11]',
    '  edge [dir=both, arrowsize=0.6, fontname="Helvetica", fontsize=9]',
    ...sites.map(node),
    ...sites.flatMap(edge),
    "}",
    "",
  ].join("\n");
}

function node(site: GraphSite): string {
  const access = site.access === undefined ? [] : [`access ${site.access}`];
  const label = labelled([site.title, site.kind, pointsPhrase(site), ...access], "\\n");
  return `  ${quoted(site.code)} [label=${label}${site.isPrimary ? ", penwidth=2" : ""}]`;
}

function edge({ code, parent, way, isDialled }: GraphSite): string[] {
  if (parent === null) return [];
  const label = labelled(
    way.map(({ what, words }) => `${what}: ${words}`),
    "\\l",
  );
  const style = isDialled ? ", style=dashed" : "";
  return [`  ${quoted(parent)} -> ${quoted(code)} [label=${label}${style}]`];
}

/** `\n` ends a line that is centred, `\l` one that is flush left. */
function labelled(lines: readonly string[], end: "\\n" | "\\l"): string {
  const all = lines.flatMap((line) => wrapped(line, mostInLine)).map(escaped);
  return `"${all.join(end)}${end === "\\l" ? end : ""}"`;
}

const quoted = (text: string) => `"${escaped(text)}"`;

/** Graphviz reads HTML's entities and escapes of its own in a label. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("&", "&amp;");
}
