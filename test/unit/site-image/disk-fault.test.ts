import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect } from "vitest";

import { ContentWriteError, SourceMissingError } from "../../../site-image/content/content-error.ts";
import { diskFaultOf } from "../../../site-image/disk-fault.ts";
import { SitePlace } from "../../support/site-place.ts";
import { test } from "../../support/temporary-folder.ts";

const system = (code: string, more: object = {}) =>
  Object.assign(new Error(`${code}: no space left on device, write`), { code, ...more });

test("a fault of the disk is found among the causes of an error, with its place below the site's folder", () => {
  const error = new Error("cannot do it", {
    cause: new ContentWriteError("/site/SMSPKG/Temp/A.PKG", { cause: system("ENOSPC") }),
  });

  expect(diskFaultOf(error, "/site")).toEqual({
    code: "ENOSPC",
    what: "no space left on device, write",
    path: "SMSPKG/Temp/A.PKG",
  });
});

test("a disk that is not the site's, and errors of other kinds, are no trouble of its disk", () => {
  const source = new SourceMissingError("/mnt/source/a", "i/o error", { cause: system("EIO") });
  expect(diskFaultOf(source, "/site")).toBeUndefined();
  const none = new SourceMissingError("/mnt/source/a", "too many open files", { cause: system("EMFILE") });
  expect(diskFaultOf(none, "/site")).toMatchObject({ code: "EMFILE", path: "" }); // whatever was to be opened
  expect(diskFaultOf(system("ENOENT"), "/site")).toBeUndefined();
  expect(diskFaultOf(new Error("a mistake"), "/site")).toBeUndefined();
  expect(diskFaultOf("words", "/site")).toBeUndefined();
});

test("a database that SQLite cannot write is a fault of the disk, and one that is busy is not", ({
  folder,
}) => {
  const file = join(folder, "full.db");
  using database = new DatabaseSync(file);
  database.exec("CREATE TABLE t (x TEXT); PRAGMA max_page_count = 4");
  const errorOf = (act: () => unknown) => {
    try {
      act();
    } catch (error) {
      return error;
    }
  };
  const full = errorOf(() => database.prepare("INSERT INTO t VALUES (?)").run("x".repeat(100_000)));
  expect(diskFaultOf(full, folder)).toMatchObject({ code: "ENOSPC", what: "database or disk is full" });

  using other = new DatabaseSync(file, { timeout: 0 });
  database.exec("BEGIN EXCLUSIVE");
  const busy = errorOf(() => other.exec("BEGIN EXCLUSIVE"));
  expect(busy).toBeInstanceOf(Error);
  expect(diskFaultOf(busy, folder)).toBeUndefined();
});

test("what a full disk does not take of the journal waits in memory for who reads it, and fails nobody", async ({
  folder,
}) => {
  symlinkSync("/dev/full", join(folder, "journal.jsonl"));
  mkdirSync(join(folder, "SMS/Logs"), { recursive: true });
  symlinkSync("/dev/full", join(folder, "SMS/Logs/test.log"));
  using site = new SitePlace(folder);
  const { reporter, disk } = site.place;

  for (const text of ["one", "two", "three"]) reporter.event({ action: "recorded", text });
  reporter.info("a line that is lost");

  expect(disk.now).toMatchObject({ code: "ENOSPC" });
  const events = await Array.fromAsync(site.journal.events(1, false, new AbortController().signal));
  expect(events.map(({ sequence, text }) => [sequence, text])).toEqual([
    [2, "two"],
    [3, "three"],
  ]);
});
