/**
 * What the site is told once and keeps over restarts.
 */
import { type ClockTimeline, clockTimeline } from "../../domain/clock.ts";
import type { SiteDatabase } from "./site-database.ts";

export function keptClock(database: SiteDatabase): ClockTimeline | null {
  const row = database.one<{ value: string }>("SELECT value FROM setting WHERE name = 'clock'");
  return row ? clockTimeline.parse(JSON.parse(row.value)) : null;
}

export function keepClock(database: SiteDatabase, timeline: ClockTimeline): void {
  database.run(
    "INSERT INTO setting (name, value) VALUES ('clock', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1",
    JSON.stringify(timeline),
  );
}
