/**
 * What the site is told once and keeps over restarts.
 */
import { type ClockTimeline, clockTimeline } from "../../domain/clock.ts";
import { shareQuota } from "../../domain/fault.ts";
import { type SiteLinks, siteLinks } from "../../domain/link.ts";
import type { SiteDatabase } from "./site-database.ts";

export function keptClock(database: SiteDatabase): ClockTimeline | null {
  return clockTimeline.nullable().parse(kept(database, "clock"));
}

export function keepClock(database: SiteDatabase, timeline: ClockTimeline): void {
  keep(database, "clock", timeline);
}

export function keptLinks(database: SiteDatabase): SiteLinks | null {
  return siteLinks.nullable().parse(kept(database, "links"));
}

export function keepLinks(database: SiteDatabase, links: SiteLinks): void {
  keep(database, "links", links);
}

/** In bytes; null where there is none. */
export function keptQuota(database: SiteDatabase): number | null {
  return shareQuota.shape.quotaBytes.parse(kept(database, "quota"));
}

export function keepQuota(database: SiteDatabase, quotaBytes: number | null): void {
  keep(database, "quota", quotaBytes);
}

type Setting = "clock" | "links" | "quota";

function kept(database: SiteDatabase, name: Setting): unknown {
  const row = database.one<{ value: string }>("SELECT value FROM setting WHERE name = ?", name);
  return row ? JSON.parse(row.value) : null;
}

function keep(database: SiteDatabase, name: Setting, value: unknown): void {
  database.run(
    "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
    name,
    JSON.stringify(value),
  );
}
