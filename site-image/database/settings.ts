/**
 * What the site is told once and keeps over restarts.
 */
import { type ClockMoment, clockMoment } from "../../domain/clock.ts";
import type { SiteDatabase } from "./site-database.ts";

export function keptClock(database: SiteDatabase): ClockMoment | null {
  const row = database.one<{ value: string }>("SELECT value FROM setting WHERE name = 'clock'");
  return row ? clockMoment.parse(JSON.parse(row.value)) : null;
}

export function keepClock(database: SiteDatabase, moment: ClockMoment): void {
  database.run(
    "INSERT INTO setting (name, value) VALUES ('clock', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1",
    JSON.stringify(moment),
  );
}
