import fc from "fast-check";
import { expect, test } from "vitest";

import { placed } from "../../../orchestrator/console/page/src/layout.ts";

const [width, height, layerGap] = [190, 62, 300] as const;

/** A tree as a list: each site but the first has one before it as its parent. */
const tree = fc
  .array(fc.nat(), { maxLength: 120 })
  .map((choices) => [
    { code: "0", parent: null },
    ...choices.map((choice, index) => ({ code: String(index + 1), parent: String(choice % (index + 1)) })),
  ]);

test("every site of a hierarchy has a place of its own in the graph, to the right of its parent's", () => {
  fc.assert(
    fc.property(tree, (nodes) => {
      const places = placed(nodes, layerGap);
      expect([...places.keys()].sort()).toEqual(nodes.map(({ code }) => code).sort());
      const all = [...places.values()];
      for (const [index, one] of all.entries())
        for (const other of all.slice(index + 1))
          expect(Math.abs(one.x - other.x) >= width || Math.abs(one.y - other.y) >= height).toBe(true);
      for (const { code, parent } of nodes)
        if (parent !== null)
          expect(places.get(code)?.x).toBeGreaterThanOrEqual((places.get(parent)?.x ?? 0) + width + layerGap);
    }),
    { numRuns: 200 },
  );
});

test("many children without any of their own stand in a block, and what is said of a way has no room there", () => {
  const nodes = [
    { code: "CEN", parent: null },
    ...Array.from({ length: 40 }, (_, index) => ({ code: `B${index}`, parent: "CEN" })),
  ];
  const blocks = [...placed(nodes, layerGap)].filter(([, { isInBlock }]) => isInBlock);
  expect(blocks).toHaveLength(40);
  expect(new Set(blocks.map(([, { x }]) => x)).size).toBeGreaterThan(1);
});
