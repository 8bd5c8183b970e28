/**
 * Numbers given out once: package ids, jobs and send requests.
 */
import {
  type JobId,
  jobIdOf,
  type PackageId,
  packageIdOf,
  type RequestId,
  requestIdOf,
  type SiteCode,
} from "../../domain/identifiers.ts";
import { type Priority, priorityNumber } from "../../domain/priority.ts";
import type { SiteDatabase } from "./site-database.ts";

function next(database: SiteDatabase, counter: "package" | "job" | "request"): number {
  const row = database.one<{ value: number }>(
    "INSERT INTO counter (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
    counter,
  );
  if (!row) throw new Error(`the counter ${counter} gave no number`);
  return row.value;
}

export function nextPackageId(database: SiteDatabase, site: SiteCode): PackageId {
  return packageIdOf(site, next(database, "package"));
}

/** The job for `origin` (the name of what it is made from): the same origin is always the same job. */
export function jobFor(database: SiteDatabase, origin: string): JobId {
  return database.transaction(() => {
    const known = database.one<{ id: JobId }>("SELECT id FROM job WHERE origin = ?", origin);
    if (known) return known.id;
    const id = jobIdOf(next(database, "job"));
    database.run("INSERT INTO job (origin, id) VALUES (?, ?)", origin, id);
    return id;
  });
}

/** The send request for a job: the same job is always the same request, so its receiver can tell it came before. */
export function requestFor(
  database: SiteDatabase,
  job: JobId,
  priority: Priority,
  site: SiteCode,
): RequestId {
  return database.transaction(() => {
    const known = database.one<{ id: RequestId }>("SELECT id FROM send_request WHERE job = ?", job);
    if (known) return known.id;
    const id = requestIdOf(priorityNumber[priority], next(database, "request"), site);
    database.run("INSERT INTO send_request (job, id) VALUES (?, ?)", job, id);
    return id;
  });
}
