/**
 * The numbers of a load test, from samples and from the events of sites.
 */
import fc from "fast-check";
import { expect, test } from "vitest";

import { percentile, summaryOf } from "../../../orchestrator/load/statistics.ts";

const samples = fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: 1, maxLength: 200 });

test("a percentile is the smallest sample that so many of all samples do not exceed", () => {
  fc.assert(
    fc.property(samples, fc.integer({ min: 1, max: 100 }), (given, percent) => {
      const sorted = [...given].sort((a, b) => a - b);
      const found = percentile(sorted, percent);
      const notAbove = sorted.filter((one) => one <= found).length;
      const below = sorted.filter((one) => one < found).length;
      expect(sorted).toContain(found);
      expect(notAbove / sorted.length).toBeGreaterThanOrEqual(percent / 100);
      expect(below / sorted.length).toBeLessThan(percent / 100);
    }),
  );
});

test("a summary does not depend on the order of the samples, and its percentiles rise", () => {
  fc.assert(
    fc.property(samples, (given) => {
      const { p50, p95, p99, count } = summaryOf(given);
      expect([...[p50, p95, p99]].sort((a, b) => a - b)).toEqual([p50, p95, p99]);
      expect(count).toBe(given.length);
      expect(summaryOf([...given].reverse())).toMatchObject({ p50, p95, p99 });
    }),
  );
});

test("of no samples every number is 0", () => {
  expect(summaryOf([])).toEqual({ count: 0, mean: 0, p50: 0, p95: 0, p99: 0 });
});
