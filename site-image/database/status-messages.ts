/**
 * Status messages of this site, and their sums: its own and those of the sites below it.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { Severity, StatusMessage, StatusTally } from "../../domain/status-messages.ts";
import type { SiteDatabase } from "./site-database.ts";

export function addStatusMessage(database: SiteDatabase, message: Omit<StatusMessage, "sequence">): void {
  database.unhurried(
    "INSERT INTO status_message (id, severity, component, package_id, text, emulated_ms) VALUES (?, ?, ?, ?, ?, ?)",
    message.id,
    message.severity,
    message.component,
    message.packageId,
    message.text,
    message.emulatedMs,
  );
}

export type StatusMessageFilter = {
  /** Only those of this emulated moment or later. */
  readonly sinceMs?: number | undefined;
  /** Only those after this one. */
  readonly after?: number | undefined;
  readonly severity?: Severity | undefined;
  /** The newest so many. */
  readonly limit: number;
};

/** Oldest first. */
export function statusMessagesOf(
  database: SiteDatabase,
  { sinceMs, after, severity, limit }: StatusMessageFilter,
): StatusMessage[] {
  return database
    .all<StatusMessage>(
      `SELECT sequence, id, severity, component, package_id AS packageId, text, emulated_ms AS emulatedMs
       FROM status_message
       WHERE sequence > ?1 AND (?2 IS NULL OR emulated_ms >= ?2) AND (?3 IS NULL OR severity = ?3)
       ORDER BY sequence DESC LIMIT ?4`,
      after ?? 0,
      sinceMs ?? null,
      severity ?? null,
      limit,
    )
    .reverse();
}

const columns = "component, severity, messages, last_id AS lastId, last_text AS lastText, last_ms AS lastMs";

/** Of this site and those below it. */
export function statusTallies(database: SiteDatabase, here: SiteCode): StatusTally[] {
  return database.all<StatusTally>(
    `SELECT CASE site WHEN '' THEN ?1 ELSE site END AS site, ${columns} FROM status_tally
     ORDER BY site, component, severity`,
    here,
  );
}

/** Warnings and errors that the parent does not know of in full. */
export function untoldTallies(database: SiteDatabase, here: SiteCode): StatusTally[] {
  return database.all<StatusTally>(
    `SELECT CASE site WHEN '' THEN ?1 ELSE site END AS site, ${columns} FROM status_tally
     WHERE told < messages AND severity <> 'informational' ORDER BY site, component, severity`,
    here,
  );
}

/** Call it in the transaction that tells the parent. */
export function tallyTold(
  database: SiteDatabase,
  here: SiteCode,
  { site, component, severity, messages }: StatusTally,
): void {
  database.run(
    "UPDATE status_tally SET told = ? WHERE site = ? AND component = ? AND severity = ?",
    messages,
    site === here ? "" : site,
    component,
    severity,
  );
}

/** Keeps what a site below says, unless what is kept is as new: what is sent may overtake each other. */
export function rememberStatusTally(database: SiteDatabase, row: StatusTally): void {
  database.run(
    `INSERT INTO status_tally (site, component, severity, messages, last_id, last_text, last_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
     ON CONFLICT (site, component, severity) DO UPDATE SET
       messages = ?4, last_id = ?5, last_text = ?6, last_ms = ?7 WHERE messages < ?4`,
    row.site,
    row.component,
    row.severity,
    row.messages,
    row.lastId,
    row.lastText,
    row.lastMs,
  );
}
