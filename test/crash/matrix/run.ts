/**
 * A run of the matrix: which operations there are, which of them are tried how, and what came of it.
 */
import { Random } from "../../support/random.ts";
import { kindOf } from "../shim/operations.ts";
import type { CrashMode } from "../shim/orders.ts";
import { countOperations, workThroughTrials } from "./lanes.ts";
import type { Outcome, Trial } from "./trial.ts";

export type MatrixOptions = {
  readonly folder: string;
  readonly seed: number;
  readonly sites: readonly string[];
  readonly modes: readonly CrashMode[];
  /** How many trials, drawn with the seed. Default: all there are. */
  readonly sample?: number | undefined;
  /** Only operations with this in their name. Default: every one. */
  readonly operation?: string | undefined;
  readonly lanes: number;
  readonly say: (line: string) => void;
};

export type Verdict = {
  /** How many operations the sites have together. */
  readonly operations: number;
  readonly kinds: number;
  readonly crashes: number;
  readonly passedBy: readonly Trial[];
  readonly failures: readonly { readonly trial: Trial; readonly why: string }[];
};

export async function runMatrix(options: MatrixOptions, signal: AbortSignal): Promise<Verdict> {
  const { folder, seed, sites, modes, sample, operation = "", lanes, say } = options;
  const counted = await countOperations(folder, signal);
  const known = sites.map((site) => [site, counted.get(site) ?? []] as const);
  const names = known.flatMap(([site, all]) => all.map((name) => `${site} ${name}`));
  say(`operations: ${known.map(([site, all]) => `${site} ${all.length}`).join(", ")}`);
  const all = known.flatMap(([site, found]) =>
    found
      .filter((name) => name.includes(operation))
      .flatMap((name) => modes.map((mode): Trial => ({ site, operation: name, mode }))),
  );
  const trials = shuffled(all, new Random(seed)).slice(0, sample);
  let crashes = 0;
  const passedBy: Trial[] = [];
  const failures: { trial: Trial; why: string }[] = [];
  const watch = (trial: Trial, outcome: Outcome) => {
    if (outcome.kind === "crashed") crashes++;
    else if (outcome.kind === "passed by") passedBy.push(trial);
    else {
      failures.push({ trial, why: outcome.why });
      say(`FAILED ${wordsOf(trial)}\n  ${outcome.why}`);
    }
    const tried = crashes + passedBy.length + failures.length;
    if (tried % 50 === 0) say(`${tried} of ${trials.length} tried, ${failures.length} failed`);
  };
  await workThroughTrials(folder, trials, lanes, watch, signal);
  const kinds = new Set(trials.map((trial) => `${trial.site} ${kindOf(trial.operation)}`)).size;
  return { operations: names.length, kinds, crashes, passedBy, failures };
}

export function wordsOf({ site, mode, operation }: Trial): string {
  return `${site}, ${mode}: ${operation}`;
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const keyed = items.map((item) => [random.between(0, 2 ** 32 - 1), item] as const);
  return keyed.sort(([a], [b]) => a - b).map(([, item]) => item);
}
