/**
 * What arrived when, and how that compares with a rate.
 */
export type Arrival = {
  /** Real milliseconds. */
  readonly atMs: number;
  readonly bytes: number;
};

/** The most bytes that arrived within any `ms` milliseconds (the first included, the last not). */
export function mostWithin(arrivals: readonly Arrival[], ms: number): number {
  let most = 0;
  let bytes = 0;
  let next = 0;
  for (const first of arrivals) {
    for (let last = arrivals[next]; last && last.atMs < first.atMs + ms; last = arrivals[next]) {
      bytes += last.bytes;
      next += 1;
    }
    most = Math.max(most, bytes);
    bytes -= first.bytes;
  }
  return most;
}

export function bytesOf(arrivals: readonly Arrival[]): number {
  return arrivals.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Those from `fromMs` on, before `toMs`. */
export function between(arrivals: readonly Arrival[], fromMs: number, toMs: number): Arrival[] {
  return arrivals.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
}
