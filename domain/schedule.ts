/**
 * The schedule of an address: for each hour of the week, which priorities may be sent and whether the address may
 * stand in for another that fails (domain.md section 2). Read in the sending site's time zone, daylight saving time
 * included (local-week.ts says how). Pure and quick enough to be asked before every block.
 */
import { z } from "zod";

import { firstInstant, hourEdges, hourOfWeek, hoursInWeek } from "./local-week.ts";
import { type Priority, priorityNumber } from "./priority.ts";
import type { TimeZone } from "./time-zone.ts";

/** From the most to the least open. */
export const hourUsage = z.enum(["all", "medium and high", "high only", "closed"]);
export type HourUsage = z.infer<typeof hourUsage>;

/** The numbers of HourUsage: ALL_PRIORITY, ALL_BUT_LOW, HIGH_ONLY, CLOSED. */
export const hourUsageNumber = {
  all: 1,
  "medium and high": 2,
  "high only": 3,
  closed: 4,
} as const satisfies Record<HourUsage, 1 | 2 | 3 | 4>;

/** `backup` false is "Unavailable to substitute for inoperative addresses". */
export const scheduleHour = z.strictObject({ usage: hourUsage, backup: z.boolean() });
export type ScheduleHour = Readonly<z.infer<typeof scheduleHour>>;

/** 168 hours, from Sunday 00:00 on: day * 24 + hour. */
export const schedule = z.array(scheduleHour).length(hoursInWeek).readonly();
export type Schedule = readonly ScheduleHour[];

export const openHour: ScheduleHour = { usage: "all", backup: true };

/** What an address has unless someone says otherwise. */
export const openSchedule: Schedule = Array.from({ length: hoursInWeek }, () => openHour);

/** Whether an hour of this usage is open to a priority: each step of usage (1 to 4) shuts out one more (3, 2, 1). */
export function admits(usage: HourUsage, priority: Priority): boolean {
  return hourUsageNumber[usage] + priorityNumber[priority] <= 4;
}

function hourAt(schedule: Schedule, zone: TimeZone, ms: number): ScheduleHour {
  return schedule[hourOfWeek(zone, ms)] ?? openHour;
}

export function usageAt(schedule: Schedule, zone: TimeZone, ms: number): HourUsage {
  return hourAt(schedule, zone, ms).usage;
}

/** Whether the address may stand in for another that fails. That it is open is another question. */
export function isBackupAt(schedule: Schedule, zone: TimeZone, ms: number): boolean {
  return hourAt(schedule, zone, ms).backup;
}

export function isOpen(schedule: Schedule, zone: TimeZone, priority: Priority, ms: number): boolean {
  return admits(usageAt(schedule, zone, ms), priority);
}

/** The first instant from `afterMs` on at which it is open: `afterMs` where it is open then, undefined if never. */
export function nextOpening(
  schedule: Schedule,
  zone: TimeZone,
  priority: Priority,
  afterMs: number,
): number | undefined {
  return firstInstant(hourEdges, zone, afterMs, (hour) =>
    admits(schedule[hour]?.usage ?? openHour.usage, priority),
  );
}

/** The first instant from `ms` on at which it is not open: `ms` where it is not open then, Infinity if never. */
export function openUntil(schedule: Schedule, zone: TimeZone, priority: Priority, ms: number): number {
  const closing = firstInstant(
    hourEdges,
    zone,
    ms,
    (hour) => !admits(schedule[hour]?.usage ?? openHour.usage, priority),
  );
  return closing ?? Number.POSITIVE_INFINITY;
}

/** The first instant after `ms` at which the usage or the backup flag is another. Infinity if they never are. */
export function nextChange(schedule: Schedule, zone: TimeZone, ms: number): number {
  const { usage, backup } = hourAt(schedule, zone, ms);
  const change = firstInstant(hourEdges, zone, ms, (hour) => {
    const other = schedule[hour] ?? openHour;
    return other.usage !== usage || other.backup !== backup;
  });
  return change ?? Number.POSITIVE_INFINITY;
}
