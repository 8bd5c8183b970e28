import { createHash } from "node:crypto";
import { appendFile, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect } from "vitest";

import { ArchiveDamagedError } from "../../../site-image/content/content-error.ts";
import { compressFolder } from "../../../site-image/content/package-archive.ts";
import {
  applyDelta,
  DeltaMergeError,
  joinDeltas,
  makeDelta,
} from "../../../site-image/content/package-delta.ts";
import { anyTree, file, folderMode, folderOf, plant, type Tree, test } from "./folders.ts";

type Version = Awaited<ReturnType<typeof version>>;

async function version(temp: string, tree: Tree, mode = 0o755) {
  const base = await mkdtemp(join(temp, "version-"));
  const archive = join(base, "A0100003.PKG");
  return {
    archive,
    ...(await compressFolder({ source: await plant(join(base, "in"), tree, mode), archive })),
  };
}

async function deltaOf(from: Version, to: Version) {
  const delta = join(await mkdtemp(join(to.archive, "../delta-")), "A0100003.DLT");
  return { archive: delta, ...(await makeDelta({ from, to, delta })) };
}

async function apply(base: Version, delta: string, to: Version): Promise<Buffer> {
  const archive = join(await mkdtemp(join(to.archive, "../merged-")), "A0100003.PKG");
  const { sha256, files: maxFiles, sourceBytes: maxBytes } = to;
  await applyDelta({ base, delta, archive, sha256, maxFiles, maxBytes });
  return await readFile(archive);
}

/** Trees that have much in common: from one to the next some names go, some come, some are others. */
const anyHistory: fc.Arbitrary<readonly { tree: Tree; mode: number }[]> = fc
  .tuple(fc.array(fc.record({ tree: anyTree, mode: folderMode }), { minLength: 3, maxLength: 3 }), fc.nat())
  .map(([own, seed]) => {
    let before: Tree = {};
    return own.map(({ tree, mode }, index) => {
      const kept = Object.entries(before).filter((_, at) => ((seed >> (index + at)) & 3) !== 0);
      before = Object.fromEntries(
        [...kept, ...Object.entries(tree)].filter(([, node]) => typeof node !== "string"),
      );
      return { tree: before, mode };
    });
  });

describe("a delta", () => {
  test("makes one version out of another, byte for byte, whatever they are", async ({ temp }) => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (history) => {
        const [one, two, three] = await Promise.all(
          history.map(({ tree, mode }) => version(temp, tree, mode)),
        );
        if (!one || !two || !three) throw new Error("expected three versions");
        const [older, newer] = [await deltaOf(one, two), await deltaOf(two, three)];
        const joined = join(await mkdtemp(join(temp, "joined-")), "A0100003.DLT");
        await joinDeltas({ older, newer, delta: joined });

        expect((await apply(one, older.archive, two)).equals(await readFile(two.archive))).toBe(true);
        expect((await apply(one, joined, three)).equals(await readFile(three.archive))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test("carries what changed and nothing of what only looks different", async ({ temp }) => {
    const random = (length: number) =>
      file(createHash("shake256", { outputLength: length }).update("x").digest());
    const large = { a: random(900_000), b: random(800_000), c: folderOf({ d: random(700_000) }) };
    const one = await version(temp, { ...large, e: file("changes"), f: file("goes") });
    const two = await version(temp, {
      e: file("changed"),
      g: file("comes"),
      ...large,
      a: { ...large.a, mode: 0o600 },
    });
    const delta = await deltaOf(one, two);

    expect(delta.bytes).toBeLessThan(1500);
    const tar = zstdDecompressSync(await readFile(delta.archive)).toString("latin1");
    expect(tar).toContain("changed");
    expect(JSON.parse(/\{"version":1.*?\]\}/.exec(tar)?.[0] ?? "")).toMatchObject({ removed: ["f"] });
    expect((await apply(one, delta.archive, two)).equals(await readFile(two.archive))).toBe(true);
  });

  test("of a large file that is nearly the same carries the file", async ({ temp }) => {
    const bytes = Buffer.alloc(1_000_000, "0123456789");
    const other = Buffer.from(bytes);
    other[999_999] = 1;
    const one = await version(temp, { large: file(bytes) });
    const two = await version(temp, { large: file(other) });
    const delta = await deltaOf(one, two);

    expect((await apply(one, delta.archive, two)).equals(await readFile(two.archive))).toBe(true);
  });
});

describe("a delta is not carried out, and leaves nothing,", () => {
  const trees = [
    { a: file("1"), kept: file("kept") },
    { a: file("2"), kept: file("kept") },
    { b: file("3") },
  ] as const;
  const versions = (temp: string) =>
    Promise.all(trees.map((tree) => version(temp, tree))) as Promise<[Version, Version, Version]>;
  async function failure(base: Version, delta: string, to: Version, limits: object = {}) {
    const folder = await mkdtemp(join(to.archive, "../merged-"));
    const { sha256, files: maxFiles, sourceBytes: maxBytes } = to;
    const options = { base, delta, archive: join(folder, "out"), sha256, maxFiles, maxBytes, ...limits };
    await expect(applyDelta(options)).rejects.toThrow(DeltaMergeError);
    expect(await readdir(folder)).toEqual([]);
  }

  test("on another version than it was made for", async ({ temp }) => {
    const [one, two, three] = await versions(temp);
    await failure(three, (await deltaOf(one, two)).archive, two);
  });

  test("on a version that is gone or damaged", async ({ temp }) => {
    const [one, two] = await versions(temp);
    const { archive } = await deltaOf(one, two);
    await appendFile(one.archive, "more");
    await failure(one, archive, two);
    await failure({ ...one, archive: `${one.archive}-gone` }, archive, two);
  });

  test("where it holds more than was announced", async ({ temp }) => {
    const [one, two] = await versions(temp);
    const { archive } = await deltaOf(one, two);
    await failure(one, archive, two, { maxFiles: 1 });
    await failure(one, archive, two, { maxBytes: 4 });
  });

  test("whatever is damaged in it", async ({ temp }) => {
    const [one, two] = await versions(temp);
    const { archive } = await deltaOf(one, two);
    const [packed, tar] = [await readFile(archive), zstdDecompressSync(await readFile(archive))];
    const damage = fc.record({ isInside: fc.boolean(), isCut: fc.boolean(), at: fc.nat(), bit: fc.nat(7) });
    await fc.assert(
      fc.asyncProperty(damage, async ({ isInside, isCut, at, bit }) => {
        const bytes = Buffer.from(isInside ? tar : packed);
        const place = at % bytes.length;
        bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
        const damaged = isCut ? bytes.subarray(0, place) : bytes;
        await writeFile(archive, isInside ? zstdCompressSync(damaged) : damaged);
        // A bit may mean nothing, as in the padding of a header; then what comes out is right.
        const merged = await apply(one, archive, two).catch((error: unknown) => error);
        if (merged instanceof Buffer) expect(merged.equals(await readFile(two.archive))).toBe(true);
        else expect(merged).toBeInstanceOf(DeltaMergeError);
      }),
      { numRuns: 60 },
    );
  });

  test("where it is no delta", async ({ temp }) => {
    const [one, two] = await versions(temp);
    await failure(one, two.archive, two);
    await writeFile(join(temp, "noise"), "noise");
    await failure(one, join(temp, "noise"), two);
  });
});

test("no delta is made of a version that is not what it should be", async ({ temp }) => {
  const one = await version(temp, { a: file("1") });
  const two = await version(temp, { a: file("2") });
  const options = { from: { ...one, sha256: two.sha256 }, to: two, delta: join(temp, "A0100003.DLT") };
  await expect(makeDelta(options)).rejects.toThrow(ArchiveDamagedError);
  expect((await readdir(temp)).filter((name) => name.endsWith(".DLT"))).toEqual([]);
});
