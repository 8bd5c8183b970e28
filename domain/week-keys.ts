/**
 * Hours of the week as a topology file writes them: days, hours, or both: `Mon-Fri 08-18`, `Sat,Sun`, `daily`,
 * `Fri 22-06`, `08-18`. A range of hours ends before its second hour and goes over midnight where that is the
 * smaller; it belongs to the day it starts on. Days without hours are whole, hours without days are of every day.
 */
import { z } from "zod";

import { dayNames, hoursInWeek } from "./local-week.ts";

const expectedKey =
  'expected days and whole hours, like "Mon-Fri 08-18", "Sat,Sun" or "daily 22-06" (inside { } a comma needs quotes)';

const keyPattern = /^([a-z][a-z,\s-]*?)?\s*(?:(\d{1,2})(?::00)?\s*-\s*(\d{1,2})(?::00)?)?$/i;

type ReadKey = { readonly hours: readonly number[] } | { readonly mistake: string };

function readKey(text: string): ReadKey {
  const [matched, dayText, from, to] = keyPattern.exec(text.trim()) ?? [];
  if (!matched) return { mistake: expectedKey };
  const days = readDays(dayText ?? "daily");
  if (!days) return { mistake: `expected days like Mon-Fri, "Sat,Sun" or daily (${dayNames.join(", ")})` };
  const start = Number(from ?? 0);
  const end = Number(to ?? 24);
  if (start > 23 || end > 24) return { mistake: "expected hours from 00 to 24, like 08-18 or 22-06" };
  if (start === end) return { mistake: "expected two different hours, or 00-24 for the whole day" };
  const length = end > start ? end - start : 24 - start + end;
  const hours = days.flatMap((day) =>
    Array.from({ length }, (_, hour) => (day * 24 + start + hour) % hoursInWeek),
  );
  return { hours };
}

/** The numbers of the days, or undefined where the text is none. `Sat-Mon` goes over the end of the week. */
function readDays(text: string): number[] | undefined {
  if (text.trim().toLowerCase() === "daily") return [...dayNames.keys()];
  const days: number[] = [];
  for (const part of text.split(",")) {
    const ends = part.split("-").map(readDay);
    const [first, last = first] = ends;
    if (first === undefined || last === undefined || ends.length > 2) return undefined;
    if (ends.includes(undefined) || (ends.length === 2 && first === last)) return undefined;
    for (let day = first; ; day = (day + 1) % 7) {
      days.push(day);
      if (day === last) break;
    }
  }
  return days;
}

const longNames = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** The number of a day by its first three letters or its whole name, in any case. */
export function readDay(text: string): number | undefined {
  const name = text.trim().toLowerCase();
  const day = longNames.findIndex((long) => name === long || name === long.slice(0, 3));
  return day === -1 ? undefined : day;
}

/** A key that names hours of the week. */
export const weekKey = z.string().superRefine((text, context) => {
  const read = readKey(text);
  if ("mistake" in read) context.addIssue({ code: "custom", message: read.mistake, input: text });
});

/** 168 values from keys that `weekKey` has passed. Later keys win over earlier; `otherwise` is for hours not named. */
export function weekGrid<Value>(named: Readonly<Record<string, Value>>, otherwise: Value): Value[] {
  const grid = Array.from({ length: hoursInWeek }, () => otherwise);
  for (const [key, value] of Object.entries(named)) {
    const read = readKey(key);
    for (const hour of "hours" in read ? read.hours : []) grid[hour] = value;
  }
  return grid;
}

/** The other way round: few keys that name every hour that is not `otherwise`, from Monday on, none twice. */
export function weekNamed(grid: readonly string[], otherwise: string): Record<string, string> {
  const at = (hour: number) => grid[hour % hoursInWeek] ?? otherwise;
  const days = new Map<string, { value: string; hours: string; on: Set<number> }>();
  const add = (start: number, length: number, value: string) => {
    const from = start % 24;
    const two = (hour: number) => String(hour).padStart(2, "0");
    const hours = length === 24 ? "" : ` ${two(from)}-${two(((from + length - 1) % 24) + 1)}`;
    const id = `${hours} ${value}`;
    const one = days.get(id) ?? { value, hours, on: new Set() };
    days.set(id, one);
    one.on.add(Math.floor(start / 24) % 7);
  };
  const monday = 24;
  const isUniform = grid.every((value) => value === at(0));
  for (let start = monday; start < monday + hoursInWeek; start++) {
    if (
      at(start) === otherwise ||
      !(isUniform ? start === monday : at(start) !== at(start - 1 + hoursInWeek))
    )
      continue;
    let length = 1;
    while (length < hoursInWeek && at(start + length) === at(start)) length++;
    if (length < 24) add(start, length, at(start));
    else {
      // a stretch of a day or more is told day by day
      for (let from = start; from < start + length; ) {
        const to = Math.min(start + length, (Math.floor(from / 24) + 1) * 24);
        add(from, to - from, at(start));
        from = to;
      }
    }
  }
  return Object.fromEntries(
    [...days.values()].map(({ value, hours, on }) => [`${daysWords(on)}${hours}`, value]),
  );
}

function daysWords(days: ReadonlySet<number>): string {
  if (days.size === 7) return "daily";
  const ranges: string[] = [];
  for (let place = 1; place <= 7; place++) {
    if (!days.has(place % 7)) continue;
    let last = place;
    while (last < 7 && days.has((last + 1) % 7)) last++;
    ranges.push(last === place ? `${dayNames[place % 7]}` : `${dayNames[place % 7]}-${dayNames[last % 7]}`);
    place = last;
  }
  return ranges.join(",");
}

/** For people: `Mon-Fri 08-18 high only; otherwise all`. At least one key is named. */
export function weekPhrase(named: Readonly<Record<string, string>>, otherwise: string): string {
  const told = Object.entries(named).map(([key, value]) => `${key} ${value}`);
  const only = named.daily;
  if (told.length === 1 && only !== undefined) return `${only} at all hours`;
  return `${told.join("; ")}; otherwise ${otherwise}`;
}
