import { execFile } from "node:child_process";
import { appendFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { expect } from "vitest";

import { SourceChangedError, SourceRefusedError } from "../../../site-image/content/content-error.ts";
import { copyFolder } from "../../../site-image/content/folder-copy.ts";
import { changesBetween, listFolder } from "../../../site-image/content/folder-listing.ts";
import { compressFolder, uncompressArchive } from "../../../site-image/content/package-archive.ts";
import { anyTree, file, folderMode, folderOf, plant, seen, test } from "./folders.ts";

test("a copy is as its source, whatever is in it", async ({ temp }) => {
  await fc.assert(
    fc.asyncProperty(anyTree, folderMode, async (tree, mode) => {
      const base = await mkdtemp(join(temp, "run-"));
      const source = await plant(join(base, "source"), tree, mode);
      const folder = await plant(join(base, "copy"), {});
      const listing = await copyFolder({ source, folder });

      expect(await seen(folder)).toEqual(await seen(source));
      expect(changesBetween(listing, await listFolder(source))).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test("a copy with files of every size is as its source, as diff sees it", async ({ temp }) => {
  const files = Object.fromEntries(
    Array.from({ length: 500 }, (_, n) => [`f${n}`, file(`${n}`.repeat(n % 70))]),
  );
  const tree = { big: file(Buffer.alloc(9_000_001, "large ")), a: folderOf(files, 0o555), l: "a/f7" };
  const source = await plant(join(temp, "source"), tree);
  const folder = await plant(join(temp, "copy"), {});
  await copyFolder({ source, folder });

  await promisify(execFile)("diff", ["-r", "--no-dereference", source, folder]);
  expect((await seen(folder)).big).toEqual((await seen(source)).big);
});

test("a copy cannot be told from what came through an archive", async ({ temp }) => {
  const source = await plant(join(temp, "source"), {
    f: file("x", 0o711),
    d: folderOf({ l: "../f" }, 0o700),
  });
  const [copied, unpacked] = [await plant(join(temp, "c"), {}), await plant(join(temp, "u"), {})];
  const { sha256 } = await compressFolder({ source, archive: join(temp, "a.PKG") });
  await copyFolder({ source, folder: copied });
  await uncompressArchive({
    archive: join(temp, "a.PKG"),
    folder: unpacked,
    sha256,
    maxFiles: 9,
    maxBytes: 9,
  });

  expect(await seen(copied)).toEqual(await seen(unpacked));
});

test("a source that has changed since it was listed is noticed", async ({ temp }) => {
  const source = await plant(join(temp, "source"), { f: file("x"), g: file("y") });
  const listing = await listFolder(source);
  await appendFile(join(source, "f"), "more");
  const folder = await plant(join(temp, "copy"), {});
  const error = await copyFolder({ source, folder, listing }).catch((error: unknown) => error);

  expect(error).toBeInstanceOf(SourceChangedError);
  expect(error).toMatchObject({ retryable: true, paths: ["f"] });
});

test.for([
  ["small", 10],
  ["large", 9_000_000],
] as const)("a %s file that is gone since it was listed is noticed", async ([, bytes], { temp }) => {
  const source = await plant(join(temp, "source"), { f: file(Buffer.alloc(bytes)) });
  const listing = await listFolder(source);
  await rm(join(source, "f"));
  const folder = await plant(join(temp, "copy"), {});

  await expect(copyFolder({ source, folder, listing })).rejects.toMatchObject({ paths: ["f"] });
});

test("a file that has become a link to somewhere else fails the copy", async ({ temp }) => {
  const source = await plant(join(temp, "source"), { f: file("x") });
  const listing = await listFolder(source);
  await writeFile(join(temp, "secret"), "secret");
  await rm(join(source, "f"));
  await symlink("../secret", join(source, "f"));
  const folder = await plant(join(temp, "copy"), {});

  await expect(copyFolder({ source, folder, listing })).rejects.toThrow(SourceRefusedError);
});

test("a copy ends when its signal aborts, and nothing is written any more", async ({ temp }) => {
  const files = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`f${n}`, file("x")]));
  const source = await plant(join(temp, "source"), files);
  const listing = await listFolder(source);
  await mkdir(join(temp, "copy"));
  const stop = new AbortController();
  const copying = copyFolder({ source, folder: join(temp, "copy"), listing, signal: stop.signal });
  stop.abort("enough");

  await expect(copying).rejects.toBe("enough");
  await rm(join(temp, "copy"), { recursive: true }); // throws if a file appears meanwhile
});
