/**
 * What decides when the next bytes may leave, and how many. A transfer takes before it sends, and tells what has
 * arrived; the transfers to one address share one pace.
 */
import type { Clock } from "../../domain/clock.ts";

export type PaceClock = Pick<Clock, "now" | "realNow" | "scale" | "sleepReal">;

export interface Pace {
  readonly clock: PaceClock;
  /**
   * Resolves with how many of `most` bytes may leave now: a block, at least 1. Rejects with the reason of `signal` as
   * soon as that aborts; then nothing was taken.
   */
  take(most: number, signal: AbortSignal): Promise<number>;
  /** How many bytes may be on their way when more are taken. Infinity where nobody needs to know. */
  mayBeUnderWay(roundTripMs: number): number;
  /**
   * Bytes that were taken have arrived. Real milliseconds: `tookMs` since they were handed over, `lateMs` of that more
   * than the path is known to need. What is lost with its connection counts as arrived.
   */
  arrived(bytes: number, tookMs: number, lateMs: number): void;
}
