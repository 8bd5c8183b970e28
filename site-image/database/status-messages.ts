/**
 * Status messages of this site, newest last.
 */
import type { Severity, StatusMessageId } from "../../domain/status-messages.ts";
import type { SiteDatabase } from "./site-database.ts";

export type StatusMessage = {
  readonly id: StatusMessageId;
  readonly severity: Severity;
  readonly component: string;
  readonly packageId: string | null;
  readonly text: string;
  readonly emulatedMs: number;
};

export function addStatusMessage(database: SiteDatabase, message: StatusMessage): void {
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

/** The last `limit` messages, oldest first. */
export function statusMessagesOf(database: SiteDatabase, limit: number): StatusMessage[] {
  return database
    .all<StatusMessage>(
      `SELECT id, severity, component, package_id AS packageId, text, emulated_ms AS emulatedMs
       FROM status_message ORDER BY sequence DESC LIMIT ?`,
      limit,
    )
    .reverse();
}
