import fc from "fast-check";
import { expect, test } from "vitest";

import {
  isLimited,
  pauseAfterBlock,
  type Rate,
  type RateLimit,
  rateAt,
  rateLimit,
  realShare,
  unlimited,
} from "../../../domain/rate-limit.ts";
import {
  formatRateLimit,
  parseRateLimit,
  rateLimitWords,
  ratePhrase,
} from "../../../domain/rate-limit-words.ts";
import { TimeZone } from "../../../domain/time-zone.ts";
import { grids, slowFirst, slowLocalTime, zonedInstants } from "./slow-week.ts";

const newYork = new TimeZone("America/New_York");
const friday = Date.parse("2003-11-07T17:30:00-05:00");
const six = Date.parse("2003-11-07T18:00:00-05:00");
const hour = 3_600_000;
const never = Number.POSITIVE_INFINITY;
const at = (words: unknown, ms: number, link?: number) => rateAt(parseRateLimit(words), newYork, link, ms);

test("unlimited, a fixed rate and a pulse hold for ever", () => {
  expect(at("unlimited", friday)).toEqual({ kind: "unlimited", untilMs: never });
  expect(at("64 kbit/s", friday, 187_500)).toEqual({ kind: "paced", bytesPerSecond: 8000, untilMs: never });
  expect(at({ block: "64 KB", pause: "5 s" }, friday)).toEqual({
    kind: "pulse",
    blockBytes: 65_536,
    pauseMs: 5000,
    untilMs: never,
  });
});

test("a percentage is of the link where one is declared, and of the time where none is", () => {
  const words = { "Mon-Fri 08-18": "25%" };
  expect(at(words, friday, 187_500)).toEqual({ kind: "paced", bytesPerSecond: 46_875, untilMs: six });
  expect(at(words, friday)).toEqual({ kind: "share", share: 0.25, formula: "sp", untilMs: six });
});

test("a hundred percent is no pause, on one connection all the same", () => {
  expect(at({ "Mon-Fri 08-18": "25%" }, six)).toEqual({
    kind: "unlimited",
    untilMs: Date.parse("2003-11-10T08:00:00-05:00"),
  });
  expect(isLimited(parseRateLimit("100%"))).toBe(true);
  expect(at("100%", friday, 1000)).toEqual({ kind: "unlimited", untilMs: never });
});

test("whatever limits has one connection, and a timetable that is off throughout limits nothing", () => {
  const limited = ["64 kbit/s", "25%", { block: "1 KB", pause: "1 s" }, "08:00,512k 18:00,off"];
  expect(limited.map((words) => isLimited(parseRateLimit(words)))).toEqual([true, true, true, true]);
  expect(
    ["unlimited", "08:00,off", { daily: "unlimited" }].map((words) => isLimited(parseRateLimit(words))),
  ).toEqual([false, false, false]);
});

test("75 percent of 40 kbps come to 43 percent by the first release and to 75 by the service packs", () => {
  // The example of KB830614: blocks of 120 KB
  const tookMs = ((120 * 8) / 40) * 1000;
  expect(tookMs).toBe(24_000);
  expect(pauseAfterBlock(0.75, "rtm", tookMs)).toBeCloseTo(32_000);
  expect(pauseAfterBlock(0.75, "sp", tookMs)).toBeCloseTo(8000);
  expect(realShare(0.75, "rtm")).toBeCloseTo(0.43, 2);
  expect(realShare(0.75, "sp")).toBe(0.75);
  expect(at({ daily: "75%", formula: "rtm" }, friday, 5000)).toMatchObject({
    bytesPerSecond: (5000 * 0.75) / 1.75,
  });
});

test("pausing after each block leaves the share that is paced where the link is known", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.constantFrom("sp" as const, "rtm" as const),
      fc.integer({ min: 1, max: 1e6 }),
      (percent, formula, tookMs) => {
        const share = percent / 100;
        expect(tookMs / (tookMs + pauseAfterBlock(share, formula, tookMs))).toBeCloseTo(
          realShare(share, formula),
          9,
        );
      },
    ),
  );
});

test("before the first entry of the week the last of the week holds", () => {
  const words = "Mon-08:00,512k Fri-17:00,10M Sun-20:00,off";
  const sundayMorning = Date.parse("2003-11-09T10:00:00-05:00");
  expect(at(words, sundayMorning)).toEqual({
    kind: "paced",
    bytesPerSecond: 10 * 1024 ** 2,
    untilMs: sundayMorning + 10 * hour,
  });
  expect(at("Mon-08:00,512k Fri-17:00,10M", sundayMorning)).toMatchObject({ bytesPerSecond: 10 * 1024 ** 2 });
});

test("a change to the same rate is none", () => {
  expect(at("08:00,512k 12:00,512k 18:15,off", friday)).toMatchObject({ untilMs: friday + 45 * 60_000 });
  expect(at("08:00,512k", friday)).toMatchObject({ untilMs: never });
});

const percentages = fc.constantFrom(10, 25, 50, 100);
const percentLimits: fc.Arbitrary<RateLimit> = fc.record({
  kind: fc.constant("percent" as const),
  percents: fc.oneof(grids(percentages), fc.array(percentages, { minLength: 24, maxLength: 24 })),
  formula: fc.constantFrom("sp" as const, "rtm" as const),
});
const timetables: fc.Arbitrary<RateLimit> = fc
  .uniqueArray(
    fc.record({ minuteOfWeek: fc.nat(10_079), bytesPerSecond: fc.constantFrom(null, 1024, 5000) }),
    { selector: ({ minuteOfWeek }) => minuteOfWeek, minLength: 1, maxLength: 20 },
  )
  .map((changes) => ({
    kind: "timetable" as const,
    changes: changes.toSorted((a, b) => a.minuteOfWeek - b.minuteOfWeek),
  }));

/** The value that a limit gives to a minute of the local week, the obvious way. */
function slowValue(
  limit: RateLimit,
  { hourOfWeek, minuteOfWeek }: { hourOfWeek: number; minuteOfWeek: number },
) {
  if (limit.kind === "percent") {
    const { percents } = limit;
    return percents.length === 24 ? percents[hourOfWeek % 24] : percents[hourOfWeek];
  }
  if (limit.kind !== "timetable") throw new Error("not by the hour");
  return (limit.changes.findLast((change) => change.minuteOfWeek <= minuteOfWeek) ?? limit.changes.at(-1))
    ?.bytesPerSecond;
}

const shownValue = (rate: Rate, ofUnlimited: number | null) =>
  rate.kind === "share"
    ? Math.round(rate.share * 100)
    : rate.kind === "paced"
      ? rate.bytesPerSecond
      : ofUnlimited;

test("the rate and the instant of its change are those of a clock watched minute by minute", () => {
  fc.assert(
    fc.property(fc.oneof(percentLimits, timetables), zonedInstants, (limit, { zone, ms }) => {
      const rate = rateAt(limit, new TimeZone(zone), undefined, ms);
      const now = slowValue(limit, slowLocalTime(zone, ms));
      expect(shownValue(rate, limit.kind === "percent" ? 100 : null)).toBe(now);
      const change = slowFirst(zone, ms, (local) => slowValue(limit, local) !== now);
      expect(rate.untilMs).toBe(change ?? never);
    }),
    { numRuns: 200 },
  );
});

test("what is the same every day is kept by hour of the day, as the field has it, and the rest by hour of the week", () => {
  const percents = (words: unknown) => {
    const limit = parseRateLimit(words);
    return limit.kind === "percent" ? limit.percents : [];
  };
  expect(percents("25%")).toEqual(Array.from({ length: 24 }, () => 25));
  expect(percents({ "08-18": "25%" }).map((value) => value === 25)).toEqual(
    Array.from({ length: 24 }, (_, one) => one >= 8 && one < 18),
  );
  expect(percents({ "Mon-Fri 08-18": "25%" })).toHaveLength(168);
});

test("hours with rates are a timetable, or a fixed rate where all are the same", () => {
  expect(parseRateLimit({ "Mon 08-18": "64 kbit/s" })).toEqual({
    kind: "timetable",
    changes: [
      { minuteOfWeek: 1920, bytesPerSecond: 8000 },
      { minuteOfWeek: 2520, bytesPerSecond: null },
    ],
  });
  expect(parseRateLimit({ daily: "64 kbit/s" })).toEqual({ kind: "fixed", bytesPerSecond: 8000 });
  expect(parseRateLimit({ daily: "unlimited" })).toEqual(unlimited);
});

test("every mistake is told at once, at its place", () => {
  const told = (words: unknown) =>
    rateLimitWords.safeParse(words).error?.issues.map(({ path }) => path.join("."));
  expect(told({ "Mo 08-18": "25%", "Mon 08-18": "250%", Tue: 25, Wed: "25%", formula: "old" })).toEqual([
    "Mo 08-18",
    "Mon 08-18",
    "Tue",
    "formula",
  ]);
  expect(told({ block: "512 KB", pause: "40 s" })).toEqual(["block", "pause"]);
  expect(told({ block: "64 KB" })).toEqual(["pause"]);
  expect(told({ "Mon 08-18": "25%", "Tue 08-18": "64 kbit/s" })).toEqual([""]);
  expect(told({ "Mon 08-18": "64 kbit/s", formula: "rtm" })).toEqual([""]);
  for (const wrong of [64, "64", "512k", "off", "0%", null, {}, [], true]) {
    const { error } = rateLimitWords.safeParse(wrong);
    expect(error?.issues[0]?.message, String(wrong)).toMatch(/^expected .*25%/);
  }
});

const dayOf = (one: number) => ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][Math.floor(one / 24)];

test("a limit comes back from its own words, and from JSON", () => {
  const others: fc.Arbitrary<RateLimit> = fc.oneof(
    fc.constant(unlimited),
    fc.integer({ min: 1, max: 1e9 }).map((bits) => ({ kind: "fixed" as const, bytesPerSecond: bits / 8 })),
    fc.record({
      kind: fc.constant("pulse" as const),
      blockBytes: fc.integer({ min: 1024, max: 262_144 }),
      pauseMs: fc.integer({ min: 1000, max: 30_000 }),
    }),
    grids(fc.constantFrom("unlimited", "33.3 kbit/s", "64 kbit/s")).map((week) =>
      parseRateLimit(
        Object.fromEntries(week.map((words, one) => [`${dayOf(one)} ${one % 24}-${(one % 24) + 1}`, words])),
      ),
    ),
  );
  fc.assert(
    fc.property(fc.oneof(percentLimits, timetables, others), (limit) => {
      const again = parseRateLimit(formatRateLimit(limit));
      expect(JSON.stringify(formatRateLimit(again))).toBe(JSON.stringify(formatRateLimit(limit)));
      if (limit.kind !== "percent" || limit.percents.length === 24) expect(again).toEqual(limit);
      expect(rateLimit.parse(JSON.parse(JSON.stringify(limit)))).toEqual(limit);
    }),
  );
});

test("a limit is said in a phrase, by the hour where it changes on the hour", () => {
  const phrases = [
    "unlimited",
    "64 kbit/s",
    "25%",
    { "Mon-Fri 08-18": "25%" },
    { "Mon-Fri 08-18": "25%", formula: "rtm" },
    { "Mon-Fri 08-18": "64 kbit/s" },
    { block: "64 KB", pause: "5 s" },
    "Mon-08:00,512k Sat-00:00,off",
    "Mon-08:30,512k Sat-00:00,off",
  ].map((words) => ratePhrase(parseRateLimit(words)));

  expect(phrases).toEqual([
    "unlimited",
    "64 kbit/s",
    "25%",
    "Mon-Fri 08-18 25%; otherwise 100%",
    "Mon-Fri 08-18 25%; otherwise 100% (formula rtm)",
    "Mon-Fri 08-18 64 kbit/s; otherwise unlimited",
    "64 KB and a pause of 5 s, in turn",
    "Mon 08-24 512 KiB/s; Tue-Fri 512 KiB/s; otherwise unlimited",
    "Mon-08:30,512k Sat-00:00,off",
  ]);
});
