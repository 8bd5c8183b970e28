/**
 * Drawn hierarchies: as words that are compared, and in languages that are read back by what else reads them.
 */
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { Graphviz } from "@hpcc-js/wasm-graphviz";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { expect } from "vitest";

import { dotGraph } from "../../../orchestrator/graph/dot-graph.ts";
import { hierarchyGraph } from "../../../orchestrator/graph/hierarchy-graph.ts";
import { mermaidGraph } from "../../../orchestrator/graph/mermaid-graph.ts";
import { svgGraph } from "../../../orchestrator/graph/svg-graph.ts";
import { textGraph } from "../../../orchestrator/graph/text-graph.ts";
import { loadTopology } from "../../../orchestrator/topology/load.ts";
import { test } from "../orchestrator/topology-fixture.ts";

const folder = fileURLToPath(new URL("../../../topologies/", import.meta.url));
const graphOf = async (name: string) => hierarchyGraph(await loadTopology(`${folder}${name}.yaml`));
const names = (await readdir(folder)).flatMap((file) => (file.endsWith(".yaml") ? file.slice(0, -5) : []));

/** Names and codes that mean something to each of the languages. */
const odd = `
name: odd
clock: { start: "2003-11-07T17:30:00Z", scale: 60 }
sites:
  END: { name: 'A "b" <c> & \`d\` #e; \\ end', type: primary, distributionPoints: [X] }
  "111": { name: "subgraph ]\\nend", type: primary, parent: END, access: { up: 64 kbit/s, down: t1 } }
  SUB: { type: secondary, parent: "111" }
links:
  - { between: [END, "111"], bandwidth: { END: 2 Mbit/s, "111": 1 Mbit/s }, outages: [{ at: +9d, for: 90 min }] }
addresses:
  - { from: "111", to: SUB, rate: { block: 64 KB, pause: 5 s } }
  - { from: "111", to: SUB, sender: RASAsynch, line: { speed: 28.8 kbit/s, busy: 10%, noAnswer: 5%, dropPerMinute: 1% } }
packages: []
expect: []
`;

test("three sites are drawn as a tree of text", async () => {
  expect(textGraph(await graphOf("three-site"))).toBe(`\
three-site: 3 sites, from Fri 2003-11-07 17:30:00 America/New_York, at scale 60

CEN Headquarters (primary, America/New_York): HQDP
└─ CHI Chicago (primary, America/Chicago): CHIDP1, CHIDP2
   │    each way  LAN · open at all hours · unlimited
   └─ MKE Milwaukee (secondary, America/Chicago): MKEDP
           each way  LAN · open at all hours · unlimited
`);
});

test("links and their outages, schedules, rates and lines of addresses stand at the site they lead to", async () => {
  expect(textGraph(await graphOf("night-window"))).toBe(`\
night-window: 6 sites, from Thu 2003-11-06 12:00:00 America/New_York, at scale 600

CEN Headquarters (primary, America/New_York): no distribution points
├─ BOS Boston (secondary, America/New_York): BOSDP
│       link  64 kbit/s, 20 ms
│       down  LAN · Mon-Fri 07-22 closed; otherwise all · daily 02-07 75%; daily 22-02 25%; otherwise 100%
│       up    LAN · Mon-Fri 07-22 high only; otherwise all · unlimited
├─ CHI Chicago (secondary, America/Chicago): CHIDP
│       link  56 kbit/s, 60 ms ± 10 ms, outage Thu 23:00 for 15 min
│       down  LAN · Mon-Fri 08-23 closed; otherwise all · 80%
│       up    LAN · Mon-Fri 07-22 high only; otherwise all · unlimited
├─ PIT Pittsburgh (secondary, America/New_York): PITDP
│       link  128 kbit/s, 40 ms ± 5 ms
│       down  LAN · Mon-Fri 07-24 high only; otherwise all · Mon-Fri 07-22 8 kbit/s; daily 22-07 32 kbit/s; otherwise unlimited
│       up    LAN · Mon-Fri 07-22 high only; otherwise all · unlimited
├─ ALB Albany (secondary, America/New_York): ALBDP
│       down  RASISDN over 64 kbit/s · Mon-Fri 07-24 closed; otherwise all · unlimited
│       up    RASISDN over 64 kbit/s · Mon-Fri 07-22 high only; otherwise all · unlimited
└─ BUF Buffalo (secondary, America/New_York): BUFDP
        down  RASISDN over 64 kbit/s · Mon-Fri 07-24 closed; otherwise all · 50%
        up    RASISDN over 64 kbit/s · Mon-Fri 07-22 high only; otherwise all · unlimited
`);
});

test("what differs by direction is told of both, several addresses are numbered, and a name stays in its line", async ({
  planOf,
}) => {
  expect(textGraph(hierarchyGraph(await planOf(odd)))).toBe(`\
odd: 3 sites, from Fri 2003-11-07 17:30:00 Etc/UTC, at scale 60

END A "b" <c> & \`d\` #e; \\ end (primary, Etc/UTC): X
└─ 111 subgraph ] end (primary, Etc/UTC): no distribution points
   │    access     up 64 kbit/s; down 1.544 Mbit/s
   │    link down  2 Mbit/s, outage Sun 2003-11-16 17:30 for 90 min
   │    link up    1 Mbit/s, outage Sun 2003-11-16 17:30 for 90 min
   │    each way   LAN · open at all hours · unlimited
   └─ SUB (secondary, Etc/UTC): no distribution points
           down 1     LAN · open at all hours · 64 KB and a pause of 5 s, in turn
           down 2     RASAsynch over 28.8 kbit/s (busy 10%, no answer 5%, drops 1% a minute) · open at all hours · unlimited
           up         LAN · open at all hours · unlimited
`);
});

test("Mermaid has a node for each site and an edge for each but the first, with no character of its own in a label", async ({
  planOf,
}) => {
  for (const graph of [...(await Promise.all(names.map(graphOf))), hierarchyGraph(await planOf(odd))]) {
    const [open, title, close, kind, ...lines] = mermaidGraph(graph).trimEnd().split("\n");
    expect([open, close, kind]).toEqual(["---", "---", "flowchart LR"]);
    expect(title).toMatch(/^title: "[^"]*"$/);
    const node = /^ {2}site_([A-Z0-9]{3})\["<b>[^"`]+"\]$/;
    const edge = /^ {2}site_([A-Z0-9]{3}) <-\.?->\|"[^"`<>]+(<br\/>[^"`<>]+)*"\| site_([A-Z0-9]{3})$/;
    expect(lines.flatMap((line) => node.exec(line)?.[1] ?? [])).toEqual(graph.sites.map(({ code }) => code));
    expect(
      lines.flatMap((line) => {
        const [, from, , to] = edge.exec(line) ?? [];
        return from === undefined ? [] : [[from, to]];
      }),
    ).toEqual(graph.sites.slice(1).map(({ code, parent }) => [parent, code]));
    expect(lines).toHaveLength(2 * graph.sites.length - 1 + 2);
  }
});

test("Graphviz reads the DOT, with each site and each edge where it belongs, and all their words", async ({
  planOf,
}) => {
  const graphviz = await Graphviz.load();
  for (const graph of [...(await Promise.all(names.map(graphOf))), hierarchyGraph(await planOf(odd))]) {
    const read = JSON.parse(graphviz.layout(dotGraph(graph), "json", "dot"));
    const codes = read.objects.map(({ name }: { name: string }) => name);
    expect(codes).toEqual(graph.sites.map(({ code }) => code));
    expect(
      read.edges.map(({ tail, head }: { tail: number; head: number }) => [codes[tail], codes[head]]),
    ).toEqual(graph.sites.slice(1).map(({ code, parent }) => [parent, code]));

    const shown = textsOf(graphviz.layout(dotGraph(graph), "svg", "dot"));
    for (const { title, kind, way } of graph.sites) {
      for (const words of [title, kind, ...way.map((line) => line.words)]) expect(shown).toContain(words);
    }
  }
});

test("the SVG is well-formed, needs nothing else, and has every site with its words inside it", async ({
  planOf,
}) => {
  for (const graph of [...(await Promise.all(names.map(graphOf))), hierarchyGraph(await planOf(odd))]) {
    const svg = svgGraph(graph);
    expect(XMLValidator.validate(svg)).toBe(true);
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:|href|url\(|@import/);
    const shown = textsOf(svg);
    for (const { title, kind, distributionPoints, way } of graph.sites) {
      for (const words of [title, kind, ...distributionPoints, ...way.map((line) => line.words)])
        expect(shown).toContain(words);
    }
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)?.map(Number) ?? [];
    const boxes = [
      ...svg.matchAll(/class="site[^"]*" x="(\S+)" y="(\S+)" width="(\S+)" height="(\S+)"/g),
    ].map(([, ...numbers]) => numbers.map(Number) as [number, number, number, number]);
    expect(boxes).toHaveLength(graph.sites.length);
    for (const [x, y, boxWidth, boxHeight] of boxes) {
      expect(Math.min(x, y)).toBeGreaterThan(0);
      expect(x + boxWidth).toBeLessThan(width ?? 0);
      expect(y + boxHeight).toBeLessThan(height ?? 0);
    }
  }
});

/** All the text of an SVG, its lines joined. */
function textsOf(svg: string): string {
  const parser = new XMLParser({
    ignoreAttributes: true,
    preserveOrder: true,
    trimValues: false,
    htmlEntities: true,
    processEntities: true,
  });
  const lines: string[] = [];
  const textIn = (node: Record<string, unknown>): string =>
    Object.entries(node)
      .map(([name, value]) =>
        name === "#text" ? String(value) : Array.isArray(value) ? value.map(textIn).join("") : "",
      )
      .join("");
  const walk = (nodes: Record<string, unknown>[]) => {
    for (const node of nodes) {
      if (Array.isArray(node.text)) lines.push(textIn(node));
      else for (const below of Object.values(node)) if (Array.isArray(below)) walk(below);
    }
  };
  walk(parser.parse(svg));
  return lines.join(" ");
}
