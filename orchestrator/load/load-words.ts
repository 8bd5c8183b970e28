/**
 * The result of a load test as a table for people, beside an earlier one where there is a baseline. Pure.
 */
import { bytesWords, table } from "../words.ts";
import type { LoadResult } from "./load-result.ts";
import type { Summary } from "./statistics.ts";

export type ResultRow = {
  readonly name: string;
  readonly value: string;
  /** The earlier value and the change, empty without a baseline. */
  readonly before: string;
  readonly change: string;
};

type Measure = {
  readonly name: string;
  readonly of: (result: LoadResult) => number | null;
  readonly words: (value: number) => string;
};

const rate = (value: number) => `${bytesWords(value)}/s`;
const milliseconds = (value: number) =>
  value < 1000 ? `${value.toFixed(1)} ms` : `${(value / 1000).toFixed(2)} s`;
const cpu = (value: number) => `${value.toFixed(2)} s/GiB`;
const percent = (value: number) => `${value > 0 ? "+" : ""}${value.toFixed(2)} %`;

const parts = ["mean", "p50", "p95", "p99"] as const;

function spread(
  name: string,
  of: (result: LoadResult) => Summary,
  words: (value: number) => string,
): Measure[] {
  return parts.map((part) => ({ name: `${name}, ${part}`, of: (result) => of(result)[part], words }));
}

const measures: readonly Measure[] = [
  { name: "throughput, all together", of: (result) => result.bytesPerSecond, words: rate },
  { name: "packages a second", of: (result) => result.packagesPerSecond, words: (value) => value.toFixed(1) },
  ...spread("one transfer", ({ transfers }) => transfers, rate),
  ...spread("queue wait", ({ queueWaitMs }) => queueWaitMs, milliseconds),
  ...spread("definition to installed", ({ deliveryMs }) => deliveryMs, milliseconds),
  {
    name: "throttle error, mean",
    of: (result) => result.throttleErrorPercent?.mean ?? null,
    words: percent,
  },
  {
    name: "throttle error, worst",
    of: (result) => result.throttleErrorPercent?.worst ?? null,
    words: percent,
  },
  { name: "CPU, senders", of: (result) => result.cpuSecondsPerGiB.senders, words: cpu },
  { name: "CPU, receivers", of: (result) => result.cpuSecondsPerGiB.receivers, words: cpu },
  { name: "CPU, together", of: (result) => result.cpuSecondsPerGiB.together, words: cpu },
  { name: "tries that failed", of: (result) => result.failures, words: String },
  { name: "packages lost", of: (result) => result.lost, words: String },
];

/** A row for each number there is. */
export function resultRows(result: LoadResult, baseline: LoadResult | undefined): ResultRow[] {
  return measures.flatMap(({ name, of, words }) => {
    const value = of(result);
    if (value === null) return [];
    const before = baseline ? of(baseline) : null;
    return [
      {
        name,
        value: words(value),
        before: before === null ? "" : words(before),
        change: before === null || before === 0 ? "" : percent((value / before - 1) * 100),
      },
    ];
  });
}

export function resultText(result: LoadResult, baseline: LoadResult | undefined): string {
  const head = baseline ? [["", "now", "before", "change"]] : [];
  const rows = resultRows(result, baseline).map(({ name, value, before, change }) =>
    baseline ? [name, value, before, change] : [name, value],
  );
  return [
    `${result.load}, by ${result.driver}: ${result.packages} packages, ${bytesWords(result.bytes)} in ${result.seconds.toFixed(1)} s`,
    ...table([...head, ...rows], new Set([1, 2, 3])),
  ].join("\n");
}
