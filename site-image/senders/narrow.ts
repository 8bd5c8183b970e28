/**
 * A pace without a rate that keeps little on its way: for a transfer that nothing limits at this end and that a slow
 * link may limit at the other.
 */
import type { Pace, PaceClock } from "./pace.ts";

/** Enough for full speed on a fast path, and gone within the patience of a sender on the slowest (28.8 kbit/s). */
const underWayBytes = 64 * 1024;

export class Narrow implements Pace {
  readonly clock: PaceClock;

  constructor(clock: PaceClock) {
    this.clock = clock;
  }

  async take(most: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    return Math.min(most, underWayBytes);
  }

  mayBeUnderWay(): number {
    return underWayBytes;
  }

  arrived(): void {}
}
