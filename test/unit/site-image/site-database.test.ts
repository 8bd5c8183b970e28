/**
 * When a commit is on the disk, as who waits for it sees it.
 */
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
