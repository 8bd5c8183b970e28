/**
 * Faults of a link that overlap: at every moment both sites keep to exactly those that last.
 */
import fc from "fast-check";
import { expect } from "vitest";

import { type Link, openLink } from "../../domain/link.ts";
import { embeddedDriver } from "../../orchestrator/drivers/embedded.ts";
import { startHierarchy } from "../../orchestrator/hierarchy.ts";
import { cutLink, slowedTo } from "../../orchestrator/link-change.ts";
import { LinkFaults } from "../../orchestrator/testing/link-faults.ts";
import { topologyOf } from "../../orchestrator/topology/load.ts";
import { systemWallClock } from "../../orchestrator/wall-clock.ts";
import { test } from "../support/temporary-folder.ts";

const text = `
name: two-sites
clock: { start: "2003-11-07T17:30:00-05:00", scale: 60 }
sites:
  CEN: { type: primary }
  MKE: { type: secondary, parent: CEN }
links:
  - { between: [CEN, MKE], bandwidth: 64 kbit/s, latency: 40 ms }
`;
const declared: Link = { ...openLink, bytesPerSecond: 8_000, latencyMs: 40 };
const faults = [
  { change: cutLink, words: "is cut" },
  { change: slowedTo(1_000, undefined), words: "is slowed" },
  { change: slowedTo(undefined, 900), words: "is far" },
  { change: cutLink, words: "is cut once more" },
];

test("faults that overlap end in any order, and the link is then as declared", async ({ folder, signal }) => {
  const topology = await topologyOf(text, "topology");
  await using hierarchy = await startHierarchy({
    ...{ topology, driver: embeddedDriver, root: folder, wallClock: systemWallClock, signal },
    administratorToken: undefined,
    say: () => {},
  });
  const links = new LinkFaults({ hierarchy, topology, isDown: () => false, isOver: () => false });
  const [CEN, MKE] = topology.sites.map(({ code }) => code);
  if (!CEN || !MKE) throw new Error("the topology has two sites");
  const told = async () =>
    await Promise.all([
      hierarchy
        .site(CEN)
        .describe()
        .then((site) => site.links.to[MKE]),
      hierarchy
        .site(MKE)
        .describe()
        .then((site) => site.links.to[CEN]),
    ]);

  const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 });
  await fc.assert(
    fc.asyncProperty(order, order, async (begins, ends) => {
      const begun = new Map(
        await Promise.all(
          begins.map(async (index) => {
            const fault = faults[index];
            if (!fault) throw new Error("there is no such fault");
            return [index, await links.begin({ pair: [CEN, MKE], ...fault })] as const;
          }),
        ),
      );
      for (const [done, index] of ends.entries()) {
        await begun.get(index)?.end();
        const left = begins.filter((one) => !ends.slice(0, done + 1).includes(one));
        const expected = left.reduce((link, one) => faults[one]?.change(link) ?? link, declared);
        expect(await told()).toEqual([expected, expected]);
        expect(links.words()).toHaveLength(left.length);
      }
    }),
    { numRuns: 15 },
  );
});
