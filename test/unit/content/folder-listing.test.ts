import { execFile } from "node:child_process";
import { appendFile, chmod, link, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";

import { SourceMissingError, SourceRefusedError } from "../../../site-image/content/content-error.ts";
import { changesBetween, listFolder } from "../../../site-image/content/folder-listing.ts";
import { file, folderOf, plant, test } from "./folders.ts";

const run = promisify(execFile);

describe("a listing", () => {
  test("names everything in the folder, a folder before what is in it", async ({ temp }) => {
    const tree = { b: folderOf({ c: file("12345"), empty: folderOf({}) }), "b-": file("1"), a: "b/c" };
    const { entries, files, bytes } = await listFolder(await plant(join(temp, "source"), tree));

    expect(entries.map(({ path, type }) => [path, type])).toEqual([
      ["a", "link"],
      ["b", "directory"],
      ["b-", "file"],
      ["b/c", "file"],
      ["b/empty", "directory"],
    ]);
    expect({ files, bytes }).toEqual({ files: 3, bytes: 6 });
  });

  test("holds mode, time, length and link target", async ({ temp }) => {
    const source = await plant(join(temp, "source"), { f: file("12345", 0o750), l: "f" });
    await chmod(join(source, "f"), 0o4750);
    await utimes(join(source, "f"), 1000, 1234.5);
    const [f, l] = (await listFolder(source)).entries;

    expect(f).toMatchObject({ bytes: 5, mode: 0o750, modifiedMs: 1234500 });
    expect(l).toMatchObject({ bytes: 0, target: "f" });
  });

  test("of a folder that is reached through a link is the folder's", async ({ temp }) => {
    await plant(join(temp, "real"), { f: file("") });
    await symlink("real", join(temp, "source"));

    expect((await listFolder(join(temp, "source"))).entries).toHaveLength(1);
  });

  test("keeps two names that differ only in how Unicode writes them", async ({ temp }) => {
    const source = await plant(join(temp, "source"), {
      "e\u0301": file("1"),
      "\u00e9": file("2"),
      "\ufffd": file("3"),
    });

    expect((await listFolder(source)).files).toBe(3);
  });

  test("of what is no folder or not there can be tried again", async ({ temp }) => {
    await writeFile(join(temp, "file"), "");
    for (const path of ["file", "nothing"]) {
      const error = await listFolder(join(temp, path)).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(SourceMissingError);
      expect(error).toMatchObject({ retryable: true, path: join(temp, path) });
    }
  });

  test("ends when its signal aborts", async ({ temp }) => {
    await expect(listFolder(temp, AbortSignal.abort("enough"))).rejects.toBe("enough");
  });
});

describe("a folder is refused", () => {
  test("with everything that cannot be carried, and why", async ({ temp }) => {
    const tree = {
      out: "../x",
      abs: "/etc",
      deep: folderOf({ back: "../..", fine: "../out2" }),
      out2: "deep",
    };
    const source = await plant(join(temp, "source"), tree);
    await run("mkfifo", [join(source, "deep", "pipe")]);
    await using server = createServer().listen(join(source, "socket"));
    await new Promise((resolve) => server.once("listening", resolve));
    const error = await listFolder(source).catch((error: unknown) => error);

    expect(error).toBeInstanceOf(SourceRefusedError);
    expect(error).toMatchObject({ retryable: false, count: 5, folder: source });
    expect((error as SourceRefusedError).refused).toEqual([
      { path: "abs", reason: "link to /etc leads outside" },
      { path: "deep/back", reason: "link to ../.. leads outside" },
      { path: "deep/pipe", reason: "a named pipe" },
      { path: "out", reason: "link to ../x leads outside" },
      { path: "socket", reason: "a socket" },
    ]);
  });

  test("with the first twenty of many, and their number", async ({ temp }) => {
    const links = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`l${n + 10}`, "/"]));
    const error = await listFolder(await plant(join(temp, "source"), links)).catch((error: unknown) => error);

    expect(error).toMatchObject({ count: 30, message: expect.stringMatching(/"l29" .* and 10 more$/) });
    expect((error as SourceRefusedError).refused).toHaveLength(20);
  });

  test("for a name that is not Unicode", async ({ temp }) => {
    const source = await plant(join(temp, "source"), { good: file("") });
    await writeFile(Buffer.concat([Buffer.from(`${source}/bad`), Buffer.from([0xff])]), "");

    await expect(listFolder(source)).rejects.toThrow(/"bad\ufffd" \(name is not Unicode\)/);
  });
});

describe("a change is noticed", () => {
  const tree = { a: file("aaa"), d: folderOf({ b: file("bbb") }), l: "a" };
  const changes: Record<string, [(source: string) => Promise<unknown>, string[]]> = {
    "of nothing": [async () => {}, []],
    "of a length": [(source) => appendFile(join(source, "a"), "x"), ["a"]],
    "of contents, with the old time put back": [
      async (source) => {
        await writeFile(join(source, "d", "b"), "xxx");
        await utimes(join(source, "d", "b"), 1_000_000_061, 1_000_000_061);
      },
      ["d/b"],
    ],
    "of a mode": [(source) => chmod(join(source, "d"), 0o700), ["d"]],
    "of what is new and what is gone": [
      (source) => rename(join(source, "a"), join(source, "d", "a")),
      ["a", "d/a"],
    ],
    "of a file that became two names": [(source) => link(join(source, "a"), join(source, "z")), ["a", "z"]],
    "of a link": [
      async (source) => {
        await rm(join(source, "l"));
        await symlink("d", join(source, "l"));
      },
      ["l"],
    ],
  };

  test.for(Object.entries(changes))("%s", async ([, [change, paths]], { temp }) => {
    const source = await plant(join(temp, "source"), tree);
    const before = await listFolder(source);
    await change(source);

    expect(changesBetween(before, await listFolder(source))).toEqual(paths);
  });
});
