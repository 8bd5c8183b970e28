/**
 * A test with a fresh folder of its own, removed at its end.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { test as base } from "vitest";

// biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern to see which fixtures this one uses
export const test = base.extend("folder", async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), "spoolnet-"));
  onCleanup(() => rm(folder, { recursive: true, force: true }));
  return folder;
});
