/**
 * A week of rates with changes to the minute, and rclone's way to write one (`--bwlimit`), which people have:
 * `08:00,512k 12:00,10M 13:00,512k 18:00,30M 23:00,off`, `Mon-08:00,512k Fri-17:00,10M Sun-20:00,off`.
 *
 * Followed from rclone's documentation of --bwlimit and its sizes (as of 1.76): entries stand between spaces or
 * semicolons; one without a day is of every day; `upload:download` is two rates, of which ours is the upload;
 * a suffix b, k, M, G, T, P (also Ki, KiB) counts in 1024s, and a number without one is KiB - here alone a bare
 * number is taken, because that is what the text means to whoever has it. `off` and `0` are no limit (not: closed).
 * Of two entries for the same minute the later holds. Local time, as rclone: what the wall clock shows.
 * One difference: before the first entry of the week, the entry that is last in the week holds. rclone's code takes
 * the one written last, and its week starts on Sunday, so that of `Fri-17:00,10M Sun-20:00,off` it would take `off`
 * for all of Sunday where its documentation, and who wrote it, mean 10M until 20:00.
 */
import { z } from "zod";

import { dayMs, dayNames, minuteMs } from "./local-week.ts";
import { readDay } from "./week-keys.ts";

const minutesInDay = dayMs / minuteMs;
const minutesInWeek = 7 * minutesInDay;

export const rateChange = z.strictObject({
  /** On the local clock, from Sunday 00:00 on. */
  minuteOfWeek: z
    .int()
    .min(0)
    .max(minutesInWeek - 1),
  /** Null is no limit. */
  bytesPerSecond: z.number().positive().max(Number.MAX_SAFE_INTEGER).nullable(),
});
export type RateChange = Readonly<z.infer<typeof rateChange>>;

/** In the order of the week, each minute once. The last holds over the end of the week until the first. */
export const timetableChanges = z
  .array(rateChange)
  .min(1)
  .max(minutesInWeek)
  .readonly()
  .refine(
    (changes) =>
      changes.every((one, at) => at === 0 || one.minuteOfWeek > (changes[at - 1]?.minuteOfWeek ?? 0)),
    "expected changes in the order of the week, each minute once",
  );
export type Timetable = readonly RateChange[];

const suffixes = ["k", "M", "G", "T", "P"] as const;

const ratePattern = /^(\d+(?:\.\d+)?|\.\d+)(?:(b)|([kmgtp])(?:ib?)?)?$/i;

/** Bytes a second, null for no limit, undefined where the text is no rate of rclone's. */
function readRate(text: string): number | null | undefined {
  if (text.toLowerCase() === "off") return null;
  const [, digits, bytes, letter] = ratePattern.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const power = bytes
    ? 0
    : letter
      ? suffixes.findIndex((one) => one.toLowerCase() === letter.toLowerCase()) + 1
      : 1;
  const value = Number(digits) * 1024 ** power;
  if (value === 0) return null;
  return value >= 1 && value <= Number.MAX_SAFE_INTEGER ? Math.floor(value) : undefined;
}

type Entry = { readonly changes: readonly RateChange[] } | { readonly mistake: string };

const timePattern = /^(?:([a-z]+)-)?([01]\d|2[0-3]):([0-5]\d)$/i;

function readEntry(text: string): Entry {
  const [time = "", rates, ...more] = text.split(",");
  const [matched, dayText, hour, minute] = timePattern.exec(time) ?? [];
  const day = dayText === undefined ? undefined : readDay(dayText);
  if (rates === undefined || more.length > 0)
    return {
      mistake: `expected a time, a comma and a rate, like "08:00,512k" or "Mon-08:00,512k", not "${text}"`,
    };
  if (!matched)
    return { mistake: `expected a time from 00:00 to 23:59, like "08:00" or "Mon-08:00", not "${time}"` };
  if (dayText !== undefined && day === undefined)
    return {
      mistake: `expected a day (${dayNames.join(", ")}) before "-${hour}:${minute}", not "${dayText}"`,
    };
  const [upload, download, ...others] = rates.split(":").map(readRate);
  const isPair = rates.includes(":");
  if (upload === undefined || (isPair && download === undefined) || others.length > 0)
    return {
      mistake: `expected a rate of at least 1b, like 512k, 10M, off or 10M:1M (suffixes b, ${suffixes.join(", ")}), not "${rates}"`,
    };
  const days = day === undefined ? [...dayNames.keys()] : [day];
  const minuteOfDay = Number(hour) * 60 + Number(minute);
  return {
    changes: days.map((one) => ({ minuteOfWeek: one * minutesInDay + minuteOfDay, bytesPerSecond: upload })),
  };
}

/** rclone's text, into the changes of a week. A single rate without a time, as rclone takes it, holds always. */
export const timetableWords = z
  .string({ error: 'expected an rclone timetable, like "08:00,512k 18:00,30M 23:00,off"' })
  .transform((text, context): Timetable => {
    const isSingle = /^[^\s;,]+$/.test(text.trim());
    const entries = (isSingle ? `Sun-00:00,${text.trim()}` : text)
      .split(/[\s;]+/)
      .filter((one) => one !== "");
    const changes = new Map<number, RateChange>();
    const read = entries.map(readEntry);
    const mistakes = read.flatMap((one) => ("mistake" in one ? [one.mistake] : []));
    if (entries.length === 0) mistakes.push('expected at least one entry, like "08:00,512k"');
    for (const message of mistakes) context.addIssue({ code: "custom", message, input: text });
    if (mistakes.length > 0) return z.NEVER;
    for (const change of read.flatMap((one) => ("changes" in one ? one.changes : [])))
      changes.set(change.minuteOfWeek, change);
    return [...changes.values()].sort((a, b) => a.minuteOfWeek - b.minuteOfWeek);
  });

/** Throws a ZodError with every mistake in the text. */
export function parseTimetable(text: string): Timetable {
  return timetableWords.parse(text);
}

function rateWords(bytesPerSecond: number | null): string {
  if (bytesPerSecond === null) return "off";
  let power = 0;
  while (power < suffixes.length && bytesPerSecond % 1024 ** (power + 1) === 0) power++;
  return `${bytesPerSecond / 1024 ** power}${power === 0 ? "b" : suffixes[power - 1]}`;
}

/** rclone's text again: `parseTimetable` makes the same of it where the rates are whole bytes. Times of every day come first. */
export function formatTimetable(timetable: Timetable): string {
  const days = new Map<string, number[]>();
  for (const { minuteOfWeek, bytesPerSecond } of timetable) {
    const minute = minuteOfWeek % minutesInDay;
    const two = (count: number) => String(Math.floor(count)).padStart(2, "0");
    const words = `${two(minute / 60)}:${two(minute % 60)},${rateWords(bytesPerSecond)}`;
    days.set(words, [...(days.get(words) ?? []), Math.floor(minuteOfWeek / minutesInDay)]);
  }
  const entries = [...days].map(([words, on]) => ({ words, on, isDaily: on.length === 7 }));
  const daily = entries.filter(({ isDaily }) => isDaily).sort((a, b) => (a.words < b.words ? -1 : 1));
  const single = entries
    .filter(({ isDaily }) => !isDaily)
    .flatMap(({ words, on }) => on.map((day) => ({ day, words })))
    .sort((a, b) => ((a.day + 6) % 7) - ((b.day + 6) % 7) || (a.words < b.words ? -1 : 1));
  return [
    ...daily.map(({ words }) => words),
    ...single.map(({ day, words }) => `${dayNames[day]}-${words}`),
  ].join(" ");
}
