/**
 * Works through passes, each lane with a hierarchy of its own, which is made anew after a failure and now and then.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";

import type { SiteProgram } from "../../support/site-processes.ts";
import type { NamedOperation } from "../shim/orders.ts";
import { MatrixHierarchy } from "./hierarchy.ts";
import { operationsOf, type PassOutcome, tryPass } from "./pass.ts";
import type { Passes } from "./passes.ts";
import type { Trial, TrialKind } from "./trial.ts";

/** Packages that were make what is asked of the central site slower, and each kind of trial shall have its turn. */
const passesOfAHierarchy = 25;

export type Watch = {
  /** A pass has come to its end. */
  readonly passed: (trials: readonly Trial[], outcome: PassOutcome) => Promise<void>;
  /** After all these went well, their hierarchy did not end as it must. */
  readonly endedBadly: (trials: readonly Trial[], why: string) => Promise<void>;
};

export async function workThroughPasses(
  folder: string,
  program: SiteProgram,
  passes: Passes,
  lanes: number,
  watch: Watch,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(Array.from({ length: lanes }, () => lane(folder, program, passes, watch, signal)));
}

/** What each site does to its disk while a package is carried, from a few passes without a crash. */
export async function countOperations(
  folder: string,
  program: SiteProgram,
  signal: AbortSignal,
): Promise<Map<string, NamedOperation[]>> {
  const own = await mkdtemp(join(folder, "count-"));
  await using hierarchy = await MatrixHierarchy.start(own, program, signal);
  await operationsOf(hierarchy, 1, signal); // the first package makes folders that are there afterwards
  return await operationsOf(hierarchy, 2, signal);
}

async function lane(
  folder: string,
  program: SiteProgram,
  passes: Passes,
  watch: Watch,
  signal: AbortSignal,
): Promise<void> {
  for (let kind = passes.kindOfMost; kind && !signal.aborted; kind = passes.kindOfMost) {
    const own = await mkdtemp(join(folder, "lane-"));
    const tried: Trial[] = [];
    let isFine = true;
    try {
      const hierarchy = await MatrixHierarchy.start(own, program, signal, {
        cutsPower: cutsPower(kind),
      });
      try {
        await using _ended = hierarchy;
        isFine = await workWith(hierarchy, kind, passes, tried, watch, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        if (isFine) await watch.endedBadly(tried, String(error));
        isFine = false;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    if (isFine) await rm(own, { recursive: true, force: true }); // a failure is there to be looked at
  }
}

/** Resolves with false after a failure. `tried` is told what went well. */
async function workWith(
  hierarchy: MatrixHierarchy,
  first: TrialKind,
  passes: Passes,
  tried: Trial[],
  watch: Watch,
  signal: AbortSignal,
): Promise<boolean> {
  let kind: TrialKind | undefined = first;
  for (let pass = 0; pass < passesOfAHierarchy; ) {
    const trials = passes.next(kind);
    if (trials.length === 0) {
      kind = passes.kindOfMost;
      if (!kind || cutsPower(kind) !== cutsPower(first)) break;
      continue;
    }
    pass++;
    const ended = AbortSignal.any([signal, hierarchy.processes.signal]);
    const outcome = await tryPass(hierarchy, trials, ended);
    if (signal.aborted) break; // that one was not let come to its end
    await watch.passed(trials, outcome);
    if ("why" in outcome) return false;
    tried.push(...trials);
  }
  return true;
}

function cutsPower(kind: TrialKind): boolean {
  return kind === "torn" || kind === "missing";
}
