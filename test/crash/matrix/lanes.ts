/**
 * Works through trials, each lane with a hierarchy of its own, which is made anew after a failure and now and then.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";

import type { NamedOperation } from "../shim/orders.ts";
import { MatrixHierarchy } from "./hierarchy.ts";
import { type Outcome, operationsOf, type Trial, tryOne } from "./trial.ts";

/** Packages that were make what is asked of the central site slower. */
const trialsOfAHierarchy = 150;

type Watch = (trial: Trial, outcome: Outcome) => Promise<void>;

export async function workThroughTrials(
  folder: string,
  trials: readonly Trial[],
  lanes: number,
  watch: Watch,
  signal: AbortSignal,
): Promise<void> {
  const left = [...trials];
  await Promise.all(Array.from({ length: lanes }, () => lane(folder, left, watch, signal)));
}

/** What each site does to its disk while a package is carried, from a few runs without a crash. */
export async function countOperations(
  folder: string,
  signal: AbortSignal,
): Promise<Map<string, NamedOperation[]>> {
  const own = await mkdtemp(join(folder, "count-"));
  await using hierarchy = await MatrixHierarchy.start(own, signal);
  await operationsOf(hierarchy, 1, signal); // the first package makes folders that are there afterwards
  return await operationsOf(hierarchy, 2, signal);
}

async function lane(folder: string, left: Trial[], watch: Watch, signal: AbortSignal): Promise<void> {
  while (left.length > 0 && !signal.aborted) {
    const own = await mkdtemp(join(folder, "lane-"));
    let isFine = true;
    try {
      const cutsPower = left.some(({ mode }) => mode === "torn" || mode === "missing");
      await using hierarchy = await MatrixHierarchy.start(own, signal, { cutsPower });
      for (let tried = 0; tried < trialsOfAHierarchy && isFine && !signal.aborted; tried++) {
        const trial = left.shift();
        if (!trial) break;
        const outcome = await tryOne(hierarchy, trial, AbortSignal.any([signal, hierarchy.processes.signal]));
        if (signal.aborted) break; // that one was not let come to its end
        isFine = outcome.kind !== "failed";
        await watch(trial, outcome);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    if (isFine) await rm(own, { recursive: true, force: true }); // a failure is there to be looked at
  }
}
