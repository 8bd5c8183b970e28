/**
 * From what arrived when, how well a rate was kept.
 */
import { type Arrival, between, bytesOf, mostWithin } from "../../test/support/arrivals.ts";

export type Plan = {
  /** Bytes per real second. */
  readonly rate: number;
  readonly steadyMs: number;
  readonly stillMs: number;
  readonly afterMs: number;
};

export type Kept = {
  /** Of the mean over the steady time, in percent; undefined, as the next, where there is no rate to keep. */
  readonly meanErrorPercent: number | undefined;
  /** The most within 100 ms (or ten blocks, where those take longer), as a multiple of the rate. */
  readonly worstTenth: number | undefined;
  readonly worstSecond: number;
  /** The same from the end of the stall on; undefined where there was none. */
  readonly stallTenth: number | undefined;
  readonly stallSecond: number | undefined;
  /** How late a halved rate was in force; undefined where it was not halved. */
  readonly boundaryMs: number | undefined;
};

/** The least block of Spoolnet's pacer, and what it takes otherwise (site-image/senders/pacer.ts). */
const leastBlockBytes = 16;
const madeUpMs = 6;

export function measure(
  arrivals: readonly Arrival[],
  { rate, steadyMs, stillMs, afterMs }: Plan,
  stillUntilMs: number,
  halvedMs: number | undefined,
): Kept {
  const startMs = arrivals[0]?.atMs ?? 0;
  const steady = between(arrivals, startMs, startMs + steadyMs);
  const after = stillMs > 0 ? between(arrivals, stillUntilMs, stillUntilMs + afterMs) : undefined;
  const tenthMs = Math.max(100, (10 * leastBlockBytes * 1000) / rate);
  const worst = (some: readonly Arrival[], ms: number) => mostWithin(some, ms) / ((rate * ms) / 1000);
  return {
    meanErrorPercent: (meanRate(steady) / rate - 1) * 100,
    worstTenth: worst(steady, tenthMs),
    worstSecond: worst(steady, 1000),
    stallTenth: after && worst(after, tenthMs),
    stallSecond: after && worst(after, 1000),
    boundaryMs: halvedMs === undefined ? undefined : boundaryLateness(arrivals, rate, halvedMs),
  };
}

/**
 * Of blocks with pauses: no window as
 * long as a pause may hold more than a block, so that takes the place of a second; `boundaryMs` is the mean lateness of
 * a block.
 */
export function measurePulses(
  arrivals: readonly Arrival[],
  { blockBytes, pauseMs }: { readonly blockBytes: number; readonly pauseMs: number },
  { steadyMs, stillMs, afterMs }: Plan,
  stillUntilMs: number,
): Kept {
  const startMs = arrivals[0]?.atMs ?? 0;
  const steady = between(arrivals, startMs, startMs + steadyMs);
  const after = stillMs > 0 ? between(arrivals, stillUntilMs, stillUntilMs + afterMs) : undefined;
  const pauses: number[] = [];
  let held = 0;
  for (const [index, { atMs, bytes }] of steady.entries()) {
    held += bytes;
    const next = steady[index + 1];
    if (!next || held % blockBytes !== 0) continue;
    pauses.push(next.atMs - atMs);
  }
  const meanMs = pauses.reduce((sum, ms) => sum + ms, 0) / pauses.length;
  // A pause that ended late is made up for by the next one, by at most this much (blocks-and-pauses.ts).
  const shortestMs = Math.max(1, pauseMs - madeUpMs);
  const most = (some: readonly Arrival[]) => mostWithin(some, shortestMs) / blockBytes;
  return {
    meanErrorPercent: undefined,
    worstTenth: undefined,
    worstSecond: most(steady),
    stallTenth: undefined,
    stallSecond: after && most(after),
    boundaryMs: meanMs - pauseMs,
  };
}

/** What came after the first arrival, in the time from it to the last. */
function meanRate(arrivals: readonly Arrival[]): number {
  const [first] = arrivals;
  const last = arrivals.at(-1);
  if (!first || !last || last === first) return Number.NaN;
  return ((bytesOf(arrivals) - first.bytes) * 1000) / (last.atMs - first.atMs);
}

/** The bytes too many in the half second after the change, as time at the difference of the rates. */
function boundaryLateness(arrivals: readonly Arrival[], rate: number, halvedMs: number): number {
  const bytes = bytesOf(between(arrivals, halvedMs, halvedMs + 500));
  return ((bytes - (rate / 2) * 0.5) / (rate / 2)) * 1000;
}
