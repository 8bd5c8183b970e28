/**
 * A surface that takes hostile input, as the runner sees it. Every input is made with a defect that is known, so what
 * became of it can be judged without asking the code that was attacked.
 */
import type { Random } from "../support/random.ts";

/**
 * `equal`: it was taken, and means the same as an input without the defect (how that is told is said where it is).
 * `accepted` and `crashed` are findings.
 */
export type Verdict = "refused" | "equal" | "accepted" | "crashed";

export type Answer = {
  readonly verdict: Verdict;
  /** What was tried, in a word or two. */
  readonly kind: string;
  /** What is counted: a status code, the class of an error, quarantine. */
  readonly label: string;
  /** The input, for who looks into a finding. */
  readonly input: string;
};

export interface Surface extends AsyncDisposable {
  /** Tries some inputs, and tells of each. */
  attack(random: Random): Promise<readonly Answer[]>;
}

/** An HTTP answer to an input that must be refused; without one the connection was closed, which is a refusal too. */
export function answerOf(kind: string, status: number | undefined, input: string): Answer {
  const shown = input.slice(0, 400);
  if (status === undefined) return { kind, verdict: "refused", label: "closed", input: shown };
  const verdict = status < 400 ? "accepted" : status === 500 ? "crashed" : "refused";
  return { kind, verdict, label: String(status), input: shown };
}
