import { expect, test } from "vitest";

import { durationMs, durationWords } from "../../../orchestrator/topology/duration.ts";

const hour = 3_600_000;

test.each([
  ["+12h", 12 * hour],
  ["12h", 12 * hour],
  ["+20m", hour / 3],
  ["45s", 45_000],
  ["+1d12h", 36 * hour],
  ["1d2h3m4s", 26 * hour + 3 * 60_000 + 4_000],
])("%s is a duration", (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each(["12", "+", "", "h", "1.5h", "12 hours", "2h1d", "1h1h", "-1h", "99999999999999999999d"])(
  "%j is refused",
  (text) => {
    expect(durationMs(text)).toBeUndefined();
  },
);

test.each([
  [0, "0.0s"],
  [59_999, "59.9s"],
  [60_000, "1m 00s"],
  [hour + 5 * 60_000, "1h 05m"],
  [26 * hour, "1d 2h"],
  [-61_000, "-1m 01s"],
])("%d ms are shown as %s", (ms, words) => {
  expect(durationWords(ms)).toBe(words);
});
