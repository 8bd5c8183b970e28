import fc from "fast-check";
import { expect, test } from "vitest";

import { type Priority, priorities } from "../../../domain/priority.ts";
import {
  type HourUsage,
  hourUsage,
  isBackupAt,
  isOpen,
  nextChange,
  nextOpening,
  openSchedule,
  openUntil,
  type Schedule,
  schedule as scheduleSchema,
  usageAt,
} from "../../../domain/schedule.ts";
import {
  closedWords,
  formatSchedule,
  parseSchedule,
  schedulePhrase,
  scheduleWords,
} from "../../../domain/schedule-words.ts";
import { TimeZone } from "../../../domain/time-zone.ts";
import { grids, slowFirst, slowLocalTime, zonedInstants } from "./slow-week.ts";

const hours = fc.record({ usage: fc.constantFrom(...hourUsage.options), backup: fc.boolean() });
const schedules: fc.Arbitrary<Schedule> = grids(hours);
const anyPriority = fc.constantFrom(...priorities);

const admitted: Record<HourUsage, readonly Priority[]> = {
  all: ["high", "medium", "low"],
  "medium and high": ["high", "medium"],
  "high only": ["high"],
  closed: [],
};

test("what is open is what the local clock of the site shows, in any zone, at any time", () => {
  fc.assert(
    fc.property(schedules, zonedInstants, anyPriority, (schedule, { zone, ms }, priority) => {
      const expected = schedule[slowLocalTime(zone, ms).hourOfWeek];
      const here = new TimeZone(zone);
      expect(usageAt(schedule, here, ms)).toBe(expected?.usage);
      expect(isBackupAt(schedule, here, ms)).toBe(expected?.backup);
      expect(isOpen(schedule, here, priority, ms)).toBe(
        admitted[expected?.usage ?? "all"].includes(priority),
      );
    }),
    { numRuns: 2000 },
  );
});

test("the next opening, closing and change are those of a clock watched minute by minute", () => {
  fc.assert(
    fc.property(schedules, zonedInstants, anyPriority, (schedule, { zone, ms }, priority) => {
      const here = new TimeZone(zone);
      const isOpenAt = (hour: number) => admitted[schedule[hour]?.usage ?? "all"].includes(priority);
      const opening = slowFirst(zone, ms, ({ hourOfWeek }) => isOpenAt(hourOfWeek));
      expect(nextOpening(schedule, here, priority, ms)).toBe(opening);
      const closing = slowFirst(zone, ms, ({ hourOfWeek }) => !isOpenAt(hourOfWeek));
      expect(openUntil(schedule, here, priority, ms)).toBe(closing ?? Number.POSITIVE_INFINITY);
      const now = JSON.stringify(schedule[slowLocalTime(zone, ms).hourOfWeek]);
      const change = slowFirst(zone, ms, ({ hourOfWeek }) => JSON.stringify(schedule[hourOfWeek]) !== now);
      expect(nextChange(schedule, here, ms)).toBe(change ?? Number.POSITIVE_INFINITY);
    }),
    { numRuns: 150 },
  );
});

test("a zone asked about many instants in any order answers as one asked for the first time", () => {
  fc.assert(
    fc.property(schedules, fc.array(zonedInstants, { maxLength: 30 }), (schedule, asked) => {
      const known = new TimeZone("Australia/Lord_Howe");
      for (const { ms } of asked)
        expect(usageAt(schedule, known, ms)).toBe(usageAt(schedule, new TimeZone("Australia/Lord_Howe"), ms));
    }),
    { numRuns: 50 },
  );
});

const at = (text: string) => Date.parse(text);
const newYork = new TimeZone("America/New_York");

test("an hour that the clock shows twice is in force twice", () => {
  // 2003-10-26: after 01:59 daylight saving time comes 01:00 standard time
  const schedule = parseSchedule({ daily: "closed", "Sun 01-02": "all" });
  const opening = at("2003-10-26T01:00:00-04:00");
  expect(nextOpening(schedule, newYork, "low", at("2003-10-25T12:00:00-04:00"))).toBe(opening);
  expect(openUntil(schedule, newYork, "low", opening)).toBe(opening + 2 * 3_600_000);
});

test("an hour that the clock leaves out is skipped, and what comes after it begins with the jump", () => {
  // 2004-04-04: after 01:59 standard time comes 03:00 daylight saving time
  const jump = at("2004-04-04T02:00:00-05:00");
  const inTheGap = parseSchedule({ daily: "closed", "Sun 02-03": "all" });
  expect(nextOpening(inTheGap, newYork, "low", jump - 3_600_000)).toBe(at("2004-04-11T02:00:00-04:00"));
  const after = parseSchedule({ daily: "closed", "Sun 03-04": "all" });
  expect(nextOpening(after, newYork, "low", jump - 3_600_000)).toBe(jump);
  expect(openUntil(after, newYork, "low", jump)).toBe(jump + 3_600_000);
});

test("daylight saving time of half an hour makes an hour half as long, or half as long again", () => {
  const lordHowe = new TimeZone("Australia/Lord_Howe");
  const two = parseSchedule({ daily: "closed", "Sun 02-03": "all" });
  const forward = at("2023-10-01T02:00:00+10:30"); // to 02:30
  expect(openUntil(two, lordHowe, "low", forward)).toBe(forward + 1_800_000);
  const one = parseSchedule({ daily: "closed", "Sun 01-02": "all" });
  const back = at("2023-04-02T01:00:00+11:00"); // from 02:00 to 01:30
  expect(nextOpening(one, lordHowe, "low", back - 1)).toBe(back);
  expect(openUntil(one, lordHowe, "low", back)).toBe(back + 5_400_000);
});

test("an hour begins at the half hour of UTC where the offset says so", () => {
  const eight = parseSchedule({ daily: "closed", "daily 08-09": "all" });
  const noon = at("2003-11-07T12:00:00Z");
  const opening = (zone: string) =>
    new Date(nextOpening(eight, new TimeZone(zone), "low", noon) ?? 0).toISOString();
  expect(opening("Asia/Kolkata")).toBe("2003-11-08T02:30:00.000Z");
  expect(opening("Asia/Kathmandu")).toBe("2003-11-08T02:15:00.000Z");
});

test("a fraction of a millisecond before a boundary is before it, and the boundary itself is whole", () => {
  const day = parseSchedule({ "Mon-Fri 08-18": "closed" });
  const opening = at("2003-11-07T18:00:00-05:00");
  expect(isOpen(day, newYork, "low", opening - 0.25)).toBe(false);
  expect(nextOpening(day, newYork, "low", opening - 0.25)).toBe(opening);
  expect(nextOpening(day, newYork, "low", opening + 0.25)).toBe(opening + 0.25);
});

test("what never opens has no next opening, and what never closes is open for ever", () => {
  expect(nextOpening(parseSchedule({ daily: "high only" }), newYork, "medium", 0)).toBeUndefined();
  expect(openUntil(openSchedule, newYork, "low", 0)).toBe(Number.POSITIVE_INFINITY);
  expect(nextChange(openSchedule, newYork, 0)).toBe(Number.POSITIVE_INFINITY);
});

test("a time zone that is none is refused by name", () => {
  expect(() => new TimeZone("Mars/Base")).toThrow(
    'expected an IANA time zone, like America/Chicago, got "Mars/Base"',
  );
});

/** The hours that are not open to all with backup, as `<day><hour>`. */
const named = (words: Record<string, string>) =>
  parseSchedule(words).flatMap(({ usage, backup }, hour) =>
    usage === "all" && backup ? [] : [`${Math.floor(hour / 24)}/${hour % 24}`],
  );

test("a key names days, hours or both, and a range goes over the end of the day or the week", () => {
  expect(named({})).toEqual([]);
  expect(named({ "Fri 08-10": "closed" })).toEqual(["5/8", "5/9"]);
  expect(named({ "fri 8-10": "closed" })).toEqual(named({ " Friday  08:00-10:00 ": "closed" }));
  expect(named({ "Fri 22-02": "closed" })).toEqual(["5/22", "5/23", "6/0", "6/1"]);
  expect(named({ "Sat 23-01": "closed" })).toEqual(["0/0", "6/23"]);
  expect(named({ "Fri 22-00": "closed" })).toEqual(named({ "Fri 22-24": "closed" }));
  expect(named({ "Sat-Mon 00-01": "closed" })).toEqual(["0/0", "1/0", "6/0"]);
  expect(named({ "Sat,Sun": "closed" })).toEqual(named({ "Sat-Sun 00-24": "closed" }));
  expect(named({ "08-09": "closed" })).toEqual(named({ "daily 08-09": "closed" }));
  expect(named({ daily: "closed" })).toHaveLength(168);
});

test("a later key wins over an earlier one, with its backup too", () => {
  const schedule = parseSchedule({
    daily: "closed, no backup",
    "Sat 00-02": "high only",
    "Sat 01-02": "no backup",
  });
  expect(schedule[5 * 24]).toEqual({ usage: "closed", backup: false });
  expect(schedule[6 * 24]).toEqual({ usage: "high only", backup: true });
  expect(schedule[6 * 24 + 1]).toEqual({ usage: "all", backup: false });
});

test("every mistake is told at once, each with what would do", () => {
  const { error } = scheduleWords.safeParse({
    "Mo 08-18": "all",
    "Mon 08-25": "all",
    "Mon 08-08": "all",
    "Mon 08:30-10": "all",
    Tue: "shut",
    Wed: null,
    Thu: "closed",
  });
  const usages =
    'expected one of all, medium and high, high only, closed, or "no backup", or both, like "high only, no backup" (inside { } a comma needs quotes)';
  expect(
    error?.issues.map((issue) => [
      issue.path.join("."),
      issue.code === "invalid_key" ? issue.issues[0]?.message : issue.message,
    ]),
  ).toEqual([
    ["Mo 08-18", 'expected days like Mon-Fri, "Sat,Sun" or daily (Sun, Mon, Tue, Wed, Thu, Fri, Sat)'],
    ["Mon 08-25", "expected hours from 00 to 24, like 08-18 or 22-06"],
    ["Mon 08-08", "expected two different hours, or 00-24 for the whole day"],
    [
      "Mon 08:30-10",
      'expected days and whole hours, like "Mon-Fri 08-18", "Sat,Sun" or "daily 22-06" (inside { } a comma needs quotes)',
    ],
    ["Tue", usages],
    ["Wed", usages],
  ]);
});

test("an rclone timetable closes nothing, so it is no schedule, and the answer says where it goes", () => {
  expect(() => parseSchedule("Mon-08:00,512k Sat-00:00,off")).toThrow(
    /an rclone timetable goes under \\"rate\\"/,
  );
});

test("a schedule comes back from its own words, and from JSON", () => {
  fc.assert(
    fc.property(schedules, (schedule) => {
      expect(parseSchedule(formatSchedule(schedule))).toEqual(schedule);
      expect(scheduleSchema.parse(JSON.parse(JSON.stringify(schedule)))).toEqual(schedule);
    }),
  );
});

test("the words of a schedule are those a person would have written", () => {
  for (const words of [
    {},
    { "Mon-Fri 08-18": "high only" },
    { "daily 22-06": "closed, no backup" },
    { "Mon-Fri 08-18": "closed", "Sat-Sun": "medium and high" },
    { "Mon,Wed,Fri 00-06": "closed" },
  ])
    expect(formatSchedule(parseSchedule(words))).toEqual(words);
  expect(schedulePhrase(parseSchedule({ "Mon-Fri 08-18": "high only" }))).toBe(
    "Mon-Fri 08-18 high only; otherwise all",
  );
  expect(schedulePhrase(parseSchedule({ daily: "closed" }))).toBe("closed at all hours");
  expect(schedulePhrase(openSchedule)).toBe("open at all hours");
});

test("what a request waits for is told on the clock of the sending site", () => {
  const friday = at("2003-11-07T17:30:00-05:00");
  const day = parseSchedule({ "Mon-Fri 08-18": "closed", "Fri 18-24": "high only" });
  expect(closedWords(day, newYork, "high", friday)).toBe("closed until Fri 18:00");
  expect(closedWords(day, newYork, "low", friday + 3_600_000)).toBe("high only until Sat 00:00");
  expect(closedWords(day, newYork, "high", friday + 3_600_000)).toBeUndefined();
  const weekly = parseSchedule({ daily: "closed", "Fri 17-18": "all" });
  expect(closedWords(weekly, newYork, "low", friday + 3_600_000)).toBe("closed until Fri 2003-11-14 17:00");
  expect(closedWords(parseSchedule({ daily: "high only" }), newYork, "low", 0)).toBe(
    "closed to low at all hours",
  );
});
