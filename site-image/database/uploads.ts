/**
 * Files on their way into the SMS_SITE share, and the requests that have come in whole.
 * A request's row in `received_request` is what makes it received: it is written before the instruction is renamed
 * to `.SNI`, and stays for good, so that a request sent again is known.
 */
import type { RequestId, SiteCode } from "../../domain/identifiers.ts";
import type { SiteDatabase } from "./site-database.ts";

export type UploadRow = {
  /** The file's name in the share, like `2__01CEN.PCK`. */
  readonly name: string;
  /** The sending site. */
  readonly site: SiteCode;
  /** Bytes announced. */
  readonly length: number;
  /** Announced for the whole file, in hex; empty where the client announced none. */
  readonly sha256: string;
  /** Emulated milliseconds since the Unix epoch. */
  readonly expiresMs: number;
};

const columns = "name, site, length, sha256, expires_ms AS expiresMs";

export function openUploads(database: SiteDatabase): UploadRow[] {
  return database.all<UploadRow>(`SELECT ${columns} FROM upload ORDER BY name`);
}

export function openUpload(database: SiteDatabase, name: string): UploadRow | undefined {
  return database.one<UploadRow>(`SELECT ${columns} FROM upload WHERE name = ?`, name);
}

/** Keeps an upload, replacing one of the same name. */
export function keepUpload(database: SiteDatabase, upload: UploadRow): void {
  database.run(
    `INSERT INTO upload (name, site, length, sha256, expires_ms) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT (name) DO UPDATE SET site = ?2, length = ?3, sha256 = ?4, expires_ms = ?5`,
    upload.name,
    upload.site,
    upload.length,
    upload.sha256,
    upload.expiresMs,
  );
}

/** Lost with the power at worst, and then the upload expires a little earlier. */
export function extendUpload(database: SiteDatabase, name: string, expiresMs: number): void {
  database.unhurried("UPDATE upload SET expires_ms = ? WHERE name = ?", expiresMs, name);
}

export function forgetUpload(database: SiteDatabase, name: string): void {
  database.run("DELETE FROM upload WHERE name = ?", name);
}

/** Emulated time of the first expiry, null where nothing is open. */
export function nextExpiryMs(database: SiteDatabase): number | null {
  return database.one<{ first: number | null }>("SELECT min(expires_ms) AS first FROM upload")?.first ?? null;
}

export function expiredUploads(database: SiteDatabase, nowMs: number): string[] {
  return database
    .all<{ name: string }>("SELECT name FROM upload WHERE expires_ms <= ? ORDER BY name", nowMs)
    .map((row) => row.name);
}

export function isReceived(database: SiteDatabase, request: RequestId, site: SiteCode): boolean {
  return (
    database.one("SELECT 1 FROM received_request WHERE request = ? AND site = ?", request, site) !== undefined
  );
}

/** From here on the request is received: its row is there and its uploads are uploads no more, in one step. */
export function markReceived(
  database: SiteDatabase,
  received: { request: RequestId; site: SiteCode; receivedMs: number; uploads: readonly string[] },
): void {
  database.transaction(() => {
    database.run(
      "INSERT INTO received_request (request, site, received_ms) VALUES (?, ?, ?)",
      received.request,
      received.site,
      received.receivedMs,
    );
    for (const name of received.uploads) forgetUpload(database, name);
  });
}
