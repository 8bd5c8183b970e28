/**
 * A hierarchy as a Mermaid flowchart, as Markdown pages show it between ```mermaid and ```.
 */
import { type GraphSite, type HierarchyGraph, pointsPhrase } from "./hierarchy-graph.ts";

export function mermaidGraph({ name, summary, sites }: HierarchyGraph): string {
  return [
    "---",
    `title: ${JSON.stringify(`${name}: ${summary}`)}`,
    "---",
    "flowchart LR",
    ...sites.map(node),
    ...sites.flatMap(edge),
    "  classDef primary stroke-width:2px",
    `  class ${sites.flatMap(({ isPrimary, code }) => (isPrimary ? nodeName(code) : [])).join(",")} primary`,
    "",
  ].join("\n");
}

/** A code alone could be a word of Mermaid's own, like END. */
const nodeName = (code: string) => `site_${code}`;

function node(site: GraphSite): string {
  const lines = [
    site.kind,
    pointsPhrase(site),
    ...(site.access === undefined ? [] : [`access ${site.access}`]),
  ];
  return `  ${nodeName(site.code)}["<b>${quoted(site.title)}</b><br/>${lines.map(quoted).join("<br/>")}"]`;
}

function edge({ code, parent, way, isDialled }: GraphSite): string[] {
  if (parent === null) return [];
  const words = way.map(({ what, words }) => quoted(`${what}: ${words}`)).join("<br/>");
  return [`  ${nodeName(parent)} ${isDialled ? "<-.->" : "<-->"}|"${words}"| ${nodeName(code)}`];
}

/** Inside quotes Mermaid reads entities, HTML and, between backticks, Markdown. */
function quoted(text: string): string {
  return text.replaceAll(/[#&<>"`]/g, (character) => `#${character.charCodeAt(0)};`);
}
