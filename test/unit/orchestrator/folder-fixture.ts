/** A test with a folder of its own, which is gone when the test is over. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { test as base } from "vitest";

// biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
export const test = base.extend("folder", async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), "spoolnet-test-"));
  onCleanup(() => rm(folder, { recursive: true, force: true }));
  return folder;
});
