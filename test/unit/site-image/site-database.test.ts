/**
 * When a commit is on the disk, as who waits for it sees it.
 */
import { copyFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { SiteDatabase } from "../../../site-image/database/site-database.ts";
import { test } from "../../support/temporary-folder.ts";

const keep = "INSERT INTO setting (name, value) VALUES (?, ?)";

test("commits of one turn share a flush, and one after it gets its own", async ({ folder }) => {
  using database = new SiteDatabase(join(folder, "site.db"));
  database.run(keep, "a", "1");
  const first = database.flushed();
  expect(database.flushed()).toBe(first); // nothing has been committed since
  database.run(keep, "b", "2");
  const second = database.flushed();
  expect(second).not.toBe(first);
  await Promise.all([first, second]);
});

test("what a failed flush of the log may have lost is in the database itself after the next", async ({
  folder,
}) => {
  const file = join(folder, "site.db");
  using database = new SiteDatabase(file);
  await database.flushed();
  await rename(`${file}-wal`, `${file}-away`); // it cannot be opened to be flushed
  database.run(keep, "a", "1");
  await expect(database.flushed()).rejects.toThrow("cannot flush");
  await rename(`${file}-away`, `${file}-wal`);

  await database.flushed(); // though nothing was committed since
  expect((await stat(`${file}-wal`)).size).toBe(0);
  await copyFile(file, join(folder, "alone.db"));
  using alone = new SiteDatabase(join(folder, "alone.db"));
  expect(alone.one("SELECT value FROM setting WHERE name = 'a'")).toEqual({ value: "1" });
});

test("a listener is called after the commits that change its tables, and no others", ({ folder }) => {
  using database = new SiteDatabase(join(folder, "site.db"));
  const over = new AbortController();
  let calls = 0;
  database.onCommit(() => calls++, over.signal, ["setting"]);
  database.run("INSERT INTO counter (name, value) VALUES ('job', 1)");
  expect(calls).toBe(0);
  database.transaction(() => {
    database.run(keep, "a", "1");
    database.run(keep, "b", "2");
  });
  expect(calls).toBe(1);
  over.abort();
  database.run(keep, "c", "3");
  expect(calls).toBe(1);
});
