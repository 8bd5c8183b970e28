import { describe, expect } from "vitest";

import { siteCode } from "../../../domain/identifiers.ts";
import { openLink, siteLinks } from "../../../domain/link.ts";
import type { Topology } from "../../../orchestrator/topology/plan.ts";
import { test } from "./topology-fixture.ts";

const start = Date.parse("2003-11-06T17:30:00-05:00");
const hour = 3_600_000;
const withMore = (more: string, sites = "") => `name: three
clock: { start: "2003-11-06T17:30:00-05:00", scale: 60 }
sites:
  CEN: { type: primary, timeZone: America/New_York }
  CHI: { type: primary, parent: CEN }
  MKE: { type: secondary, parent: CHI }
${sites}${more}`;
const linksOf = ({ links }: Topology, code: string) => {
  const found = links.get(siteCode.parse(code));
  if (!found) throw new Error(`there are no links for ${code}`);
  return found;
};
const toOf = (plan: Topology, from: string, to: string) => linksOf(plan, from).to[siteCode.parse(to)];

describe("links of a topology", () => {
  test("are open for every site where the file declares none", async ({ planOf }) => {
    const plan = await planOf(withMore(""));

    expect([...plan.links.keys()]).toEqual(["CEN", "CHI", "MKE"]);
    expect(linksOf(plan, "CHI")).toEqual({ up: openLink, down: openLink, to: {}, seed: "three/CHI" });
  });

  test("are told to the site at either end, each its own way", async ({ planOf }) => {
    const plan = await planOf(
      withMore(
        "links:\n  - { between: [CEN, CHI], bandwidth: { CEN: 256 kbit/s, CHI: isdn-64k }, latency: 40 ms }",
      ),
    );

    expect(toOf(plan, "CEN", "CHI")).toEqual({ ...openLink, bytesPerSecond: 32_000, latencyMs: 40 });
    expect(toOf(plan, "CHI", "CEN")).toEqual({ ...openLink, bytesPerSecond: 8000, latencyMs: 40 });
    expect(linksOf(plan, "MKE").to).toEqual({});
  });

  test("take from a circuit what they do not say, and from the defaults what neither says", async ({
    planOf,
  }) => {
    const plan = await planOf(
      withMore(
        "circuits: { lines: { bandwidth: 1 Mbit/s, latency: 7 ms } }\ndefaults: { link: { bandwidth: t1, jitter: 3 ms, outages: [{ at: +1h, for: 1 h }] } }\nlinks:\n  - { between: [CEN, CHI], circuit: lines, latency: 9 ms }\n  - { between: [CHI, MKE] }",
      ),
    );
    const outages = [{ fromMs: start + hour, untilMs: start + 2 * hour }];

    expect(toOf(plan, "CEN", "CHI")).toMatchObject({
      bytesPerSecond: 125_000,
      latencyMs: 9,
      jitterMs: 0,
      outages,
    });
    expect(toOf(plan, "CHI", "MKE")).toMatchObject({
      bytesPerSecond: 193_000,
      latencyMs: 0,
      jitterMs: 3,
      outages,
    });
  });

  test("are down when the clock of the central site says so, the first such time after the start", async ({
    planOf,
  }) => {
    const plan = await planOf(
      withMore(`links:
  - between: [CEN, CHI]
    outages:
      - { at: +5h30m, for: 15m }
      - { at: Thu 23:00, for: 1h30m }
      - { at: Thu 17:00, for: 1 h }
      - { at: 2003-11-08 23:00, for: 1 d }`),
    );

    const expected = [
      ["2003-11-06T23:00:00-05:00", 0.25],
      ["2003-11-06T23:00:00-05:00", 1.5],
      ["2003-11-13T17:00:00-05:00", 1],
      ["2003-11-08T23:00:00-05:00", 24],
    ] as const;
    expect(toOf(plan, "CHI", "CEN")?.outages).toEqual(
      expected.map(([at, hours]) => ({ fromMs: Date.parse(at), untilMs: Date.parse(at) + hours * hour })),
    );
  });

  test("of a range are one for each of its sites", async ({ planOf }) => {
    const plan = await planOf(
      withMore(
        'links:\n  - { between: [CEN, "B{1..3}X"], bandwidth: { CEN: t1, "B{1..3}X": e1 } }',
        "  B{1..3}X: { type: secondary, parent: CEN, access: { up: 64 kbit/s, latency: 5 ms } }\n",
      ),
    );

    expect(Object.keys(linksOf(plan, "CEN").to)).toEqual(["B1X", "B2X", "B3X"]);
    expect(toOf(plan, "B2X", "CEN")).toEqual({ ...openLink, bytesPerSecond: 256_000 });
    expect(linksOf(plan, "B3X")).toMatchObject({
      up: { bytesPerSecond: 8000, latencyMs: 5 },
      down: { ...openLink, latencyMs: 5 },
    });
  });

  test("reach a site as they were planned", async ({ planOf }) => {
    const plan = await planOf(withMore("links: [{ between: [CEN, CHI], circuit: t1 }]"));

    for (const links of plan.links.values())
      expect(siteLinks.parse(JSON.parse(JSON.stringify(links)))).toEqual(links);
  });
});

describe("what is said once", () => {
  test("is said of every site of a range, with its code and its number", async ({ planOf }) => {
    const plan = await planOf(
      withMore(
        "",
        '  "{A..C}01": { type: secondary, parent: CEN, name: "Region {number}", distributionPoints: ["{site}DP"] }\n',
      ),
    );

    expect(plan.sites.slice(1, 5).map(({ code, name }) => [code, name])).toContainEqual(["B01", "Region B"]);
    expect(plan.sites.find(({ code }) => code === "C01")).toMatchObject({
      clientAccessPoints: ["C01CAP"],
      distributionPoints: ["C01DP"],
    });
  });

  test("of every site gives way to what a site says, setting by setting for its senders", async ({
    planOf,
  }) => {
    const plan = await planOf(`name: d
seed: 7
clock: { start: "2003-11-06T17:30:00-05:00", scale: 60 }
defaults:
  site: { type: secondary, parent: CEN, senders: { LAN: { retries: 5, retryDelay: 30 s } } }
sites:
  CEN: { type: primary, senders: { LAN: { retries: 0, allSites: 50 } } }
  B01: {}`);

    expect(plan.seed).toBe("7");
    expect(plan.sites.map(({ code, type, parent }) => [code, type, parent])).toEqual([
      ["CEN", "primary", null],
      ["B01", "secondary", "CEN"],
    ]);
    expect(plan.sites[0]?.senders.LAN).toEqual({
      allSites: 50,
      perSite: 3,
      retries: 0,
      retryDelayMs: 30_000,
      backOffMs: hour,
      whenAddressChanges: "stop",
    });
    expect(plan.sites[1]?.senders).toMatchObject({
      LAN: { retries: 5 },
      RASISDN: { allSites: 1, perSite: 1, retries: 2 },
    });
  });

  test("of every address holds for those made by default, and a LAN address has no use for its line", async ({
    planOf,
  }) => {
    const plan = await planOf(
      withMore(
        "defaults: { address: { sender: RASISDN, line: isdn-128k, rate: 50% } }\naddresses: [{ from: CEN, to: CHI, sender: LAN }]",
      ),
    );

    expect(plan.addresses.map(({ addresses: [one] }) => [one?.sender, one?.line?.bytesPerSecond])).toEqual([
      ["LAN", undefined],
      ["RASISDN", 16_000],
      ["RASISDN", 16_000],
      ["RASISDN", 16_000],
    ]);
    expect(plan.addresses.every(({ addresses: [one] }) => one?.rateLimit.kind === "percent")).toBe(true);
  });

  test("of a range of ends is an address for each pair", async ({ planOf }) => {
    const plan = await planOf(
      withMore(
        'addresses:\n  - { from: ["B{01..02}", CHI], to: CEN, rate: 64 kbit/s }',
        "  B{01..03}: { type: secondary, parent: CEN }\n",
      ),
    );
    const limited = plan.addresses.filter(({ addresses: [one] }) => one?.rateLimit.kind === "fixed");

    expect(limited.map(({ from, to }) => `${from} ${to}`).sort()).toEqual(["B01 CEN", "B02 CEN", "CHI CEN"]);
  });
});
