/**
 * SQL Monitor: turns each row that a trigger put in the wake-up table into `Distmgr.box/<PackageID>.PKN`, then marks
 * the row done. A crash between the two repeats the file, harmlessly: it only says "look".
 */
import { join } from "node:path";

import type { PackageId } from "../../domain/identifiers.ts";
import type { Component } from "../component.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import { type Place, putDocuments } from "../inboxes/inbox.ts";
import { stages } from "../inboxes/stages.ts";

type Deps = { place: Place; database: SiteDatabase };

/** The database says when to look; this is only for what it could not say. Real milliseconds. */
const sweepEveryMs = 30_000;

/** So many rows at a time; the commit that marks them done has the loop look again. */
const largestBatch = 100;

export class SqlMonitor implements Component {
  readonly name = "SMS_SQL_MONITOR";
  readonly log = "smsdbmon";
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async recover(): Promise<void> {} // rows not marked done are the memory

  async run(signal: AbortSignal): Promise<void> {
    const { database, place } = this.#deps;
    let wake = Promise.withResolvers<void>();
    database.onCommit(() => wake.resolve(), signal, wakingTables(database));
    place.disk.onOver(() => wake.resolve(), signal);
    while (!signal.aborted) {
      wake = Promise.withResolvers();
      try {
        await this.#drain();
      } catch (error) {
        place.reporter.error("cannot write wake-up files; tried again with the next change", error);
      }
      const rest = new AbortController(); // else every commit would leave a timer behind
      const either = AbortSignal.any([signal, rest.signal]);
      await Promise.race([wake.promise, place.clock.sleepReal(sweepEveryMs, either)]);
      rest.abort("woken"); // without a reason it would make an error, stack and all
    }
  }

  async #drain(): Promise<void> {
    const { database, place } = this.#deps;
    const rows = database.all<{ packageId: PackageId; last: number }>(
      "SELECT package_id AS packageId, max(id) AS last FROM wakeup WHERE done = 0 GROUP BY package_id ORDER BY last LIMIT ?",
      largestBatch,
    );
    if (rows.length === 0) return;
    const file = (id: PackageId) =>
      join(place.folders.distributionManager, id + stages.packageNotification.ready);
    // Files first, then their rows, in one transaction: with many packages that is one commit and one flush of the
    // folder instead of one of each for every package.
    await putDocuments(
      place,
      rows.map(({ packageId }) => ({
        path: file(packageId),
        document: { version: 1, packageId },
        subject: { packages: [packageId] },
      })),
    );
    database.transaction(() => {
      for (const { packageId, last } of rows)
        database.run(
          "UPDATE wakeup SET done = 1 WHERE done = 0 AND package_id = ? AND id <= ?",
          packageId,
          last,
        );
    });
    for (const { packageId } of rows)
      place.reporter.info(`Wrote the wake-up file ${packageId}.PKN for Distribution Manager`);
  }
}

/** The wake-up table, and those whose triggers write to it. */
function wakingTables(database: SiteDatabase): string[] {
  const sql =
    "SELECT DISTINCT tbl_name AS name FROM sqlite_schema WHERE type = 'trigger' AND sql LIKE '%INTO wakeup%'";
  return ["wakeup", ...database.all<{ name: string }>(sql).map(({ name }) => name)];
}
