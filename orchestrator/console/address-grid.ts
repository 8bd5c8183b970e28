/**
 * The schedule and the limit of an address as grids of the 168 hours of a week, to be painted on. Pure.
 */
import { entryAt, hourEdges, hoursInWeek, minuteMs } from "../../domain/local-week.ts";
import { formatByteRate, formatPercent } from "../../domain/quantity.ts";
import type { RateLimit } from "../../domain/rate-limit.ts";
import { parseRateLimit } from "../../domain/rate-limit-words.ts";
import { type HourUsage, openHour, type Schedule } from "../../domain/schedule.ts";
import { weekNamed } from "../../domain/week-keys.ts";

const free = "unlimited";

/** What holds in each hour, in words; null where the limit is not one of hours, like pulse mode. */
export function hourlyLimits(limit: RateLimit): string[] | null {
  switch (limit.kind) {
    case "unlimited":
      return hourEdges.map(() => free);
    case "fixed":
      return hourEdges.map(() => formatByteRate(limit.bytesPerSecond));
    case "percent":
      return hourEdges.map((_, hour) => {
        const percent = limit.percents[hour % limit.percents.length] ?? 100;
        return percent === 100 ? free : formatPercent(percent);
      });
    case "timetable": {
      const edges = limit.changes.map(({ minuteOfWeek }) => minuteOfWeek * minuteMs);
      return hourEdges.map((edge) => {
        const bytesPerSecond = limit.changes[entryAt(edges, edge)]?.bytesPerSecond ?? null;
        return bytesPerSecond === null ? free : formatByteRate(bytesPerSecond);
      });
    }
    case "pulse":
      return null;
  }
}

/** Throws a ZodError where an hour is neither a percentage nor a rate, or the two are mixed. */
export function limitOfHours(hours: readonly string[]): RateLimit {
  const named = weekNamed([...hours], free);
  return Object.keys(named).length === 0 ? parseRateLimit(free) : parseRateLimit(named);
}

/** Whether an address may stand in for another stays as it is. */
export function scheduleOf(usages: readonly HourUsage[], before: Schedule): Schedule {
  return Array.from({ length: hoursInWeek }, (_, hour) => ({
    usage: usages[hour] ?? openHour.usage,
    backup: before[hour]?.backup ?? openHour.backup,
  }));
}
