/**
 * A hierarchy as one SVG file that needs nothing else, by day and by night. Levels go from left to right; what is said
 * of a way stands on the line that leads to the site: links above it, addresses below.
 */
import { escaped } from "../report/markup.ts";
import { wrapped } from "../words.ts";
import {
  type GraphSite,
  type HierarchyGraph,
  pointsPhrase,
  sitesBelow,
  type WayLine,
} from "./hierarchy-graph.ts";
import { type Room, treeLayout } from "./tree-layout.ts";

const margin = 24;
const headRoom = 56;
const boxWidth = 236;
const boxPadding = 10;
const lineHeight = 15;
/** From a box to the line that its children hang on, and from there to the words. */
const trunk = 22;
const wayWidth = 336;
/** How many characters fit, as fonts differ: a wide one takes up to 6.7 units a character. */
const mostInBox = 32;
const mostOfWay = 50;
const between = 14;

const style = `
:root { color-scheme: light dark; --bg: #fff; --fg: #1b1f24; --muted: #57606a; --line: #8c959f; --panel: #f6f8fa; --primary: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --bg: #0d1117; --fg: #e6edf3; --muted: #9aa4af; --line: #6e7781; --panel: #161c24; --primary: #58a6ff; } }
text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--fg); }
.name { font-size: 16px; font-weight: 600; } .title, .what { font-weight: 600; } .way { font-size: 11.5px; }
.muted { fill: var(--muted); }
.ground { fill: var(--bg); } .site { fill: var(--panel); stroke: var(--line); } .site.primary { stroke: var(--primary); stroke-width: 2; }
.line { fill: none; stroke: var(--line); stroke-width: 1.5; stroke-linejoin: round; stroke-linecap: round; } .line.dialled { stroke-dasharray: 6 4; }
`;

type Text = { readonly of: string; readonly markup: string };

export function svgGraph(graph: HierarchyGraph): string {
  const [central] = sitesBelow(graph, null);
  if (!central) throw new Error(`${graph.name} has no central site, and the rules should have said so`);
  const texts = new Map(
    graph.sites.map((site) => [site, { box: boxText(site), ...wayText(site.way) }] as const),
  );
  const textOf = (site: GraphSite) => texts.get(site) ?? { box: [], above: [], below: [] };
  const boxHeight = (site: GraphSite) => textOf(site).box.length * lineHeight + 2 * boxPadding;
  const roomOf = (site: GraphSite): Room => ({
    above: Math.max(boxHeight(site) / 2, textOf(site).above.length * lineHeight + 6) + between / 2,
    below: Math.max(boxHeight(site) / 2, textOf(site).below.length * lineHeight + 6) + between / 2,
  });
  const layout = treeLayout(central, (site) => sitesBelow(graph, site.code), roomOf, headRoom);
  const leftOf = (level: number) => margin + level * (boxWidth + wayWidth);
  const width = Math.max(leftOf(layout.levels - 1) + boxWidth + margin, 640);
  const height = Math.ceil(layout.bottom + margin);

  const drawn = [...layout.places].map(([site, { level, middle }]) => {
    const x = leftOf(level);
    const top = middle - boxHeight(site) / 2;
    const box = `<rect class="site${site.isPrimary ? " primary" : ""}" x="${x}" y="${top}" width="${boxWidth}" height="${boxHeight(site)}" rx="8"/>`;
    const { box: inside, above, below } = textOf(site);
    const words = textAt(inside, x + boxPadding, top + boxPadding + 11);
    const parent = [...layout.places.keys()].find(({ code }) => code === site.parent);
    const from = parent && layout.places.get(parent)?.middle;
    if (from === undefined) return { lines: "", site: box + words };
    const turn = x - wayWidth + trunk;
    const line =
      `<path class="line" d="M${x - wayWidth} ${from}H${turn}V${middle}"/>` +
      `<path class="line${site.isDialled ? " dialled" : ""}" d="M${turn} ${middle}H${x}"/>`;
    const over = textAt(above, turn + 8, middle - 6 - (above.length - 1) * lineHeight);
    const under = textAt(below, turn + 8, middle + 15);
    return { lines: line, site: box + words + over + under };
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(`${graph.name}: ${graph.summary}`)}</title>`,
    `<style>${style}</style>`,
    `<rect class="ground" width="100%" height="100%"/>`,
    `<text class="name" x="${margin}" y="28">${escaped(graph.name)}</text>`,
    `<text class="muted" x="${margin}" y="46">${escaped(graph.summary)}</text>`,
    ...drawn.map(({ lines }) => lines).filter((line) => line !== ""),
    ...drawn.map(({ site }) => `<g>${site}</g>`),
    "</svg>",
    "",
  ].join("\n");
}

function boxText(site: GraphSite): Text[] {
  const plain = (of: string, words: string) =>
    wrapped(words, mostInBox).map((line) => ({ of, markup: escaped(line) }));
  return [
    ...plain("title", site.title),
    ...plain("muted", site.kind),
    ...plain("", pointsPhrase(site)),
    ...(site.access === undefined ? [] : plain("muted", `access ${site.access}`)),
  ];
}

function wayText(way: readonly WayLine[]): { above: Text[]; below: Text[] } {
  const isLink = ({ what }: WayLine) => what.startsWith("link");
  const text = ({ what, words }: WayLine) =>
    wrapped(`${what} ${words}`, mostOfWay).map((line, at) => ({
      of: "way",
      markup:
        at === 0
          ? `<tspan class="what">${escaped(what)}</tspan>${escaped(line.slice(what.length))}`
          : escaped(line),
    }));
  return {
    above: way.filter(isLink).flatMap(text),
    below: way.filter((line) => !isLink(line)).flatMap(text),
  };
}

function textAt(lines: readonly Text[], x: number, y: number): string {
  return lines
    .map(({ of, markup }, at) => `<text class="${of}" x="${x}" y="${y + at * lineHeight}">${markup}</text>`)
    .join("");
}
