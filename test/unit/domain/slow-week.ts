/**
 * The slow and obvious way to read a local clock, to check the quick one against: Temporal asked at each minute.
 * Right where every change of an offset is at a full minute, as it is in the zones and years here.
 */
import fc from "fast-check";

export type LocalTime = { readonly hourOfWeek: number; readonly minuteOfWeek: number };

const minuteMs = 60_000;
const dayMs = 86_400_000;

export function slowLocalTime(zone: string, ms: number): LocalTime {
  const local = Temporal.Instant.fromEpochMilliseconds(Math.floor(ms)).toZonedDateTimeISO(zone);
  const hourOfWeek = (local.dayOfWeek % 7) * 24 + local.hour;
  return { hourOfWeek, minuteOfWeek: hourOfWeek * 60 + local.minute };
}

/** The first of `fromMs` and the full minutes after it that is wanted; undefined where none of `days` is. */
export function slowFirst(
  zone: string,
  fromMs: number,
  isWanted: (local: LocalTime) => boolean,
  days = 9,
): number | undefined {
  for (let at = fromMs; at < fromMs + days * dayMs; at = (Math.floor(at / minuteMs) + 1) * minuteMs) {
    if (isWanted(slowLocalTime(zone, at))) return at;
  }
  return undefined;
}

/** Half-hour offsets, a daylight saving time of 30 minutes and one of two hours, changes at 00:00 and at 00:01. */
export const zones = [
  "America/New_York",
  "Europe/London",
  "Australia/Lord_Howe",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "America/St_Johns",
  "America/Sao_Paulo",
  "Antarctica/Troll",
  "Africa/Casablanca",
  "Pacific/Apia", // no 2011-12-30 there
  "Etc/UTC",
] as const;

const [from, to] = [Date.UTC(2003, 0), Date.UTC(2024, 0)];

function changesOf(zone: string): number[] {
  const changes: number[] = [];
  let at = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone);
  for (;;) {
    const next = at.getTimeZoneTransition("next");
    if (!next || next.epochMilliseconds > to) return changes;
    changes.push(next.epochMilliseconds);
    at = next;
  }
}

/** A zone and an instant: half of the time within a day and a half before, or hours after, a change of its offset. */
export const zonedInstants = fc.constantFrom(...zones).chain((zone) => {
  const anywhere = fc.integer({ min: from, max: to });
  const changes = changesOf(zone);
  const near = fc
    .tuple(
      fc.constantFrom(...(changes.length > 0 ? changes : [from])),
      fc.integer({ min: -1.5 * dayMs, max: dayMs / 4 }),
      fc.boolean(),
    )
    .map(
      ([change, offset, isExact]) => change + (isExact ? Math.round(offset / minuteMs) * minuteMs : offset),
    );
  return fc.oneof(anywhere, near).map((ms) => ({ zone, ms }));
});

/** 168 values in stretches of hours, as people make them. */
export function grids<Value>(values: fc.Arbitrary<Value>): fc.Arbitrary<Value[]> {
  const stretch = fc.record({ start: fc.nat(167), length: fc.integer({ min: 1, max: 60 }), value: values });
  return fc.tuple(values, fc.array(stretch, { maxLength: 12 })).map(([first, stretches]) => {
    const grid = Array.from({ length: 168 }, () => first);
    for (const { start, length, value } of stretches) {
      for (let hour = start; hour < start + length; hour++) grid[hour % 168] = value;
    }
    return grid;
  });
}
