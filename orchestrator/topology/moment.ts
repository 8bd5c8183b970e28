/**
 * Moments of a hierarchy's emulated time as a topology file writes them: `+5h30m` after the clock's start, `Thu 23:00`
 * or `2003-11-06 23:00` on the wall of the central site.
 */
import { z } from "zod";

import { parseTimeSpan } from "../../domain/quantity.ts";
import { readDay } from "../../domain/week-keys.ts";
import { durationMs } from "./duration.ts";

export type Moment =
  | { readonly sinceStartMs: number }
  /** 0 is Sunday, as in schedules. The first such moment after the start. */
  | { readonly day: number; readonly hour: number; readonly minute: number }
  | { readonly date: string };

export const expectedMoment =
  'expected a moment: "+5h30m" after the start, "Thu 23:00" or "2003-11-06 23:00" on the clock of the central site';

/** Undefined where the text is no moment. */
export function parseMoment(text: string): Moment | undefined {
  const trimmed = text.trim();
  if (trimmed.startsWith("+")) {
    const sinceStartMs = spanMs(trimmed.slice(1));
    return sinceStartMs === undefined ? undefined : { sinceStartMs };
  }
  const [, dayText, hours, minutes] = /^([a-z]+)\s+(\d{1,2}):(\d{2})$/i.exec(trimmed) ?? [];
  if (dayText !== undefined) {
    const [day, hour, minute] = [readDay(dayText), Number(hours), Number(minutes)];
    return day === undefined || hour > 23 || minute > 59 ? undefined : { day, hour, minute };
  }
  if (!/^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?$/.test(trimmed)) return undefined;
  const date = trimmed.replace(" ", "T");
  try {
    Temporal.PlainDateTime.from(date, { overflow: "reject" });
    return { date };
  } catch {
    return undefined;
  }
}

export const moment = z.string({ error: expectedMoment }).transform((text, context) => {
  const read = parseMoment(text);
  if (read) return read;
  context.addIssue({ code: "custom", message: expectedMoment, input: text });
  return z.NEVER;
});

/** Milliseconds since the Unix epoch. `timeZone` is the central site's. Never before the start but for a date that is. */
export function momentMs(at: Moment, startMs: number, timeZone: string): number {
  if ("sinceStartMs" in at) return startMs + at.sinceStartMs;
  if ("date" in at) return Temporal.PlainDateTime.from(at.date).toZonedDateTime(timeZone).epochMilliseconds;
  const start = Temporal.Instant.fromEpochMilliseconds(startMs).toZonedDateTimeISO(timeZone);
  const ahead = (at.day - (start.dayOfWeek % 7) + 7) % 7;
  const first = start
    .toPlainDate()
    .add({ days: ahead })
    .toPlainDateTime(Temporal.PlainTime.from({ hour: at.hour, minute: at.minute }));
  const ms = first.toZonedDateTime(timeZone).epochMilliseconds;
  return ms > startMs ? ms : first.add({ days: 7 }).toZonedDateTime(timeZone).epochMilliseconds;
}

export const expectedSpan = "expected a time with its unit (ms, s, min, h, d), like 15 min or 1h30m";

/** `15 min`, `15m`, `1h30m`: milliseconds, or undefined. */
export function spanMs(text: string): number | undefined {
  return durationMs(text) ?? parseTimeSpan(text);
}
