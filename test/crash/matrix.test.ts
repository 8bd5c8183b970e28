/**
 * A sample of the crash matrix, drawn with a seed: `npm run test:crash` tries more, and with `--all` everything
 * (docs/reliability.md). SPOOLNET_SEED repeats the choice.
 */
import { expect } from "vitest";

import { test } from "../support/temporary-folder.ts";
import { siteCodes } from "./matrix/hierarchy.ts";
import { runMatrix } from "./matrix/run.ts";
import { trialMode } from "./shim/orders.ts";

test("a site that ends at any operation on its disk, or whose disk fails there, loses nothing and delivers once", {
  timeout: 300_000,
}, async ({ folder, signal }) => {
  const seed = Number(process.env.SPOOLNET_SEED ?? (Math.random() * 2 ** 32) >>> 0);
  const said: string[] = [];
  const options = {
    folder,
    seed,
    sites: siteCodes,
    modes: trialMode.options.flatMap(({ options }) => options),
    sample: 8,
    lanes: 1,
  };
  const verdict = await runMatrix({ ...options, say: (line) => said.push(line) }, signal);

  expect(verdict.failures, `seed ${seed}\n${said.join("\n")}`).toEqual([]);
  expect(verdict.met).toBeGreaterThan(0);
});
