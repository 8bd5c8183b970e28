/**
 * Flushes of a folder that are shared, as an inbox sees them.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { flushFolder } from "../../../site-image/inboxes/whole-file.ts";
import { test } from "../../support/temporary-folder.ts";

test("who waits while a folder is flushed gets a flush that begins later, and shares it", async ({
  folder,
}) => {
  const first = flushFolder(folder);
  const second = flushFolder(folder);
  const third = flushFolder(folder);

  expect(second).not.toBe(first);
  expect(third).toBe(second);
  await Promise.all([first, second]);
  const later = flushFolder(folder);
  expect(later).not.toBe(second);
  await later;
});

test("a flush that fails is told to those who shared it, and the next one is tried anew", async ({
  folder,
}) => {
  const missing = join(folder, "not-there");
  const failed = await Promise.allSettled([flushFolder(missing), flushFolder(missing), flushFolder(missing)]);
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);

  await mkdir(missing);
  await writeFile(join(missing, "file"), "");
  await expect(flushFolder(missing)).resolves.toBeUndefined();
});
