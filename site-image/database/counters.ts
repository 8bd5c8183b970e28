/**
 * Numbers given out once: package ids, jobs and send requests; and how often something was wished of a request.
 */
import { type JobId, jobIdOf, type PackageId, packageIdOf, type SiteCode } from "../../domain/identifiers.ts";
import type { SiteDatabase } from "./site-database.ts";

type Counter = "package" | "job" | "request" | "wish";

/** The last number given out; 0 before the first. */
export function counted(database: SiteDatabase, counter: Counter): number {
  const sql = `SELECT value FROM counter WHERE name = '${counter}'`;
  return database.kept<{ value: number }>("counter", sql)?.value ?? 0;
}

export function next(database: SiteDatabase, counter: Counter): number {
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
