/**
 * The deltas in SMSPKG (`<PackageID>.DLT.<base version>`), each to the version of the compressed copy. As with that, a
 * row is gone while its file changes, and a file without a row counts for nothing.
 */
import type { PackageId } from "../../domain/identifiers.ts";
import type { PackageDelta } from "../../domain/replication.ts";
import type { SiteDatabase } from "./site-database.ts";

type Row = Omit<PackageDelta, "base"> & { readonly version: number; readonly baseSha256: string };

const columns = "base_version AS version, base_sha256 AS baseSha256, bytes, sha256";

export function storedDeltas(database: SiteDatabase, id: PackageId): PackageDelta[] {
  const sql = `SELECT ${columns} FROM stored_delta WHERE package_id = ? ORDER BY base_version`;
  return database.all<Row>(sql, id).map(({ version, baseSha256, bytes, sha256 }) => ({
    base: { sourceVersion: version, sha256: baseSha256 },
    bytes,
    sha256,
  }));
}

export function storedDelta(database: SiteDatabase, id: PackageId, base: number): PackageDelta | undefined {
  return storedDeltas(database, id).find(({ base: { sourceVersion } }) => sourceVersion === base);
}

/** Comes after the row of the copy, with which it goes. */
export function rememberStoredDelta(
  database: SiteDatabase,
  id: PackageId,
  { base, bytes, sha256 }: PackageDelta,
): void {
  database.run(
    "INSERT OR REPLACE INTO stored_delta (package_id, base_version, base_sha256, bytes, sha256) VALUES (?, ?, ?, ?, ?)",
    ...[id, base.sourceVersion, base.sha256, bytes, sha256],
  );
}
