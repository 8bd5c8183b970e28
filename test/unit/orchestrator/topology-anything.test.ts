import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";

import fc from "fast-check";
import { expect } from "vitest";
import { stringify } from "yaml";

import { sourceText } from "../../../orchestrator/topology/source-text.ts";
import { TopologyFailure } from "../../../orchestrator/topology/topology-failure.ts";
import { test } from "./topology-fixture.ts";

const good = await Promise.all(
  (await Array.fromAsync(glob(new URL("../../topologies/good/*.yaml", import.meta.url).pathname)))
    .sort()
    .map(async (file) => sourceText(await readFile(file, "utf8")).raw),
);

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom("CEN", "B{01..05}", "B{05..01}", "t1", "64 kbit/s", "+1h", "all", "{site}", null, [], {}),
);

/** The same with something else in one place of it, chosen by turns. */
function changed(value: unknown, turns: readonly number[], other: unknown): unknown {
  const [turn = 0, ...rest] = turns;
  if (turns.length === 0 || typeof value !== "object" || value === null) return other;
  const keys = Object.keys(value);
  const key = keys[turn % Math.max(1, keys.length)];
  if (key === undefined) return other;
  const inner = changed((value as Record<string, unknown>)[key], rest, other);
  if (Array.isArray(value)) return value.map((one, index) => (String(index) === key ? inner : one));
  return { ...value, [key]: inner };
}

test("whatever stands in a file, it is a plan or a list of mistakes at places of the file", async ({
  planOf,
  folder,
}) => {
  const places = fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...good), places, anything, async (file, turns, other) => {
      const text = stringify(changed(file, turns, other));
      const found = await planOf(text).catch((error: unknown) => error);
      if (!(found instanceof Error)) return;
      expect(found).toBeInstanceOf(TopologyFailure);
      const { mistakes } = found as TopologyFailure;
      expect(mistakes.length).toBeGreaterThan(0);
      for (const { line, column, message } of mistakes) {
        expect(line).toBeLessThanOrEqual(text.split("\n").length);
        expect(column).toBeGreaterThanOrEqual(1);
        expect(message).toMatch(/^expected /);
      }
      expect(found.message).toContain(join(folder, "t.yaml"));
    }),
    { numRuns: 300 },
  );
});
