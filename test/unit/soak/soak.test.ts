/**
 * What a soak draws and how it makes a failure smaller.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import fc from "fast-check";
import { expect } from "vitest";

import { loadTopology } from "../../../orchestrator/topology/load.ts";
import { shrunk } from "../../soak/shrink.ts";
import { soakPlan, soakTopology } from "../../soak/soak-plan.ts";
import { test } from "../../support/temporary-folder.ts";

test("the same seed is the same file, and another seed another", () => {
  const text = (seed: number) => soakTopology(soakPlan(seed, 3));
  expect(text(1)).toBe(text(1));
  expect(text(1)).not.toBe(text(2));
});

test("whatever is drawn is a topology file without mistakes, also with steps left out", async ({
  folder,
}) => {
  const file = join(folder, "soak.yaml");
  for (let seed = 1; seed <= 5; seed++) {
    const plan = soakPlan(seed, 5);
    for (const steps of [plan.steps, plan.steps.filter((_, index) => index % 3 === 0), []]) {
      await writeFile(file, soakTopology({ ...plan, steps }));
      const { entries } = (await loadTopology(file)).scenario;
      if (steps === plan.steps) expect(entries).toHaveLength(steps.length);
      else expect(entries.length).toBeLessThanOrEqual(steps.length);
    }
  }
});

test("of steps that fail only together, exactly those are left", async () => {
  const steps = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 40 });
  const some = steps.chain((all) => fc.tuple(fc.constant(all), fc.subarray(all)));
  await fc.assert(
    fc.asyncProperty(some, async ([all, guilty]) => {
      const fails = async (fewer: readonly number[]) => guilty.every((one) => fewer.includes(one));
      expect(new Set(await shrunk(all, fails, () => true))).toEqual(new Set(guilty));
    }),
  );
});

test("when the time is up, what is left still fails", async () => {
  let tries = 3;
  const all = Array.from({ length: 32 }, (_, index) => index);
  const least = await shrunk(
    all,
    async (fewer) => fewer.includes(17),
    () => tries-- > 0,
  );
  expect(least).toContain(17);
  expect(least.length).toBeLessThan(all.length);
});
