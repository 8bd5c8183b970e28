/**
 * Samples in few numbers: the mean and the percentiles that a load test is judged by. Pure.
 */
export type Summary = {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
};

/** Of no samples everything is 0. */
export function summaryOf(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  const sum = sorted.reduce((total, one) => total + one, 0);
  const at = (percent: number) => percentile(sorted, percent);
  return {
    count: sorted.length,
    mean: sorted.length === 0 ? 0 : sum / sorted.length,
    p50: at(50),
    p95: at(95),
    p99: at(99),
  };
}

/**
 * The smallest sample that at least `percent` of all samples do not exceed (nearest rank): always one that was
 * measured. `sorted` rises.
 */
export function percentile(sorted: readonly number[], percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? 0;
}
