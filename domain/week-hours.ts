/**
 * Hours of the week that something holds in, as a topology file writes them: `Mon-Fri 07-22`, or a list of such. On the
 * clock of a time zone they are spans of time.
 */
import { z } from "zod";

import { firstInstant, hourEdges, hoursInWeek } from "./local-week.ts";
import type { TimeZone } from "./time-zone.ts";
import { weekGrid, weekKey } from "./week-keys.ts";

/** 168 hours, from Sunday 00:00 on: whether it is one of them. */
export type WeekHours = readonly boolean[];

/** From `fromMs` until just before `untilMs`. */
export type Span = { readonly fromMs: number; readonly untilMs: number };

/** What `hours` are, and how they were written. */
export type NamedHours = { readonly words: string; readonly hours: WeekHours };

export const weekHours = z
  .union([weekKey, z.array(weekKey).min(1, "expected hours of the week")], {
    error: 'expected hours of the week, like "Mon-Fri 07-22", or a list of them',
  })
  .transform((named): NamedHours => {
    const keys = typeof named === "string" ? [named] : named;
    return {
      words: keys.join(", "),
      hours: weekGrid(Object.fromEntries(keys.map((key) => [key, true])), false),
    };
  });

export const everyHour: WeekHours = Array.from({ length: hoursInWeek }, () => true);

/** The stretches of these hours that begin before `untilMs` and are not over by `fromMs`, whole but for their begin. */
export function spansOf(hours: WeekHours, zone: TimeZone, { fromMs, untilMs }: Span): Span[] {
  const spans: Span[] = [];
  for (let at = fromMs; ; ) {
    const begin = firstInstant(hourEdges, zone, at, (hour) => hours[hour] ?? false);
    if (begin === undefined || begin >= untilMs) return spans;
    const end = firstInstant(hourEdges, zone, begin, (hour) => !hours[hour]) ?? Number.POSITIVE_INFINITY;
    spans.push({ fromMs: begin, untilMs: end });
    if (end === Number.POSITIVE_INFINITY) return spans;
    at = end;
  }
}
