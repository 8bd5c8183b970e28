/**
 * Hierarchies that left a record on this machine: their sites are in a process, or were.
 */
import { rm } from "node:fs/promises";

import { Failure } from "./failure.ts";
import { clockOf, type FoundHierarchy } from "./found-hierarchy.ts";
import { type HierarchyRecord, isAlive, readRecord, rememberedRoots } from "./hierarchy-record.ts";
import { until, type WallClock } from "./wall-clock.ts";

/** How long a process that was asked to end may take, in milliseconds: longer than it gives itself. */
const endWithinMs = 15_000;

export async function recordedHierarchies(wallClock: WallClock): Promise<FoundHierarchy[]> {
  const roots = await rememberedRoots();
  const found = await Promise.all(
    roots.map(async ({ root, startedMs }): Promise<FoundHierarchy[]> => {
      const record = await readRecord(root).catch(() => undefined); // another's file by now
      if (!record) return [];
      const { name, driver, pid, token, sites } = record;
      const isRunning = pid !== null && isAlive(pid);
      const down = () => end(root, record, wallClock);
      const isLeftOver = !isRunning && !record.isKept;
      return [{ name, driver, isRunning, isLeftOver, startedMs, root, sites, token, down }];
    }),
  );
  return found.flat();
}

async function end(root: string, record: HierarchyRecord, wallClock: WallClock): Promise<void> {
  const { pid, name, isKept } = record;
  if (pid !== null && isAlive(pid)) {
    // After a crash, the number may be another process's by now: only who answers for the sites is ended.
    if ((await clockOf(record, wallClock)) === null) {
      throw new Failure(
        "environment",
        `process ${pid} should run the hierarchy "${name}", but its sites do not answer: it starts or stops just now, or end it with kill ${pid} if it is spoolnet, or else remove ${root}`,
      );
    }
    process.kill(pid, "SIGTERM");
    const patience = { everyMs: 50, withinMs: endWithinMs, signal: new AbortController().signal };
    const isGone = await until(wallClock, patience, async () => (isAlive(pid) ? undefined : true));
    if (!isGone) {
      throw new Failure(
        "environment",
        `process ${pid}, which runs the hierarchy "${name}", did not end within ${endWithinMs / 1000} s: kill -KILL ${pid} ends it, and loses nothing`,
      );
    }
  }
  if (!isKept) await rm(root, { recursive: true, force: true, maxRetries: 3 });
}
