import fc from "fast-check";
import { expect, test } from "vitest";

import { levelCounts, mostBranches, siblingsOf } from "../../../orchestrator/init/levels.ts";
import { newTopology, type Wishes } from "../../../orchestrator/init/new-topology.ts";
import { roomyMs } from "../../../orchestrator/init/roomy-time.ts";
import { builtInCircuits } from "../../../orchestrator/topology/circuits.ts";
import { topologyOf } from "../../../orchestrator/topology/load.ts";
import type { Topology } from "../../../orchestrator/topology/plan.ts";

const usual = { name: "new", sizeBytes: 600e6, deadline: undefined, scale: 60 };
const planOf = (wishes: Partial<Wishes>): Promise<Topology> =>
  topologyOf(
    newTopology({ ...usual, branches: 12, levels: 2, circuit: "t1", night: false, ...wishes }),
    "new.yaml",
  );

const hour = 3_600_000;

for (const levels of levelCounts.map(Number)) {
  test(`every circuit, by day and by night, makes a right topology of ${levels} levels with as many branches as wished`, async () => {
    for (const circuit of Object.keys(builtInCircuits)) {
      for (const night of [false, true]) {
        for (const branches of [1, 2, 7, 12, mostBranches]) {
          const { sites, addresses, packages } = await planOf({ levels, circuit, night, branches });
          const parents = new Set(sites.map(({ parent }) => parent));
          expect(sites.filter(({ code }) => !parents.has(code))).toHaveLength(branches);
          expect(sites.filter(({ type }) => type === "secondary")).toHaveLength(branches);
          expect(packages[0]?.distributionPoints).toHaveLength(sites.length);
          const toBranches = addresses.filter(({ from, to }) => !parents.has(from) || !parents.has(to));
          const isDialled = /^(modem|isdn)-/.test(circuit);
          expect(
            toBranches.every((way) => way.addresses.every(({ line }) => (line !== null) === isDialled)),
          ).toBe(true);
        }
      }
    }
  });
}

test("what stands in it as an example is right, too, once it is no comment any more", async () => {
  for (const circuit of ["t1", "isdn-64k"]) {
    const text = newTopology({ ...usual, branches: 4, levels: 2, circuit, night: false });
    const uncommented = text.replace(/^# ((?:addresses|scenario): \[)/gm, "$1");
    const { scenario } = await topologyOf(uncommented, "new.yaml");

    expect(scenario.entries).toHaveLength(1);
  }
});

test("branches are spread over as many levels as wished, each site with one above it and about as many below", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: mostBranches }), fc.constantFrom(2, 3, 4), (branches, levels) => {
      const siblings = siblingsOf("CEN", branches, levels);
      const byLevel = Map.groupBy(siblings, ({ level }) => level);
      expect(byLevel.size).toBe(levels - 1);
      for (const level of byLevel.values()) {
        const counts = level.map(({ count }) => count);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }
      const last = byLevel.get(levels - 1) ?? [];
      expect(last.reduce((sum, { count }) => sum + count, 0)).toBe(branches);
    }),
  );
});

test("a deadline that is not wished leaves more time than the lines need, and twice as much where days are closed", () => {
  const modem = { level: 1, count: 10, isDialled: true, bytesPerSecond: 4200 };
  const needed = 10 * (6e6 / 4200) * 1000;
  const day = roomyMs([modem], { sizeBytes: 6e6, scale: 60, night: false });
  const night = roomyMs([modem], { sizeBytes: 6e6, scale: 60, night: true });

  expect(day).toBe(12 * hour);
  expect(needed).toBeLessThan(day);
  expect(night).toBe(16 * hour);
  const links = [1, 2].map((level) => ({ level, count: 6, isDialled: false, bytesPerSecond: 193_000 }));
  const two = roomyMs(links, { sizeBytes: 9e9, scale: 60, night: false });
  expect(two).toBeGreaterThan(4 * (9e9 / 193_000) * 1000); // two levels of two rounds each
});
