import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { zstdCompressSync } from "node:zlib";

import { expect } from "vitest";

import { withSources } from "../../../orchestrator/made-sources.ts";
import { loadTopology } from "../../../orchestrator/topology/load.ts";
import { test } from "../../support/temporary-folder.ts";

const topology = (seed: string) => `
name: made
seed: ${seed}
clock: { start: "2003-11-07T17:30:00-05:00", scale: 60 }
sites:
  CEN: { type: primary, distributionPoints: [HQDP] }
packages:
  - { name: Service Pack 1, site: CEN, size: 9 MB, distributionPoints: all }
`;

async function made(folder: string, seed: string, root: string): Promise<Buffer> {
  const file = join(folder, `${seed}.yaml`);
  await writeFile(file, topology(seed));
  const { packages } = await withSources(await loadTopology(file), join(folder, root));
  const source = packages[0]?.sourceFolder ?? "";
  const names = (await readdir(source)).sort();
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(source, name)))));
}

test("a package given by its size is of that size, does not compress, and only the seed decides its bytes", async ({
  folder,
}) => {
  const first = await made(folder, "one", "a");
  expect(first.length).toBe(9_000_000);
  expect(zstdCompressSync(first).length).toBeGreaterThan(8_990_000);
  expect((await made(folder, "one", "b")).equals(first)).toBe(true);
  expect((await made(folder, "two", "c")).equals(first)).toBe(false);
});

test("what an interrupted run left half made is made anew, and what is whole is kept", async ({ folder }) => {
  const source = join(folder, "a/sources/Service-Pack-1");
  await mkdir(`${source}.tmp`, { recursive: true });
  await writeFile(join(`${source}.tmp`, "stray.bin"), "half");
  await made(folder, "one", "a");
  expect(await readdir(source)).toEqual(["content-001.bin", "content-002.bin"]);
  const { ino } = await stat(source);
  await made(folder, "one", "a");
  expect((await stat(source)).ino).toBe(ino);
});

test("whatever packages are called, each has a source of its own, and it is among the sources", async ({
  folder,
}) => {
  const names = ["..", ".", "Maps", "Maps.tmp", "Big Maps", "Big-Maps", "../../Maps", "a/b", "-", "\u00e9"];
  const file = join(folder, "names.yaml");
  const packages = names.map(
    (name) => `  - { name: ${JSON.stringify(name)}, site: CEN, size: 1 KB, distributionPoints: all }`,
  );
  await writeFile(file, topology("one").replace(/ {2}- .*/, packages.join("\n")));
  const { packages: plans } = await withSources(await loadTopology(file), join(folder, "root"));
  const folders = plans.map(({ sourceFolder }) => sourceFolder);
  expect(new Set(folders).size).toBe(names.length);
  expect(new Set(folders.map((one) => dirname(one)))).toEqual(new Set([join(folder, "root/sources")]));
  expect((await readdir(join(folder, "root/sources"))).length).toBe(names.length);
});
