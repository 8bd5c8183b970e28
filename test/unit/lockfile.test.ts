/**
 * What is installed is what the public registry has under these versions, and nothing that we do not know the licence of.
 */
import { readFile } from "node:fs/promises";

import { expect, test } from "vitest";
import { z } from "zod";

import { dependencyTable } from "../../scripts/dependencies.ts";

const root = new URL("../../", import.meta.url);
const lockfile = z.object({
  packages: z.record(
    z.string(),
    z
      .object({ version: z.string(), integrity: z.string(), resolved: z.string(), link: z.boolean() })
      .partial(),
  ),
});
const { packages } = lockfile.parse(JSON.parse(await readFile(new URL("package-lock.json", root), "utf8")));
const installed = Object.entries(packages).filter(([path]) => path !== "");

test("every package in the lockfile has a SHA-512 digest and comes from the public registry", () => {
  const isPublic = (resolved = "https://registry.npmjs.org/") =>
    resolved.startsWith("https://registry.npmjs.org/");
  const strange = installed.filter(
    ([, { integrity, resolved, link }]) => !integrity?.startsWith("sha512-") || !isPublic(resolved) || link,
  );
  expect(installed.length).toBeGreaterThan(100);
  expect(strange).toEqual([]);
});

test("every direct dependency is pinned to one version", async () => {
  const { dependencies, devDependencies } = JSON.parse(await readFile(new URL("package.json", root), "utf8"));
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, range]) => !/^\d+\.\d+\.\d+$/.test(String(range)),
  );
  expect(loose).toEqual([]);
});

test("docs/dependencies.md lists what is in the lockfile, with a licence each", async () => {
  const table = await dependencyTable();
  expect(await readFile(new URL("docs/dependencies.md", root), "utf8")).toBe(table);
  expect(table).not.toContain("unknown");
});
