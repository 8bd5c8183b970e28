/**
 * The page of the console as it is built.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { expect, test } from "vitest";

import { pageFolder, pageReady } from "../../orchestrator/console/page-files.ts";

const assets = join(pageFolder, "assets");

test("all JavaScript of the console, compressed, is less than 300 kB, also what a first visit does not load", async ({
  signal,
}) => {
  expect(await pageReady(() => {}, signal)).toBe(true);
  const scripts = (await readdir(assets)).filter((name) => name.endsWith(".js"));
  const sizes = await Promise.all(
    scripts.map(async (name) => gzipSync(await readFile(join(assets, name))).length),
  );

  expect(sizes.length).toBeGreaterThan(1);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(300_000);
});
