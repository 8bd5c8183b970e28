/**
 * The week on a site's local clock, from Sunday 00:00 (day 0 of the field's schedules) on, and tables over it:
 * a list of edges in milliseconds into the week, each the start of an entry that holds until the next edge.
 * What the local clock shows is what counts: an hour that occurs twice is in force twice, one that does not occur
 * is skipped, and an entry begins at the instant the local clock comes to it or jumps into it.
 */
import type { TimeZone } from "./time-zone.ts";

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
export const weekMs = 7 * dayMs;
export const hoursInWeek = 168;

/** Day 0 is Sunday. */
export const dayNames = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** The edges of a table of hours: entry `day * 24 + hour`. */
export const hourEdges: readonly number[] = Array.from({ length: hoursInWeek }, (_, hour) => hour * hourMs);

const thursday = 4 * dayMs; // where the Unix epoch begins

/** Milliseconds since Sunday 00:00 on the local clock, whole. */
export function intoWeek(zone: TimeZone, ms: number): number {
  const local = Math.floor(ms) + zone.spanAt(ms).offsetMs + thursday;
  return ((local % weekMs) + weekMs) % weekMs;
}

/** The hour of the local week, 0 to 167: day * 24 + hour. */
export function hourOfWeek(zone: TimeZone, ms: number): number {
  return Math.floor(intoWeek(zone, ms) / hourMs);
}

/** The entry in force: the last whose edge is not past; before the first edge, last week's last entry. */
export function entryAt(edges: readonly number[], into: number): number {
  let low = 0;
  let high = edges.length; // the number of edges not past is somewhere from low to high
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? 0) <= into) low = middle + 1;
    else high = middle;
  }
  return (low === 0 ? edges.length : low) - 1;
}

/**
 * The first instant from `fromMs` on, itself included, at which the entry in force is a wanted one. Undefined where
 * none is. Goes from edge to edge, and over each change of the zone's offset, in whole milliseconds.
 */
export function firstInstant(
  edges: readonly number[],
  zone: TimeZone,
  fromMs: number,
  isWanted: (entry: number) => boolean,
): number | undefined {
  if (!edges.some((_, entry) => isWanted(entry))) return undefined;
  const first = edges[0] ?? 0;
  for (let at = fromMs; ; ) {
    const { untilMs } = zone.spanAt(at);
    let into = intoWeek(zone, at);
    let entry = entryAt(edges, into);
    while (at < untilMs) {
      if (isWanted(entry)) return at;
      const next = into < first ? first : (edges[entry + 1] ?? first + weekMs);
      at = Math.floor(at) + next - into;
      into = next % weekMs;
      entry = (entry + 1) % edges.length;
    }
    at = untilMs; // the local clock jumps: look again at what it shows
  }
}

/** As a clock on the wall of the site shows it: `Fri 18:00`, or with the date `Fri 2003-11-14 18:00`. */
export function localWords(zone: TimeZone, ms: number, withDate = false): string {
  const into = intoWeek(zone, ms);
  const two = (count: number) => String(Math.floor(count)).padStart(2, "0");
  const time = `${two((into % dayMs) / hourMs)}:${two((into % hourMs) / minuteMs)}`;
  const date = withDate ? `${new Date(ms + zone.spanAt(ms).offsetMs).toISOString().slice(0, 10)} ` : "";
  return `${dayNames[Math.floor(into / dayMs)]} ${date}${time}`;
}

/** To the second, for what is less than a week away: `Fri 18:03:00`. */
export function localMoment(zone: TimeZone, ms: number): string {
  const second = Math.floor((intoWeek(zone, ms) % minuteMs) / 1000);
  return `${localWords(zone, ms)}:${String(second).padStart(2, "0")}`;
}
