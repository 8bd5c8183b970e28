/**
 * Replication files still to be written. A component adds a row in the transaction that made the news, and writes
 * the file after it; a crash between is made good at the next start, so news is never lost.
 */
import type { ReplicationFile } from "../inboxes/documents.ts";
import type { SiteDatabase } from "./site-database.ts";

export type OutboundReplication = Omit<ReplicationFile, "version">;

export function addOutboundReplication(database: SiteDatabase, replication: OutboundReplication): void {
  database.run(
    "INSERT INTO outbound_replication (priority, document) VALUES (?, ?)",
    replication.priority,
    JSON.stringify(replication),
  );
}

/** What is still to be written, oldest first. The number is the file's, and is never given twice. */
export function outboundReplications(
  database: SiteDatabase,
): { number: number; replication: OutboundReplication }[] {
  return database
    .all<{ id: number; document: string }>("SELECT id, document FROM outbound_replication ORDER BY id")
    .map(({ id, document }) => ({ number: id, replication: JSON.parse(document) as OutboundReplication }));
}

export function outboundReplicationWritten(database: SiteDatabase, number: number): void {
  database.run("DELETE FROM outbound_replication WHERE id = ?", number);
}
