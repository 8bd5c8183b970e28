/**
 * Which trials share a pass, and what comes of each of them. Those of a pass are spread over sites and phases. What was
 * passed by is tried again in another pass, in the end alone; when a pass fails, each of its trials is tried alone.
 */
import { phaseOf } from "../shim/operations.ts";
import type { PassOutcome } from "./pass.ts";
import { keyOf, kindOfTrial, type Outcome, type Trial, type TrialKind } from "./trial.ts";

/** In so many passes of many an operation may not come before it is tried alone. */
const passesOfMany = 3;

/** A pass that failed, until it is known which of its trials fail alone. */
type FailedPass = {
  readonly trials: readonly Trial[];
  readonly why: string;
  left: number;
  isBlamed: boolean;
};

/** `trials`: a pass that failed though none of its trials fails alone. */
export type Settled =
  | { readonly trial: Trial; readonly outcome: Outcome }
  | { readonly trials: readonly Trial[]; readonly why: string };

export class Passes {
  readonly #trialsOfAPass: number;
  /** By kind, and then by site and phase. */
  readonly #queues = new Map<TrialKind, Map<string, Trial[]>>();
  #alone: Trial[] = [];
  readonly #tries = new Map<string, number>();
  readonly #failed = new Map<string, FailedPass>();

  /** `trialsOfAPass`: about so many, more only where sites and phases want it. */
  constructor(trials: readonly Trial[], trialsOfAPass: number) {
    this.#trialsOfAPass = trialsOfAPass;
    for (const trial of trials) this.#add(trial);
  }

  /** The kind that most is left of, undefined where nothing is. */
  get kindOfMost(): TrialKind | undefined {
    const counts = new Map([...this.#queues.keys()].map((kind) => [kind, this.#left(kind)]));
    for (const trial of this.#alone) {
      const kind = kindOfTrial(trial);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    const [most] = [...counts].filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a);
    return most?.[0];
  }

  /** The trials of another pass, none where nothing of the kind is left. */
  next(kind: TrialKind): readonly Trial[] {
    const alone = this.#alone.find((trial) => kindOfTrial(trial) === kind);
    if (alone) {
      this.#alone = this.#alone.filter((trial) => trial !== alone);
      return [alone];
    }
    const passes = Math.max(1, Math.floor(this.#left(kind) / this.#trialsOfAPass));
    const queues = [...(this.#queues.get(kind)?.values() ?? [])];
    return queues.flatMap((queue) => takeSome(queue, Math.ceil(queue.length / passes)));
  }

  /** What is known now that such a pass has come to its end. */
  settle(trials: readonly Trial[], outcome: PassOutcome): Settled[] {
    const [first] = trials;
    if (!first) return [];
    if ("why" in outcome) {
      if (trials.length === 1) return this.#end(first, { kind: "failed", why: outcome.why });
      const failed: FailedPass = { trials, why: outcome.why, left: trials.length, isBlamed: false };
      for (const trial of trials) this.#failed.set(keyOf(trial), failed);
      this.#alone.push(...trials);
      return [];
    }
    const met = new Map(outcome.met.map((one) => [keyOf(one), one.said]));
    return trials.flatMap((trial) => {
      const key = keyOf(trial);
      const said = met.get(key);
      if (met.has(key)) return this.#end(trial, { kind: "met", ...(said !== undefined && { said }) });
      if (trials.length === 1) return this.#end(trial, { kind: "passed by" });
      const tries = (this.#tries.get(key) ?? 0) + 1;
      this.#tries.set(key, tries);
      if (tries < passesOfMany) this.#add(trial);
      else this.#alone.push(trial);
      return [];
    });
  }

  #end(trial: Trial, outcome: Outcome): Settled[] {
    const failed = this.#failed.get(keyOf(trial));
    if (!failed) return [{ trial, outcome }];
    failed.left--;
    failed.isBlamed ||= outcome.kind === "failed";
    const isUnexplained = failed.left === 0 && !failed.isBlamed;
    return [{ trial, outcome }, ...(isUnexplained ? [{ trials: failed.trials, why: failed.why }] : [])];
  }

  #add(trial: Trial): void {
    const kind = kindOfTrial(trial);
    const queues = this.#queues.get(kind) ?? new Map<string, Trial[]>();
    this.#queues.set(kind, queues);
    const place = `${trial.site} ${phaseOf(trial.operation)}`;
    const queue = queues.get(place) ?? [];
    queues.set(place, queue);
    queue.push(trial);
  }

  #left(kind: TrialKind): number {
    return [...(this.#queues.get(kind)?.values() ?? [])].reduce((sum, { length }) => sum + length, 0);
  }
}

/** The first of them, no operation twice. */
function takeSome(queue: Trial[], count: number): Trial[] {
  const taken: Trial[] = [];
  for (const trial of [...queue]) {
    if (taken.length === count) break;
    if (taken.some(({ operation }) => operation === trial.operation)) continue;
    taken.push(trial);
    queue.splice(queue.indexOf(trial), 1);
  }
  return taken;
}
