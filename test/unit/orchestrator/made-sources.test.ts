import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { zstdCompressSync } from "node:zlib";

import { expect } from "vitest";

import { freshSourcesFolder, removeLeftSources } from "../../../orchestrator/left-sources.ts";
import { withSources } from "../../../orchestrator/made-sources.ts";
import { loadTopology } from "../../../orchestrator/topology/load.ts";
import { test } from "../../support/temporary-folder.ts";

const topology = (seed: string, size = "9 MB") => `
name: made
seed: ${seed}
clock: { start: "2003-11-07T17:30:00-05:00", scale: 60 }
sites:
  CEN: { type: primary, distributionPoints: [HQDP] }
packages:
  - { name: Service Pack 1, site: CEN, size: ${size}, distributionPoints: all }
`;

async function made(folder: string, seed: string, root: string, size?: string): Promise<Buffer> {
  const file = join(folder, `${seed}.yaml`);
  await writeFile(file, topology(seed, size));
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

test("a package that is of another size since is made anew, but not over files of somebody else", async ({
  folder,
}) => {
  await made(folder, "one", "a");
  expect((await made(folder, "one", "a", "3 MB")).length).toBe(3_000_000);

  await writeFile(join(folder, "a/sources/Service-Pack-1", "mine.txt"), "mine");
  await expect(made(folder, "one", "a", "4 MB")).rejects.toThrow("cannot make a source");
});

test("sources that are left for an engine's sites are removed with their hierarchy, and those of others stay", async ({
  folder,
}) => {
  const environment = { XDG_STATE_HOME: folder };
  const [one, other] = ["one", "other"].map((name) => freshSourcesFolder(environment, name));
  await mkdir(`${one}/sources`, { recursive: true });
  await mkdir(`${other}/sources`, { recursive: true });

  await removeLeftSources(environment, "one");
  expect(await readdir(join(folder, "spoolnet"))).toEqual(["other"]);
  await removeLeftSources(environment, "other");
  expect(await readdir(folder)).toEqual([]);
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
