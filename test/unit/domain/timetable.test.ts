import fc from "fast-check";
import { expect, test } from "vitest";

import {
  formatTimetable,
  parseTimetable,
  timetableChanges,
  timetableWords,
} from "../../../domain/timetable.ts";

const [kiB, miB] = [1024, 1024 ** 2];

test("an entry without a day is of every day", () => {
  const table = parseTimetable("08:00,512k 12:00,10M 13:00,512k 18:00,30M 23:00,off");
  expect(table).toHaveLength(35);
  expect(table.slice(5, 10)).toEqual([
    { minuteOfWeek: 1440 + 8 * 60, bytesPerSecond: 512 * kiB },
    { minuteOfWeek: 1440 + 12 * 60, bytesPerSecond: 10 * miB },
    { minuteOfWeek: 1440 + 13 * 60, bytesPerSecond: 512 * kiB },
    { minuteOfWeek: 1440 + 18 * 60, bytesPerSecond: 30 * miB },
    { minuteOfWeek: 1440 + 23 * 60, bytesPerSecond: null },
  ]);
});

test("an entry with a day is of that day, by three letters or its whole name", () => {
  const table = parseTimetable("Mon-08:00,512k Fri-17:30,10M Sun-20:00,off");
  expect(table).toEqual([
    { minuteOfWeek: 20 * 60, bytesPerSecond: null },
    { minuteOfWeek: 1440 + 8 * 60, bytesPerSecond: 512 * kiB },
    { minuteOfWeek: 5 * 1440 + 17 * 60 + 30, bytesPerSecond: 10 * miB },
  ]);
  expect(parseTimetable("monday-08:00,512K;FRIDAY-17:30,10m;Sun-20:00,OFF")).toEqual(table);
});

test("rates are rclone's: 1024s, KiB where no suffix stands, the upload of a pair, off and 0 without a limit", () => {
  const rate = (text: string) => parseTimetable(`Mon-00:00,${text}`)[0]?.bytesPerSecond;
  const read = [
    "512",
    "512k",
    "512Ki",
    "512KiB",
    "0.625M",
    "1G",
    "1T",
    "1P",
    "100b",
    "10M:1M",
    "1.5b",
    "off:1M",
    "1M:off",
    "0",
    "0:1M",
  ];
  expect(read.map(rate)).toEqual([
    512 * kiB,
    512 * kiB,
    512 * kiB,
    512 * kiB,
    0.625 * miB,
    1024 ** 3,
    1024 ** 4,
    1024 ** 5,
    100,
    10 * miB,
    1,
    null,
    miB,
    null,
    null,
  ]);
});

test("a single rate without a time holds always", () => {
  expect(parseTimetable(" 512k ")).toEqual([{ minuteOfWeek: 0, bytesPerSecond: 512 * kiB }]);
});

test("of two entries for the same minute the later holds", () => {
  expect(parseTimetable("08:00,1M Mon-08:00,2M")[1]).toEqual({ minuteOfWeek: 1920, bytesPerSecond: 2 * miB });
  expect(parseTimetable("Mon-08:00,2M 08:00,1M")[1]).toEqual({ minuteOfWeek: 1920, bytesPerSecond: miB });
});

test("every mistake is told at once, each with what would do", () => {
  const { error } = timetableWords.safeParse(
    "Mo-08:00,512k Fri-25:00,10M 8:00,1M 08:00,x 09:00 10:00,1M,2M 11:00,1M: 12:00,0.1b",
  );
  expect(error?.issues.map(({ message }) => message)).toEqual([
    'expected a day (Sun, Mon, Tue, Wed, Thu, Fri, Sat) before "-08:00", not "Mo"',
    'expected a time from 00:00 to 23:59, like "08:00" or "Mon-08:00", not "Fri-25:00"',
    'expected a time from 00:00 to 23:59, like "08:00" or "Mon-08:00", not "8:00"',
    'expected a rate of at least 1b, like 512k, 10M, off or 10M:1M (suffixes b, k, M, G, T, P), not "x"',
    'expected a time, a comma and a rate, like "08:00,512k" or "Mon-08:00,512k", not "09:00"',
    'expected a time, a comma and a rate, like "08:00,512k" or "Mon-08:00,512k", not "10:00,1M,2M"',
    'expected a rate of at least 1b, like 512k, 10M, off or 10M:1M (suffixes b, k, M, G, T, P), not "1M:"',
    'expected a rate of at least 1b, like 512k, 10M, off or 10M:1M (suffixes b, k, M, G, T, P), not "0.1b"',
  ]);
  expect(() => parseTimetable(" ")).toThrow("expected at least one entry");
});

test("a timetable comes back from its own words, and from JSON", () => {
  const changes = fc
    .uniqueArray(
      fc.record({
        minuteOfWeek: fc.nat(10_079),
        bytesPerSecond: fc.option(
          fc.oneof(
            fc.integer({ min: 1, max: 2 ** 40 }),
            fc.integer({ min: 1, max: 999 }).map((k) => k * kiB),
          ),
        ),
      }),
      { selector: ({ minuteOfWeek }) => minuteOfWeek, minLength: 1, maxLength: 40 },
    )
    .map((all) => all.toSorted((a, b) => a.minuteOfWeek - b.minuteOfWeek));
  fc.assert(
    fc.property(changes, (table) => {
      expect(parseTimetable(formatTimetable(table))).toEqual(table);
      expect(timetableChanges.parse(JSON.parse(JSON.stringify(table)))).toEqual(table);
    }),
  );
});

test("the words of a timetable are those it was read from", () => {
  for (const text of [
    "08:00,512k 12:00,10M 23:00,off",
    "Mon-08:00,512k Fri-17:00,10M Sun-20:00,off",
    "12:00,1M Mon-00:00,100b",
  ])
    expect(formatTimetable(parseTimetable(text))).toBe(text);
});

test("changes out of the week's order are refused", () => {
  const change = (minuteOfWeek: number) => ({ minuteOfWeek, bytesPerSecond: null });
  expect(timetableChanges.safeParse([change(5), change(5)]).success).toBe(false);
  expect(timetableChanges.safeParse([]).success).toBe(false);
  expect(timetableChanges.safeParse([change(10_080)]).success).toBe(false);
});
