import fc from "fast-check";
import { expect, test } from "vitest";

import { treeLayout } from "../../../orchestrator/graph/tree-layout.ts";

type Site = { readonly above: number; readonly below: number; readonly children: readonly Site[] };

const site: fc.Memo<Site> = fc.memo((levels) =>
  fc.record({
    above: fc.integer({ min: 1, max: 200 }),
    below: fc.integer({ min: 1, max: 200 }),
    children: levels > 1 ? fc.array(site(), { maxLength: 4 }) : fc.constant([]),
  }),
);

test("no two sites of a level meet, each parent is halfway between its children, and all is within the drawing", () => {
  fc.assert(
    fc.property(site(5), fc.integer({ min: 0, max: 100 }), (root, top) => {
      const { places, bottom, levels } = treeLayout(
        root,
        ({ children }) => children,
        (one) => one,
        top,
      );
      const placed = [...places].map(([one, { level, middle }]) => ({
        level,
        from: middle - one.above,
        to: middle + one.below,
      }));
      expect(Math.max(...placed.map(({ level }) => level)) + 1).toBe(levels);
      for (const { from, to } of placed) {
        expect(from).toBeGreaterThanOrEqual(top - 1e-6);
        expect(to).toBeLessThanOrEqual(bottom + 1e-6);
      }
      for (const level of Map.groupBy(placed, (one) => one.level).values()) {
        const inOrder = level.sort((a, b) => a.from - b.from);
        for (const [at, one] of inOrder.entries())
          expect(one.to).toBeLessThanOrEqual((inOrder[at + 1]?.from ?? Number.POSITIVE_INFINITY) + 1e-6);
      }
      for (const [parent, { middle }] of places) {
        const [first, last] = [parent.children.at(0), parent.children.at(-1)].map(
          (child) => child && places.get(child)?.middle,
        );
        if (first !== undefined && last !== undefined) expect(middle).toBeCloseTo((first + last) / 2, 6);
      }
    }),
  );
});
