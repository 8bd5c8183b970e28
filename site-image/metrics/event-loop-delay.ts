/**
 * How late this process's event loop is. One measure a process, whatever sites are in it, and none until it is asked
 * for: measuring wakes the process. What is told is of the last seconds before it was asked last.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";

export type EventLoopDelay = {
  readonly meanSeconds: number;
  readonly p99Seconds: number;
  readonly maxSeconds: number;
};

/** Asked more often, it tells the same again: several sites in one process are asked one after the other. */
const freshMs = 2_000;

let histogram: ReturnType<typeof monitorEventLoopDelay> | undefined;
let taken: { readonly atMs: number; readonly delay: EventLoopDelay } | undefined;

export function eventLoopDelay(realNowMs: number): EventLoopDelay {
  if (!histogram) {
    histogram = monitorEventLoopDelay({ resolution: 20 });
    histogram.enable();
  }
  if (taken && realNowMs - taken.atMs < freshMs) return taken.delay;
  const seconds = (nanoseconds: number) => (histogram?.count ? nanoseconds / 1e9 : 0);
  const { mean, max } = histogram;
  const delay = {
    meanSeconds: seconds(mean),
    p99Seconds: seconds(histogram.percentile(99)),
    maxSeconds: seconds(max),
  };
  histogram.reset();
  taken = { atMs: realNowMs, delay };
  return delay;
}
