/**
 * A schedule in words: as a topology file writes it (`{ Mon-Fri 08-18: high only }`, design section 5), and as
 * status shows it (`closed until Fri 18:00`).
 */
import { z } from "zod";

import { dayMs, localWords } from "./local-week.ts";
import type { Priority } from "./priority.ts";
import {
  admits,
  hourUsage,
  nextOpening,
  openHour,
  type Schedule,
  type ScheduleHour,
  usageAt,
} from "./schedule.ts";
import type { TimeZone } from "./time-zone.ts";
import { weekGrid, weekKey, weekNamed, weekPhrase } from "./week-keys.ts";

const expectedUsage = `expected one of ${hourUsage.options.join(", ")}, or "no backup", or both, like "high only, no backup" (inside { } a comma needs quotes)`;

const noBackup = "no backup";

/** What an hour is like: a usage, `no backup` (the address does not stand in for others then), or both. */
const hourWords = z.string({ error: expectedUsage }).transform((text, context): ScheduleHour => {
  const words = text.trim().toLowerCase().replaceAll(/\s+/g, " ");
  const backup = !words.endsWith(noBackup);
  const usage = hourUsage.safeParse(
    backup ? words : words.slice(0, -noBackup.length).replace(/\s*,?\s*$/, "") || openHour.usage,
  );
  if (usage.success) return { usage: usage.data, backup };
  context.addIssue({ code: "custom", message: expectedUsage, input: text });
  return z.NEVER;
});

/**
 * The schedule of an address in a topology file, into one of 168 hours. Later keys win over earlier, as a whole:
 * usage and backup. Hours not named are open to all, with backup. An rclone timetable is no schedule, since it
 * closes nothing: it goes under `rate`.
 */
export const scheduleWords = z
  .record(weekKey, hourWords, {
    error:
      'expected hours and what they are open to, like { Mon-Fri 08-18: high only } (an rclone timetable goes under "rate")',
  })
  .transform((named): Schedule => weekGrid<ScheduleHour>(named, openHour));

/** The same from anything; throws a ZodError with every mistake. */
export function parseSchedule(words: unknown): Schedule {
  return scheduleWords.parse(words);
}

function wordsOf({ usage, backup }: ScheduleHour): string {
  return backup ? usage : `${usage}, ${noBackup}`;
}

/** The shortest words for a topology file: what `parseSchedule` makes this schedule of. */
export function formatSchedule(schedule: Schedule): Record<string, string> {
  return weekNamed(schedule.map(wordsOf), wordsOf(openHour));
}

/** For people: `Mon-Fri 08-18 high only; otherwise all`, `closed at all hours`, `open at all hours`. */
export function schedulePhrase(schedule: Schedule): string {
  const named = formatSchedule(schedule);
  return Object.keys(named).length === 0 ? "open at all hours" : weekPhrase(named, openHour.usage);
}

/**
 * Why a request of this priority waits, on the clock of the sending site: `closed until Fri 18:00`,
 * `high only until Sat 06:00`, `closed to low at all hours`. Undefined where it is open.
 */
export function closedWords(
  schedule: Schedule,
  zone: TimeZone,
  priority: Priority,
  ms: number,
): string | undefined {
  const usage = usageAt(schedule, zone, ms);
  if (admits(usage, priority)) return undefined;
  const opening = nextOpening(schedule, zone, priority, ms);
  if (opening === undefined) return `closed to ${priority} at all hours`;
  const isFar = opening - ms >= 6 * dayMs; // the name of the day alone could be today's
  return `${usage} until ${localWords(zone, opening, isFar)}`;
}
