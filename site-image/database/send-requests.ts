/**
 * Send requests in the site database: one row a job, kept for good, so that a job that comes twice is known. The
 * request itself is a file that the Scheduler and the senders hand each other; what others wish of it is in its row,
 * and whoever has the file at that moment acts on it. A wish outlives a restart, and ends with the request.
 */
import type { JobId, PackageId, RequestId, SiteCode } from "../../domain/identifiers.ts";
import { requestIdOf } from "../../domain/identifiers.ts";
import { type Priority, priorityNumber } from "../../domain/priority.ts";
import {
  cancelledByAdministrator,
  heldByAdministrator,
  type RequestWish,
} from "../../domain/send-request.ts";
import { counted, next } from "./counters.ts";
import type { SiteDatabase } from "./site-database.ts";

export type Wish = { readonly wish: RequestWish; readonly reason: string };

export type RequestRow = Wish & {
  readonly id: RequestId;
  readonly finalSite: SiteCode;
  /** Set where it carries a package's content. */
  readonly packageId: PackageId | null;
  readonly sourceVersion: number | null;
  /** Completed or withdrawn: its files are gone, or go. */
  readonly ended: boolean;
};

export type NewRequest = {
  readonly job: JobId;
  readonly priority: Priority;
  readonly destination: SiteCode;
  readonly finalSite: SiteCode;
  readonly content: { readonly packageId: PackageId; readonly sourceVersion: number } | null;
};

const columns = `id, final_site AS finalSite, package_id AS packageId, source_version AS sourceVersion, wish,
  wish_reason AS reason, ended`;

function rowOf(row: (Omit<RequestRow, "ended"> & { ended: number }) | undefined): RequestRow | undefined {
  return row && { ...row, ended: row.ended === 1 };
}

export function requestById(database: SiteDatabase, id: string): RequestRow | undefined {
  return rowOf(database.one(`SELECT ${columns} FROM send_request WHERE id = ?`, id));
}

/** Whether definitions or status are being sent to a site, or wait to be. */
export function hasNewsOnItsWay(database: SiteDatabase, site: SiteCode): boolean {
  const sql = "SELECT 1 FROM send_request WHERE ended = 0 AND package_id IS NULL AND final_site = ? LIMIT 1";
  return database.one(sql, site) !== undefined;
}

/**
 * The send request for a job: the same job is always the same request, so its receiver can tell it came before.
 * A new one for a version of a package's content withdraws older ones to the same site; where a newer one was made
 * before, or the package is deleted, it is withdrawn itself.
 */
export function requestFor(database: SiteDatabase, made: NewRequest, site: SiteCode): RequestRow {
  const { job, priority, destination, finalSite, content } = made;
  return database.transaction(() => {
    const find = () => rowOf(database.one(`SELECT ${columns} FROM send_request WHERE job = ?`, job));
    // One that is known without its final site was made before sites kept it.
    if (find()?.finalSite) return required(find());
    const id = requestIdOf(priorityNumber[priority], next(database, "request"), site);
    database.run(
      `INSERT INTO send_request (job, id, destination, final_site, package_id, source_version)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6)
       ON CONFLICT (job) DO UPDATE SET destination = ?3, final_site = ?4, package_id = ?5, source_version = ?6`,
      job,
      id,
      destination,
      finalSite,
      content?.packageId ?? null,
      content?.sourceVersion ?? null,
    );
    if (content) supersede(database, content, finalSite);
    return required(find());
  });
}

function supersede(
  database: SiteDatabase,
  { packageId }: { packageId: PackageId },
  finalSite: SiteCode,
): void {
  const newest = database.one<{ version: number }>(
    "SELECT max(source_version) AS version FROM send_request WHERE package_id = ? AND final_site = ?",
    packageId,
    finalSite,
  );
  const version = newest?.version ?? 0;
  const older =
    "package_id = ?3 AND final_site = ?4 AND source_version < ?5 AND wish NOT IN ('cancel', 'supersede')";
  const reason = `superseded by version ${version}`;
  setWish(database, { wish: "supersede", reason }, older, packageId, finalSite, version);
  const isDeleted = database.one("SELECT 1 FROM package WHERE id = ? AND deleted = 1", packageId);
  if (isDeleted) withdrawContent(database, packageId, packageIsDeleted);
}

export const packageIsDeleted = "the package was deleted";

/** What is wished of requests that have not ended, by their ids. Mostly of none. */
export function openWishes(database: SiteDatabase): Map<string, Wish> {
  const rows = database.all<Wish & { id: RequestId }>(
    "SELECT id, wish, wish_reason AS reason FROM send_request WHERE wish <> '' AND ended = 0",
  );
  return new Map(rows.map(({ id, wish, reason }) => [id, { wish, reason }]));
}

/** Rises whenever something else is wished of a request. */
export function wishRevision(database: SiteDatabase): number {
  return counted(database, "wish");
}

/** It stays in `Schedule.box/Requests` until it is released. False where it has ended or is withdrawn. */
export function holdRequest(database: SiteDatabase, id: RequestId): boolean {
  return setWish(database, { wish: "hold", reason: heldByAdministrator }, "id = ?3 AND wish = ''", id) > 0;
}

/** False where it was not held. */
export function releaseRequest(database: SiteDatabase, id: RequestId): boolean {
  return setWish(database, { wish: "", reason: "" }, "id = ?3 AND wish = 'hold'", id) > 0;
}

/**
 * Content that an administrator cancels does not count as lost: it is not sent again until the package's definition
 * is another than now. False where the request has ended, is cancelled already, or carries no content.
 */
export function cancelRequest(database: SiteDatabase, id: RequestId): boolean {
  return database.transaction(() => {
    const wish = { wish: "cancel", reason: cancelledByAdministrator } as const;
    const condition = "id = ?3 AND package_id IS NOT NULL AND wish <> 'cancel'";
    if (setWish(database, wish, condition, id) === 0) return false;
    database.run(
      `UPDATE replicated SET cancelled_at = (SELECT definition_version FROM package WHERE id = package_id)
       WHERE (package_id, site, source_version) IN
         (SELECT package_id, final_site, source_version FROM send_request WHERE id = ?)`,
      id,
    );
    return true;
  });
}

/** Withdraws every request that carries a package's content, running ones too. */
export function withdrawContent(database: SiteDatabase, packageId: PackageId, reason: string): void {
  setWish(database, { wish: "cancel", reason }, "package_id = ?3 AND wish <> 'cancel'", packageId);
}

/** Withdraws whatever is on its way to a site or through it. */
export function withdrawFor(database: SiteDatabase, site: SiteCode, reason: string): void {
  const concerned = "(destination = ?3 OR final_site = ?3) AND wish <> 'cancel'";
  setWish(database, { wish: "cancel", reason }, concerned, site);
}

/**
 * Comes before the request's file goes, so that its job, should a crash bring it again, makes no second one.
 * Content that arrived in spite of an administrator who cancelled it has been sent; its receiver holds it, and the next
 * version can be made out of it.
 */
export function endRequest(database: SiteDatabase, id: RequestId, isDelivered: boolean): void {
  database.transaction(() => {
    database.run("UPDATE send_request SET ended = 1 WHERE id = ?", id);
    if (!isDelivered) return;
    database.run(
      `UPDATE replicated SET held_version = max(held_version, sent.source_version) FROM send_request AS sent
       WHERE sent.id = ? AND replicated.package_id = sent.package_id AND replicated.site = sent.final_site`,
      id,
    );
    database.run(
      `UPDATE replicated SET cancelled_at = 0 WHERE cancelled_at > 0 AND (package_id, site, source_version) IN
         (SELECT package_id, final_site, source_version FROM send_request WHERE id = ?)`,
      id,
    );
  });
}

/** `condition` is over the values from ?3 on. Returns of how many requests it is wished now. */
function setWish(
  database: SiteDatabase,
  { wish, reason }: Wish,
  condition: string,
  ...values: (string | number)[]
): number {
  return database.transaction(() => {
    const changed = database.run(
      `UPDATE send_request SET wish = ?1, wish_reason = ?2 WHERE ended = 0 AND ${condition}`,
      wish,
      reason,
      ...values,
    );
    if (changed > 0) next(database, "wish");
    return changed;
  });
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("a row that was just written is not there");
  return value;
}
