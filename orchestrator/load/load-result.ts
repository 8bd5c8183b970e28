/**
 * What a load test measured, as plain data: `spoolnet load --json` is this, and `--baseline` reads it again. Pure.
 */
import { z } from "zod";

import type { Delivered } from "./deliveries.ts";
import type { LoadSettings } from "./load-settings.ts";
import { summaryOf } from "./statistics.ts";
import type { Transfer } from "./transfer-log.ts";

const summary = z.object({
  count: z.int(),
  mean: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
});

export const loadResult = z.object({
  version: z.literal(1),
  /** What was asked for, in words. */
  load: z.string(),
  driver: z.string(),
  machine: z.object({ cpus: z.string(), memoryBytes: z.number(), system: z.string(), node: z.string() }),
  /** From the first byte that was measured to the last. */
  seconds: z.number(),
  packages: z.int(),
  packagesPerSecond: z.number(),
  bytes: z.number(),
  /** All transfers together. */
  bytesPerSecond: z.number(),
  /** Of each transfer by itself, in bytes per second. */
  transfers: summary,
  /** From the send request to its first byte, in milliseconds. */
  queueWaitMs: summary,
  /** From the definition of a package to its last distribution point, in milliseconds. */
  deliveryMs: summary,
  /** How far each transfer's rate is from its limit, in percent of it; null without a limit. */
  throttleErrorPercent: z.object({ mean: z.number(), worst: z.number() }).nullable(),
  /** CPU seconds for each GiB; null where senders and receivers share a process. */
  cpuSecondsPerGiB: z.object({
    senders: z.number().nullable(),
    receivers: z.number().nullable(),
    together: z.number(),
  }),
  /** Tries that failed, and packages that did not arrive. */
  failures: z.int(),
  lost: z.int(),
});
export type LoadResult = z.infer<typeof loadResult>;

/** CPU seconds that were used while it was measured. */
export type CpuUse = {
  readonly senders: number | null;
  readonly receivers: number | null;
  readonly together: number;
};

export type Measured = {
  readonly settings: LoadSettings;
  readonly load: string;
  readonly driver: string;
  readonly machine: LoadResult["machine"];
  readonly transfers: readonly Transfer[];
  readonly delivered: readonly Delivered[];
  readonly lost: number;
  /** What began before is warm-up, in real milliseconds. */
  readonly fromMs: number;
  readonly cpu: CpuUse;
};

export function resultOf(measured: Measured): LoadResult {
  const { settings, fromMs, cpu } = measured;
  const ended = measured.transfers.flatMap(({ startedMs, endedMs, queuedMs, bytes }) =>
    startedMs === undefined || endedMs === undefined || startedMs < fromMs
      ? []
      : [{ startedMs, endedMs, queuedMs, bytes }],
  );
  const delivered = measured.delivered.filter(({ addedMs }) => addedMs >= fromMs);
  const bytes = ended.reduce((sum, one) => sum + one.bytes, 0);
  const rates = ended.map((one) => one.bytes / seconds(one.startedMs, one.endedMs));
  const span = spanOf(ended.map(({ startedMs, endedMs }) => [startedMs, endedMs]));
  const packageSpan = spanOf(delivered.map(({ addedMs, arrivedMs }) => [addedMs, arrivedMs]));
  const gibibytes = bytes / 1024 ** 3;
  const perGiB = (used: number) => (gibibytes === 0 ? 0 : used / gibibytes);
  return {
    version: 1,
    load: measured.load,
    driver: measured.driver,
    machine: measured.machine,
    seconds: span,
    packages: delivered.length,
    packagesPerSecond: delivered.length === 0 ? 0 : delivered.length / packageSpan,
    bytes,
    bytesPerSecond: bytes === 0 ? 0 : bytes / span,
    transfers: summaryOf(rates),
    queueWaitMs: summaryOf(ended.map(({ startedMs, queuedMs }) => startedMs - queuedMs)),
    deliveryMs: summaryOf(delivered.map(({ addedMs, arrivedMs }) => arrivedMs - addedMs)),
    throttleErrorPercent: throttleError(rates, settings.bytesPerSecond),
    cpuSecondsPerGiB: {
      senders: cpu.senders === null ? null : perGiB(cpu.senders),
      receivers: cpu.receivers === null ? null : perGiB(cpu.receivers),
      together: perGiB(cpu.together),
    },
    failures: measured.transfers.reduce((sum, one) => sum + one.failures, 0),
    lost: measured.lost,
  };
}

/** A limited address has one connection, so each of its transfers has the whole limit. */
function throttleError(
  rates: readonly number[],
  limit: number | undefined,
): LoadResult["throttleErrorPercent"] {
  if (limit === undefined || rates.length === 0) return null;
  const errors = rates.map((rate) => (rate / limit - 1) * 100);
  const worst = errors.reduce((most, one) => (Math.abs(one) > Math.abs(most) ? one : most), 0);
  return { mean: errors.reduce((sum, one) => sum + one, 0) / errors.length, worst };
}

/** From the first beginning to the last end, in seconds. */
function spanOf(spans: readonly (readonly [fromMs: number, untilMs: number])[]): number {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const [fromMs, untilMs] of spans) {
    first = Math.min(first, fromMs);
    last = Math.max(last, untilMs);
  }
  return spans.length === 0 ? 0 : seconds(first, last);
}

/** Never 0, for what took less than a clock can tell. */
function seconds(fromMs: number, untilMs: number): number {
  return Math.max(untilMs - fromMs, 0.001) / 1000;
}
