/**
 * Sites that leave the hierarchy: nothing of theirs stays in the site database, and news of them from before changes
 * nothing more. All of a hierarchy's sites have one clock, so that it tells what came first.
 */
import { type SiteCode, siteOfPackage } from "../../domain/identifiers.ts";
import { packageById, packageIds, rememberPackage, sourceFolderOf } from "./packages.ts";
import { withdrawFor } from "./send-requests.ts";
import type { SiteDatabase } from "./site-database.ts";

type Change = { readonly atMs: number; readonly removed: number };

function changeOf(database: SiteDatabase, code: SiteCode): Change | undefined {
  return database.one<Change>("SELECT at_ms AS atMs, removed FROM site_change WHERE code = ?", code);
}

function keepChange(database: SiteDatabase, code: SiteCode, atMs: number, removed: 0 | 1): void {
  database.run(
    `INSERT INTO site_change (code, at_ms, removed) VALUES (?1, ?2, ?3)
     ON CONFLICT (code) DO UPDATE SET at_ms = ?2, removed = ?3`,
    code,
    atMs,
    removed,
  );
}

/** When the last of them came or went, as far as is known; 0 before the first. */
export function lastChangeMs(database: SiteDatabase, codes: readonly SiteCode[]): number {
  return Math.max(0, ...codes.map((code) => changeOf(database, code)?.atMs ?? 0));
}

/** Whether later news of the site than that of `atMs` (emulated) is held. */
export function isOutdated(database: SiteDatabase, code: SiteCode, atMs: number): boolean {
  return (changeOf(database, code)?.atMs ?? 0) > atMs;
}

export function isRemoved(database: SiteDatabase, code: SiteCode): boolean {
  return changeOf(database, code)?.removed === 1;
}

/** A site that is attached here is there, whatever was said of it before. */
export function forgetRemoval(database: SiteDatabase, code: SiteCode): void {
  database.run("DELETE FROM site_change WHERE code = ?", code);
}

/** Whether news of `atMs` (emulated) that a site is there still holds. Call it in the transaction that keeps it. */
export function isThereSince(database: SiteDatabase, code: SiteCode, atMs: number): boolean {
  if (isOutdated(database, code, atMs)) return false;
  if (atMs > 0 || changeOf(database, code)) keepChange(database, code, atMs, 0);
  return true;
}

/**
 * Forgets sites that left at `atMs` (emulated): what is on its way to them is withdrawn, and their distribution points
 * leave the packages made here. Returns those of which this is news.
 */
export function removeSites(
  database: SiteDatabase,
  here: SiteCode,
  codes: readonly SiteCode[],
  atMs: number,
): SiteCode[] {
  return database.transaction(() => {
    const gone = codes.filter((code) => code !== here && (changeOf(database, code)?.atMs ?? 0) <= atMs);
    const news = gone.filter((code) => !isRemoved(database, code));
    for (const code of news) {
      keepChange(database, code, atMs, 1);
      for (const sql of [
        "DELETE FROM neighbour WHERE code = ?",
        "DELETE FROM site WHERE code = ?",
        "DELETE FROM replicated WHERE site = ?",
        "DELETE FROM package_status WHERE site = ?",
        "DELETE FROM status_tally WHERE site = ?",
        "DELETE FROM outbound_replication WHERE json_extract(document, '$.destination') = ?",
      ])
        database.run(sql, code);
      withdrawFor(database, code, `site ${code} was removed`);
    }
    takeOffPackages(database, here, new Set(news));
    return news;
  });
}

function takeOffPackages(database: SiteDatabase, here: SiteCode, gone: ReadonlySet<SiteCode>): void {
  for (const id of packageIds(database).filter((held) => siteOfPackage(held) === here)) {
    const before = packageById(database, id);
    const distributionPoints = before?.distributionPoints.filter(({ site }) => !gone.has(site)) ?? [];
    if (!before || distributionPoints.length === before.distributionPoints.length) continue;
    const definition = { ...before, distributionPoints, definitionVersion: before.definitionVersion + 1 };
    rememberPackage(database, definition, sourceFolderOf(database, id));
  }
}
