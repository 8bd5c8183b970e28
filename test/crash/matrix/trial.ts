/**
 * One trial: a site ends at one operation and is started again at once; or its disk fails from that operation on, for a
 * while, and the site must go on by itself.
 */
import { faultMode, type Target, type TrialMode } from "../shim/orders.ts";

export type Trial = Target & { readonly site: string };

/** `passed by`: whenever it was tried, the run came to its end without that operation. */
export type Outcome =
  /** `said`: of a disk that fails, whether the site did say so. */
  | { readonly kind: "met"; readonly said?: boolean }
  | { readonly kind: "passed by" }
  | { readonly kind: "failed"; readonly why: string };

/** Trials of a kind can share a pass, since the same must be true in its end. */
const kinds = ["kills", "torn", "missing", "faults"] as const;
export type TrialKind = (typeof kinds)[number];

export function kindOfTrial({ mode }: { readonly mode: TrialMode }): TrialKind {
  if (faultMode.safeParse(mode).success) return "faults";
  return mode === "torn" || mode === "missing" ? mode : "kills";
}

/** Names a trial. */
export function keyOf({ site, mode, operation }: Trial): string {
  return `${site} ${mode} ${operation}`;
}

/** Of the trials, what the shim of a site is told. */
export function targetsOf(code: string, trials: readonly Trial[]): Target[] {
  return trials.filter(({ site }) => site === code).map(({ operation, mode }) => ({ operation, mode }));
}
