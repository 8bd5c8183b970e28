/**
 * Packages in the site database: definitions, the compressed copy, the source's snapshot, what children were sent.
 */
import type { PackageId, SiteCode } from "../../domain/identifiers.ts";
import type { DistributionPoint, PackageDefinition, Program } from "../../domain/package.ts";
import type { PackageContent } from "../../domain/replication.ts";
import { packageIsDeleted, withdrawContent } from "./send-requests.ts";
import type { SiteDatabase } from "./site-database.ts";

type PackageRow = Omit<PackageDefinition, "deleted" | "programs" | "distributionPoints"> & {
  deleted: number;
};

export function packageIds(database: SiteDatabase): PackageId[] {
  return database.all<{ id: PackageId }>("SELECT id FROM package ORDER BY id").map((row) => row.id);
}

export function packageById(database: SiteDatabase, id: PackageId): PackageDefinition | undefined {
  const row = database.one<PackageRow>(
    `SELECT id, name, version, language, manufacturer, description, source, priority,
       preferred_sender AS preferredSender, source_version AS sourceVersion,
       definition_version AS definitionVersion, deleted, redistribution, icon FROM package WHERE id = ?`,
    id,
  );
  if (!row) return undefined;
  return {
    ...row,
    deleted: row.deleted === 1,
    programs: database.all<Program>(
      "SELECT name, command_line AS commandLine, comment FROM program WHERE package_id = ? ORDER BY name",
      id,
    ),
    distributionPoints: database.all<DistributionPoint>(
      "SELECT site, server FROM distribution_point WHERE package_id = ? ORDER BY site, server",
      id,
    ),
  };
}

/**
 * Keeps a definition unless one as new is held. True if it was kept. `sourceFolder` is given where the package was
 * made; elsewhere there is none. One transaction, so the trigger's wake-up goes with it.
 */
export function rememberPackage(
  database: SiteDatabase,
  definition: PackageDefinition,
  sourceFolder = "",
): boolean {
  return database.transaction(() => {
    const changed = database.run(
      `INSERT INTO package (id, name, version, language, manufacturer, description, source, priority, preferred_sender,
         source_version, definition_version, deleted, redistribution, icon, source_folder)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
       ON CONFLICT (id) DO UPDATE SET name = ?2, version = ?3, language = ?4, manufacturer = ?5, description = ?6,
         source = ?7, priority = ?8, preferred_sender = ?9, source_version = ?10, definition_version = ?11,
         deleted = ?12, redistribution = ?13, icon = ?14, source_folder = ?15
       WHERE definition_version < ?11`,
      definition.id,
      definition.name,
      definition.version,
      definition.language,
      definition.manufacturer,
      definition.description,
      definition.source,
      definition.priority,
      definition.preferredSender,
      definition.sourceVersion,
      definition.definitionVersion,
      definition.deleted ? 1 : 0,
      definition.redistribution,
      definition.icon,
      sourceFolder,
    );
    if (changed === 0) return false;
    if (definition.deleted) withdrawContent(database, definition.id, packageIsDeleted);
    database.run("DELETE FROM program WHERE package_id = ?", definition.id);
    database.run("DELETE FROM distribution_point WHERE package_id = ?", definition.id);
    for (const { name, commandLine, comment } of definition.programs) {
      database.run("INSERT INTO program VALUES (?, ?, ?, ?)", definition.id, name, commandLine, comment);
    }
    for (const { site, server } of definition.distributionPoints) {
      database.run("INSERT INTO distribution_point VALUES (?, ?, ?)", definition.id, site, server);
    }
    return true;
  });
}

/** The version that the definition held here asks for. */
export function sourceVersionOf(database: SiteDatabase, id: PackageId): number | undefined {
  const sql = "SELECT source_version AS version FROM package WHERE id = ?";
  return database.one<{ version: number }>(sql, id)?.version;
}

/** The source folder of a package made here; empty for one that came from another site. */
export function sourceFolderOf(database: SiteDatabase, id: PackageId): string {
  return (
    database.one<{ folder: string }>("SELECT source_folder AS folder FROM package WHERE id = ?", id)
      ?.folder ?? ""
  );
}

/** The compressed copy in SMSPKG. Undefined: there is none, or it is being replaced at this moment. */
export function storedContent(database: SiteDatabase, id: PackageId): PackageContent | undefined {
  return database.one<PackageContent>(
    `SELECT source_version AS sourceVersion, bytes, sha256, files, source_bytes AS sourceBytes
     FROM stored_content WHERE package_id = ?`,
    id,
  );
}

/** Says that SMSPKG holds no copy to rely on, nor a delta to it. Comes before the file is replaced or removed. */
export function forgetStoredContent(database: SiteDatabase, id: PackageId): void {
  database.run("DELETE FROM stored_content WHERE package_id = ?", id);
}

/** Says which copy SMSPKG holds. Comes after the file is in its place. */
export function rememberStoredContent(database: SiteDatabase, id: PackageId, content: PackageContent): void {
  database.run(
    "INSERT OR REPLACE INTO stored_content VALUES (?, ?, ?, ?, ?, ?)",
    id,
    content.sourceVersion,
    content.bytes,
    content.sha256,
    content.files,
    content.sourceBytes,
  );
}

export type SourceSnapshot = { readonly sourceVersion: number; readonly fingerprint: string };

export function sourceSnapshot(database: SiteDatabase, id: PackageId): SourceSnapshot | undefined {
  return database.one<SourceSnapshot>(
    "SELECT source_version AS sourceVersion, fingerprint FROM source_snapshot WHERE package_id = ?",
    id,
  );
}

export function rememberSourceSnapshot(
  database: SiteDatabase,
  id: PackageId,
  snapshot: SourceSnapshot,
): void {
  database.run(
    "INSERT OR REPLACE INTO source_snapshot VALUES (?, ?, ?)",
    id,
    snapshot.sourceVersion,
    snapshot.fingerprint,
  );
}

export type Replicated = {
  readonly site: SiteCode;
  readonly definitionVersion: number;
  /** The last content sent there; 0 for none. */
  readonly sourceVersion: number;
  /** The definition's version at which an administrator cancelled that; 0 where nobody did. */
  readonly cancelledAt: number;
  /** The newest content it has taken in; 0 where it holds none, or that is not known. */
  readonly heldVersion: number;
};

/** What each child has been sent of a package. */
export function replicatedTo(database: SiteDatabase, id: PackageId): Replicated[] {
  return database.all<Replicated>(
    `SELECT site, definition_version AS definitionVersion, source_version AS sourceVersion,
       cancelled_at AS cancelledAt, held_version AS heldVersion
     FROM replicated WHERE package_id = ? ORDER BY site`,
    id,
  );
}

export function rememberReplicated(
  database: SiteDatabase,
  id: PackageId,
  sent: Omit<Replicated, "heldVersion">,
): void {
  database.run(
    `INSERT INTO replicated (package_id, site, definition_version, source_version, cancelled_at)
     VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT (package_id, site) DO UPDATE SET definition_version = ?3, source_version = ?4, cancelled_at = ?5`,
    id,
    sent.site,
    sent.definitionVersion,
    sent.sourceVersion,
    sent.cancelledAt,
  );
}

/** A child tells which version it holds, 0 for none: then it gets the next one whole. */
export function rememberHeldContent(
  database: SiteDatabase,
  id: PackageId,
  child: SiteCode,
  version: number,
): void {
  database.run(
    "UPDATE replicated SET held_version = ?3 WHERE package_id = ?1 AND site = ?2",
    ...[id, child, version],
  );
}

/**
 * A child does not hold a version that it was sent, or never got it: Distribution Manager is woken by a trigger and
 * sends it again if it is wanted there. False where the child was sent another version since, or an administrator
 * cancelled this one.
 */
export function forgetSentContent(
  database: SiteDatabase,
  id: PackageId,
  child: SiteCode,
  sourceVersion: number,
): boolean {
  const sent = replicatedTo(database, id).find(({ site }) => site === child);
  if (sent?.sourceVersion !== sourceVersion || sent.cancelledAt > 0) return false;
  rememberReplicated(database, id, { ...sent, sourceVersion: 0 });
  return true;
}
