import fc from "fast-check";
import { expect, test } from "vitest";

import {
  byteRate,
  byteSize,
  formatBlockSize,
  formatByteRate,
  formatByteSize,
  formatPercent,
  formatTimeSpan,
  parseBlockSize,
  parseByteRate,
  parseByteSize,
  parsePercent,
  parseTimeSpan,
  percent,
  timeSpan,
} from "../../../domain/quantity.ts";

test("prefixes are precise: k is 1000 and Ki is 1024, of bits and of bytes", () => {
  expect(parseByteRate("64 kbit/s")).toBe(8000);
  expect(parseByteRate("1.5 Mbit/s")).toBe(187_500);
  expect(parseByteRate("33.6kbit/s")).toBe(4200);
  expect(parseByteRate("1.1 Mbit/s")).toBe(137_500);
  expect(parseByteRate("10 MiB/s")).toBe(10 * 1024 * 1024);
  expect(parseByteRate("10 MB/s")).toBe(10_000_000);
  expect(parseByteSize("600 MB")).toBe(600_000_000);
  expect(parseByteSize("600 MiB")).toBe(600 * 1024 * 1024);
  expect(parseByteSize("256 KB")).toBe(256_000);
  expect(parseByteSize("256 kB")).toBe(256_000);
});

test("the KB of a pulse block is 1024 bytes, as in the settings of an address", () => {
  expect(parseBlockSize("256 KB")).toBe(262_144);
  expect(parseBlockSize("256 KiB")).toBe(262_144);
});

test("times and percentages have their units too", () => {
  expect(["40 ms", "1.5 s", "5 min", "5m", "2 h", "1 d"].map(parseTimeSpan)).toEqual([
    40, 1500, 300_000, 300_000, 7_200_000, 86_400_000,
  ]);
  expect(parsePercent("25%")).toBe(25);
  expect(parsePercent("100 %")).toBe(100);
});

test("a number without a unit is refused with the units that would do", () => {
  for (const bare of [64, "64"]) {
    expect(byteRate.safeParse(bare).error?.issues[0]?.message).toBe(
      "expected a rate with its unit (bit/s, kbit/s, Mbit/s, Gbit/s, B/s, KB/s, MB/s, GB/s, KiB/s, MiB/s, GiB/s), like 64 kbit/s",
    );
    expect(byteSize.safeParse(bare).error?.issues[0]?.message).toBe(
      "expected a size with its unit (B, KB, MB, GB, TB, KiB, MiB, GiB, TiB), like 600 MB",
    );
    expect(timeSpan.safeParse(bare).error?.issues[0]?.message).toBe(
      "expected a time with its unit (ms, s, min, h, d), like 40 ms",
    );
    expect(percent.safeParse(bare).error?.issues[0]?.message).toBe(
      "expected a whole percentage from 1% to 100%, like 25%",
    );
  }
});

test("what nobody can tell bits from bytes in is refused, and so is no number, no rate, or too much", () => {
  for (const wrong of [
    "64 kb/s",
    "64 Kb",
    "64 kbps",
    "64 KB",
    "-1 B/s",
    "1e3 B/s",
    ".5 B/s",
    "0 B/s",
    "1,5 MB/s",
    "99999999 GB/s",
  ])
    expect(byteRate.safeParse(wrong).success, wrong).toBe(false);
  for (const wrong of ["0%", "101%", "2.5%", "%"])
    expect(percent.safeParse(wrong).success, wrong).toBe(false);
});

test("a rate, a size, a time and a percentage come back from their words exactly", () => {
  const values = fc.oneof(
    fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    fc
      .integer({ min: 1, max: 10_000 })
      .chain((count) => fc.constantFrom(count * 1000, count * 1024, count * 1e6, count * 1024 ** 2)),
  );
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 100 }), (value, share) => {
      expect(parseByteRate(formatByteRate(value))).toBe(value);
      expect(parseByteRate(formatByteRate(value / 8))).toBe(value / 8);
      expect(parseByteSize(formatByteSize(value))).toBe(value);
      expect(parseBlockSize(formatBlockSize(value))).toBe(value);
      expect(parseTimeSpan(formatTimeSpan(value))).toBe(value);
      expect(parseTimeSpan(formatTimeSpan(value / 1024))).toBe(value / 1024);
      expect(parsePercent(formatPercent(share))).toBe(share);
    }),
    { numRuns: 500 },
  );
});

test("the words for a quantity are those a person would have written", () => {
  const rates = [
    "33.6 kbit/s",
    "64 kbit/s",
    "1.5 Mbit/s",
    "1.544 Mbit/s",
    "2.048 Mbit/s",
    "32 KiB/s",
    "10 MiB/s",
    "1 Gbit/s",
    "1 bit/s",
  ];
  for (const text of rates) expect(formatByteRate(parseByteRate(text) ?? 0)).toBe(text);
  for (const text of ["600 MB", "1.5 GB", "256 KiB", "10 MiB", "0 B", "1 B"])
    expect(formatByteSize(parseByteSize(text) ?? -1)).toBe(text);
  for (const text of ["40 ms", "1.5 s", "30 s", "5 min", "2 h", "0 ms", "0.5 ms"])
    expect(formatTimeSpan(parseTimeSpan(text) ?? -1)).toBe(text);
  expect(formatBlockSize(65_536)).toBe("64 KB");
});
