/**
 * Rows of package status: those this site writes about itself, and those the sites below sent up.
 */
import type { PackageId, SiteCode } from "../../domain/identifiers.ts";
import type { PackageStatus } from "../../domain/package-status.ts";
import type { SiteDatabase } from "./site-database.ts";

const columns = `package_id AS packageId, site, server, state, source_version AS sourceVersion, redistribution,
  sequence, changed_ms AS changedMs, reason`;

export function packageStatuses(database: SiteDatabase, packageId?: PackageId): PackageStatus[] {
  return database.all<PackageStatus>(
    `SELECT ${columns} FROM package_status WHERE ?1 IS NULL OR package_id = ?1 ORDER BY package_id, site, server`,
    packageId ?? null,
  );
}

export function packageStatusOf(
  database: SiteDatabase,
  packageId: PackageId,
  site: SiteCode,
  server: string,
): PackageStatus | undefined {
  return database.one<PackageStatus>(
    `SELECT ${columns} FROM package_status WHERE package_id = ? AND site = ? AND server = ?`,
    packageId,
    site,
    server,
  );
}

/** Keeps a row unless a later one of the same place is held: messages can overtake each other. True if it is news. */
export function rememberPackageStatus(database: SiteDatabase, row: PackageStatus): boolean {
  return (
    database.run(
      `INSERT INTO package_status
         (package_id, site, server, state, source_version, redistribution, sequence, changed_ms, reason)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
       ON CONFLICT (package_id, site, server) DO UPDATE SET
         state = ?4, source_version = ?5, redistribution = ?6, sequence = ?7, changed_ms = ?8, reason = ?9
       WHERE sequence < ?7`,
      row.packageId,
      row.site,
      row.server,
      row.state,
      row.sourceVersion,
      row.redistribution,
      row.sequence,
      row.changedMs,
      row.reason,
    ) > 0
  );
}
