import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFile, link, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect } from "vitest";

import {
  ArchiveMissingError,
  ContentWriteError,
  SourceChangedError,
  SourceMissingError,
} from "../../../site-image/content/content-error.ts";
import { copyFolder } from "../../../site-image/content/folder-copy.ts";
import { listFolder } from "../../../site-image/content/folder-listing.ts";
import { compressFolder, uncompressArchive } from "../../../site-image/content/package-archive.ts";
import { tarBlocks } from "../../../site-image/content/tar-blocks.ts";
import { anyTree, file, folderMode, folderOf, plant, seen, type Tree, test } from "./folders.ts";

const run = promisify(execFile);

/** Compresses `source` beside it, uncompresses that beside it too, and returns where. */
async function there(source: string) {
  const base = await mkdtemp(join(dirname(source), "round-"));
  const archive = join(base, "A0100003.PKG");
  const folder = join(base, "out");
  const made = await compressFolder({ source, archive });
  await mkdir(folder);
  const limits = { maxFiles: made.files, maxBytes: made.sourceBytes };
  const unpacked = await uncompressArchive({ archive, folder, sha256: made.sha256, ...limits });
  return { archive, folder, made, unpacked };
}

const long = "n".repeat(200);
const names = [
  ["-rf", "--checkpoint-action=exec=false", "@list", "._x", "con", "nul.txt", "~", "*", "$HOME", "#"],
  ["back\\slash", "c:drive", "C:\\x", "\\server", " lead", "trail ", "..hidden", "...", "%2e%2e", "a=b"],
  ["new\nline", "\n", "x\n13 path=evil\n", `${long}\n13 path=evil\n`, "tab\t", "\u0001", "\u007f"],
  ["e\u0301", "\u00e9", "\u00e9\n", "\ufffd", "\u{1f4be}", "\u202e", "\u00df".repeat(127), "n".repeat(255)],
].flat();

describe("a package comes out as it went in", () => {
  test("whatever is in it", async ({ temp }) => {
    await fc.assert(
      fc.asyncProperty(anyTree, folderMode, async (tree, mode) => {
        const source = await plant(join(await mkdtemp(join(temp, "run-")), "source"), tree, mode);
        const { folder, made, unpacked } = await there(source);

        expect(await seen(folder)).toEqual(await seen(source));
        expect(unpacked).toEqual({ files: made.files, bytes: made.sourceBytes });
      }),
      { numRuns: 40 },
    );
  });

  test("with so many files that their file system is flushed once", async ({ temp }) => {
    const tree: Tree = Object.fromEntries(
      Array.from({ length: 300 }, (_, n) => [`${n}`, file(`${n}`.repeat(n))]),
    );
    const source = await plant(join(temp, "source"), { ...tree, deep: folderOf(tree), link: "deep/7" });

    expect(await seen((await there(source)).folder)).toEqual(await seen(source));
  });

  test("with names a tar program could stumble over", async ({ temp }) => {
    const tree: Tree = Object.fromEntries(names.map((name) => [name, file(name)]));
    const source = await plant(join(temp, "source"), {
      ...tree,
      deep: folderOf(tree),
      target: names[20] ?? "",
    });

    expect(await seen((await there(source)).folder)).toEqual(await seen(source));
  });

  test("with paths of more than a thousand bytes, and links to them", async ({ temp }) => {
    const path = Array.from({ length: 11 }, (_, n) => `${n}-${"d".repeat(97)}`);
    const inmost: Tree = { "f\n": file("deep"), l: `${"./".repeat(600)}f\n` };
    const tree = path.reduceRight<Tree>((inside, name) => ({ [name]: folderOf(inside) }), inmost);
    const source = await plant(join(temp, "source"), { ...tree, short: `${path.join("/")}/l` });

    expect(await seen((await there(source)).folder)).toEqual(await seen(source));
  });

  test("with lengths around every size that matters", async ({ temp }) => {
    const sizes = [0, 1, 511, 512, 513, 65_535, 65_536, 65_537, 262_143, 262_144, 262_145, 1_000_000];
    const bytes = (length: number) => Buffer.alloc(length, `${length} `);
    const source = await plant(
      join(temp, "source"),
      Object.fromEntries(sizes.map((size) => [`f${size}`, file(bytes(size))])),
    );

    expect(await seen((await there(source)).folder)).toEqual(await seen(source));
  });

  test("with a file under two names as two files", async ({ temp }) => {
    const source = await plant(join(temp, "source"), { a: file("both"), d: folderOf({}) });
    await link(join(source, "a"), join(source, "d", "b"));
    const { folder } = await there(source);

    expect(await readFile(join(folder, "d", "b"), "utf8")).toBe("both");
    expect((await stat(join(folder, "a"))).nlink).toBe(1);
  });

  test("with nothing in it", async ({ temp }) => {
    const { made, folder } = await there(await plant(join(temp, "source"), {}, 0o711));

    expect(made).toMatchObject({ files: 0, sourceBytes: 0 });
    expect((await stat(folder)).mode & 0o777).toBe(0o711);
  });

  test("with thousands of files, as diff sees it", async ({ temp }) => {
    const files = Object.fromEntries(
      Array.from({ length: 1000 }, (_, n) => [`f${n}`, file(`${n}`.repeat(n % 70))]),
    );
    const tree = {
      a: folderOf(files),
      b: folderOf({ c: folderOf(files, 0o555), up: "../a/f7", gone: "no" }),
    };
    const source = await plant(join(temp, "source"), tree);
    const { folder } = await there(source);

    await run("diff", ["-r", "--no-dereference", source, folder]); // rejects if there is a difference
  });

  test("whatever the umask of the process", async ({ temp }) => {
    const source = await plant(join(temp, "source"), { f: file("", 0o777), d: folderOf({}, 0o777) }, 0o777);
    const before = process.umask(0o077);
    try {
      expect(await seen((await there(source)).folder)).toEqual(await seen(source));
    } finally {
      process.umask(before);
    }
  });
});

describe("an archive", () => {
  test("can be unpacked by any tar program", async ({ temp }) => {
    const tree: Tree = Object.fromEntries(names.map((name) => [name, file(name)]));
    const source = await plant(join(temp, "source"), {
      ...tree,
      d: folderOf({ [long]: folderOf(tree) }),
      l: "d",
    });
    const { archive } = await there(source);
    await writeFile(join(temp, "a.tar"), zstdDecompressSync(await readFile(archive)));
    await mkdir(join(temp, "out"));
    await run("tar", ["--no-same-owner", "-xpf", join(temp, "a.tar"), "-C", join(temp, "out")]);

    expect(await seen(join(temp, "out"))).toEqual(await seen(source));
  });

  test("has the length and the digest that were told", async ({ temp }) => {
    const { archive, made } = await there(await plant(join(temp, "source"), { f: file("x".repeat(5000)) }));
    const bytes = await readFile(archive);

    expect(made.bytes).toBe(bytes.length);
    expect(made.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
  });

  test("of the same content is the same", async ({ temp }) => {
    const tree = { f: file("x"), d: folderOf({ l: "../f" }) };
    const one = await there(await plant(join(temp, "one"), tree));
    const two = await there(await plant(join(temp, "two"), tree));

    expect(two.made.sha256).toBe(one.made.sha256);
  });

  test("that is not there can be tried again", async ({ temp }) => {
    const nothing = { archive: join(temp, "no.PKG"), sha256: "", maxFiles: 1, maxBytes: 1 };
    await mkdir(join(temp, "out"));
    const error = await uncompressArchive({ ...nothing, folder: join(temp, "out") }).catch(
      (error: unknown) => error,
    );

    expect(error).toBeInstanceOf(ArchiveMissingError);
    expect(error).toMatchObject({ retryable: true, archive: join(temp, "no.PKG") });
  });

  test("is not unpacked among other files", async ({ temp }) => {
    const { archive, made } = await there(await plant(join(temp, "source"), {}));
    const options = { archive, folder: join(temp, "source"), sha256: made.sha256, maxFiles: 9, maxBytes: 9 };
    await writeFile(join(temp, "source", "f"), "");

    await expect(uncompressArchive(options)).rejects.toThrow(ContentWriteError);
  });
});

describe("compressing", () => {
  test("a folder that changes meanwhile fails, can be tried again, and leaves nothing", async ({ temp }) => {
    const source = await plant(join(temp, "source"), { big: file(Buffer.alloc(4e6)), log: file("") });
    let running = true;
    const compressing = compressFolder({ source, archive: join(temp, "a.PKG") })
      .catch((error: unknown) => error)
      .finally(() => {
        running = false;
      });
    while (running) await appendFile(join(source, "log"), "line\n");
    const error = await compressing;

    expect(error).toBeInstanceOf(SourceChangedError);
    expect(error).toMatchObject({ retryable: true, paths: ["log"] });
    expect(await readdir(temp)).toEqual(["source"]);
  });

  test.for([
    ["is gone", (path: string) => rm(path)],
    ["is shorter", (path: string) => writeFile(path, "short")],
    ["has become a pipe", (path: string) => rm(path).then(() => run("mkfifo", [path]))],
    ["has become a link", (path: string) => rm(path).then(() => run("ln", ["-s", "small", path]))],
  ] as const)("notices a file that %s since it was listed", async ([, change], { temp }) => {
    const tree = { big: file(Buffer.alloc(100_000)), small: file("some contents") };
    const source = await plant(join(temp, "source"), tree);
    const listing = await listFolder(source);
    for (const name of ["big", "small"]) {
      await change(join(source, name));
      await expect(Array.fromAsync(tarBlocks(source, listing))).rejects.toMatchObject({ paths: [name] });
      await rm(join(source, name), { force: true });
      await writeFile(join(source, name), Buffer.alloc(100_000));
    }
  });

  test("what is not there leaves nothing", async ({ temp }) => {
    const options = { source: join(temp, "source"), archive: join(temp, "a.PKG") };

    await expect(compressFolder(options)).rejects.toThrow(SourceMissingError);
    expect(await readdir(temp)).toEqual([]);
  });

  test("to where nothing can be written can be tried again", async ({ temp }) => {
    const options = { source: temp, archive: join(temp, "no", "a.PKG") };

    await expect(compressFolder(options)).rejects.toMatchObject({ retryable: true, path: options.archive });
  });
});

describe("when the signal aborts", () => {
  test("compressing ends and leaves nothing", async ({ temp }) => {
    const source = await plant(join(temp, "source"), { f: file(Buffer.alloc(30e6)) });
    const stop = new AbortController();
    const compressing = compressFolder({ source, archive: join(temp, "a.PKG"), signal: stop.signal });
    const caught = compressing.catch((error: unknown) => error);
    while ((await readdir(temp)).length < 2); // until the archive is begun
    stop.abort("enough");

    expect(await caught).toBe("enough");
    expect(await readdir(temp)).toEqual(["source"]);
  });

  test("uncompressing ends, and nothing is written any more", async ({ temp }) => {
    const source = await plant(join(temp, "source"), { a: file("first"), f: file(Buffer.alloc(30e6)) });
    const { archive, made } = await there(source);
    const folder = await plant(join(temp, "out"), {});
    const stop = new AbortController();
    const options = {
      archive,
      folder,
      sha256: made.sha256,
      maxFiles: 2,
      maxBytes: 40e6,
      signal: stop.signal,
    };
    const caught = uncompressArchive(options).catch((error: unknown) => error);
    while ((await readdir(folder)).length < 2); // until the large file is begun
    stop.abort("enough");

    expect(await caught).toBe("enough");
    await rm(folder, { recursive: true }); // throws if a file appears meanwhile
  });
});

describe("beside the version before", () => {
  /** The second tree, unpacked and copied where the first is installed, with the inodes of all files. */
  async function second(temp: string, one: Tree, two: Tree) {
    const base = await mkdtemp(join(temp, "versions-"));
    const before = await plant(join(base, "before"), one);
    const source = await plant(join(base, "source"), two);
    const archive = join(base, "A0100003.PKG");
    const { sha256, files: maxFiles, sourceBytes: maxBytes } = await compressFolder({ source, archive });
    const was = await seen(before);
    const [unpacked, copied] = [join(base, "unpacked"), join(base, "copied")];
    await mkdir(unpacked);
    await uncompressArchive({ archive, folder: unpacked, sha256, maxFiles, maxBytes, before });
    await mkdir(copied);
    await copyFolder({ source, folder: copied, before });

    expect(await seen(unpacked)).toEqual(await seen(source));
    expect(await seen(copied)).toEqual(await seen(source));
    expect(await seen(before)).toEqual(was);
    const isShared = async (folder: string, path: string) =>
      (await stat(join(folder, path))).ino === (await stat(join(before, path))).ino;
    return (path: string) => Promise.all([isShared(unpacked, path), isShared(copied, path)]);
  }

  test("content is as it went in, and that version stays as it is, whatever is in both", async ({ temp }) => {
    await fc.assert(
      fc.asyncProperty(anyTree, anyTree, async (one, two) => {
        const links = ([, node]: [string, Tree[string]]) => typeof node !== "string";
        await second(temp, one, Object.fromEntries(Object.entries({ ...one, ...two }).filter(links)));
      }),
      { numRuns: 25 },
    );
  });

  test("what is the same is written once, and what only looks the same twice", async ({ temp }) => {
    const large = Buffer.alloc(700_000, "0123456789");
    const other = Buffer.from(large);
    other[699_999] = 0;
    const [long, longer] = [Buffer.alloc(9_000_000, "0123456789"), Buffer.alloc(9_000_000, "0123456789")];
    longer[500_000] = 0;
    const kept = {
      a: file("same"),
      b: file(large),
      c: file(large),
      d: file(long),
      e: file("mode"),
      f: file("1234"),
    };
    const changed = { ...kept, c: file(other), d: file(longer), e: file("mode", 0o600), f: file("4321") };
    const isShared = await second(temp, kept, changed);

    expect(await Promise.all(["a", "b"].map(isShared))).toEqual([
      [true, true],
      [true, true],
    ]);
    expect((await Promise.all(["c", "d", "e", "f"].map(isShared))).flat()).not.toContain(true);
  });
});
