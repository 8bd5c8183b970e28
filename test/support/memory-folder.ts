/**
 * A folder in memory for what the tests write, where the system has one with room: they flush a lot and none of them is
 * about a disk, so that waiting for one would be most of their time. It has a folder of its own there for each run, which
 * is removed at the end with whatever a test that was killed has left.
 */
import { existsSync, mkdirSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";

const memory = "/dev/shm";
const leastFreeBytes = 4 * 1024 ** 3;

/** Undefined where there is none. */
export function memoryFolder(): string | undefined {
  if (!existsSync(memory)) return undefined;
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > leastFreeBytes ? memory : undefined;
}

const memoryNow = memoryFolder();

/** For this run of vitest, which begins by making it. */
export const runFolder = memoryNow && join(memoryNow, `spoolnet-test-${process.pid}`);

/** As vitest calls it, before all tests. */
export function setup(): void {
  if (runFolder !== undefined) mkdirSync(runFolder);
}

/** As vitest calls it, after all tests. */
export function teardown(): void {
  if (runFolder !== undefined) rmSync(runFolder, { recursive: true, force: true, maxRetries: 3 });
}
