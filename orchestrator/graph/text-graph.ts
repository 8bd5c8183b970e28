/**
 * A hierarchy as a tree of text.
 */
import { type GraphSite, type HierarchyGraph, pointsPhrase, sitesBelow } from "./hierarchy-graph.ts";

export function textGraph(graph: HierarchyGraph): string {
  const lines = [`${graph.name}: ${graph.summary}`, ""];
  const widest = Math.max(...graph.sites.flatMap(({ way }) => way.map(({ what }) => what.length)), 0);

  /** `head` stands before the site's own line, `indent` before all that follows it. */
  const add = (site: GraphSite, head: string, indent: string) => {
    const below = sitesBelow(graph, site.code);
    lines.push(`${head}${site.title} (${site.kind}): ${pointsPhrase(site)}`);
    const aside = `${indent}${below.length > 0 ? "│" : " "}    `;
    const told = [
      ...(site.access === undefined ? [] : [{ what: "access", words: site.access }]),
      ...site.way,
    ];
    for (const { what, words } of told) lines.push(`${aside}${what.padEnd(widest)}  ${words}`);
    for (const child of below) {
      const isLast = child === below.at(-1);
      add(child, `${indent}${isLast ? "└─ " : "├─ "}`, `${indent}${isLast ? "   " : "│  "}`);
    }
  };
  for (const central of sitesBelow(graph, null)) add(central, "", "");
  return `${lines.join("\n")}\n`;
}
