/**
 * A run of the matrix: which operations there are, which of them are tried how, and what came of it.
 */
import { systemWallClock } from "../../../orchestrator/wall-clock.ts";
import { Random } from "../../support/random.ts";
import { meets } from "../shim/disk-faults.ts";
import { kindOf } from "../shim/operations.ts";
import { faultCode, type NamedOperation, type TrialMode } from "../shim/orders.ts";
import { countOperations, type Watch, workThroughPasses } from "./lanes.ts";
import { Passes } from "./passes.ts";
import { Progress } from "./progress.ts";
import type { Results } from "./results.ts";
import { bundleSite } from "./site-bundle.ts";
import { keyOf, type Trial } from "./trial.ts";

/** About so many trials share a pass: an end costs a start of its site, beside which a pass costs little. */
const trialsOfAPass = 18;

export type MatrixOptions = {
  readonly folder: string;
  readonly seed: number;
  readonly sites: readonly string[];
  readonly modes: readonly TrialMode[];
  /** How many trials, drawn with the seed. Default: all there are. */
  readonly sample?: number | undefined;
  /** Only operations with this in their name. Default: every one. */
  readonly operation?: string | undefined;
  /** Only those trials of which this is true, as when several machines share them. Default: all. */
  readonly isMine?: ((key: string) => boolean) | undefined;
  /** What runs before this one have tried, and where this one's outcomes go. Default: nowhere. */
  readonly results?: Results | undefined;
  readonly lanes: number;
  readonly say: (line: string) => void;
};

export type Verdict = {
  /** How many operations the sites have together. */
  readonly operations: number;
  /** How many trials there are of them in the modes asked for. */
  readonly trials: number;
  /** Of those, how many were tried by runs before this. */
  readonly before: number;
  readonly kinds: number;
  /** How many came to the operation, in this run. */
  readonly met: number;
  /** Of those in which a disk failed, how many in which the site said so. */
  readonly said: number;
  readonly passedBy: readonly Trial[];
  /** Of one trial, or of those of a pass that failed though none of them fails alone. */
  readonly failures: readonly { readonly trials: readonly Trial[]; readonly why: string }[];
};

export async function runMatrix(options: MatrixOptions, signal: AbortSignal): Promise<Verdict> {
  const { folder, seed, sites, modes, sample, operation = "", isMine = () => true, lanes, say } = options;
  const { results } = options;
  const program = await bundleSite(folder);
  const counted = results?.operations ?? (await countOperations(folder, program, signal));
  await results?.keepOperations(counted);
  const known = sites.map((site) => [site, counted.get(site) ?? []] as const);
  const count = known.reduce((sum, [, all]) => sum + all.length, 0);
  say(`operations: ${known.map(([site, all]) => `${site} ${all.length}`).join(", ")}`);
  const all = known
    .flatMap(([site, found]) =>
      found
        .filter(({ name }) => name.includes(operation))
        .flatMap((one) =>
          modes
            .filter((mode) => isOfItsOwn(one, mode))
            .map((mode): Trial => ({ site, operation: one.name, mode })),
        ),
    )
    .filter((trial) => isMine(keyOf(trial)));
  const left = shuffled(all, new Random(seed)).filter((trial) => !results?.has(trial));
  const trials = left.slice(0, sample);
  let met = 0;
  let said = 0;
  const passedBy: Trial[] = [];
  const failures: { trials: readonly Trial[]; why: string }[] = [];
  const passes = new Passes(trials, trialsOfAPass);
  const progress = new Progress(trials.length, systemWallClock, say);
  const failTogether: Watch["endedBadly"] = async (together, why) => {
    failures.push({ trials: together, why });
    say(`FAILED together, and none alone: ${together.map(wordsOf).join("; ")}\n  ${why}`);
    await results?.addTogether(together, why);
  };
  const watch: Watch = {
    endedBadly: failTogether,
    passed: async (shared, ended) => {
      const pass = keyOf(shared[0] as Trial);
      if ("why" in ended && shared.length > 1)
        say(`each alone now: a pass of ${shared.length}: ${ended.why}`);
      for (const settled of passes.settle(shared, ended)) {
        if ("trials" in settled) {
          await failTogether(settled.trials, settled.why);
          continue;
        }
        const { trial, outcome } = settled;
        if (outcome.kind === "passed by") passedBy.push(trial);
        else if (outcome.kind === "met") {
          met++;
          if (outcome.said) said++;
        } else {
          failures.push({ trials: [trial], why: outcome.why });
          say(`FAILED ${wordsOf(trial)}\n  ${outcome.why}`);
        }
        await results?.add(trial, outcome, shared.length > 1 ? pass : undefined);
      }
      progress.is(met + passedBy.length + failures.length, failures.length);
    },
  };
  await workThroughPasses(folder, program, passes, lanes, watch, signal);
  const kinds = new Set(trials.map((trial) => `${trial.site} ${kindOf(trial.operation)}`)).size;
  const before = all.length - left.length;
  return { operations: count, trials: all.length, before, kinds, met, said, passedBy, failures };
}

/** False for a trial that is another one under another name (docs/reliability.md). */
function isOfItsOwn({ kind, nature, isNext }: NamedOperation, mode: TrialMode): boolean {
  if (mode === "before") return !isNext;
  const code = faultCode.safeParse(mode).data;
  return code === undefined || code === "EMFILE" || meets(code, nature, kind); // EMFILE meets what is opened between
}

export function wordsOf({ site, mode, operation }: Trial): string {
  return `${site}, ${mode}: ${operation}`;
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const keyed = items.map((item) => [random.between(0, 2 ** 32 - 1), item] as const);
  return keyed.sort(([a], [b]) => a - b).map(([, item]) => item);
}
