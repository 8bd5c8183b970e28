/**
 * Flushes that are shared by all who wait for one.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { sharedFlush } from "../../../site-image/shared-flush.ts";
import { test } from "../../support/temporary-folder.ts";

test("who waits while a folder is flushed gets a flush that begins later, and shares it", async ({
  folder,
}) => {
  const first = sharedFlush(folder);
  const second = sharedFlush(folder);
  const third = sharedFlush(folder);

  expect(second).not.toBe(first);
  expect(third).toBe(second);
  await Promise.all([first, second]);
  const later = sharedFlush(folder);
  expect(later).not.toBe(second);
  await later;
});

test("a flush that fails is told to those who shared it, and the next one is tried anew", async ({
  folder,
}) => {
  const missing = join(folder, "not-there");
  const failed = await Promise.allSettled([sharedFlush(missing), sharedFlush(missing), sharedFlush(missing)]);
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);

  await mkdir(missing);
  await writeFile(join(missing, "file"), "");
  await expect(sharedFlush(missing)).resolves.toBeUndefined();
});
