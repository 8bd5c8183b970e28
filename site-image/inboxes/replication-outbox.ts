/**
 * Writes the replication files (`Replmgr.box/Outbound/<priority>/<number>.RPT`) that rows in the site database ask
 * for. Whoever added a row calls this after its transaction; a crash between repeats a file, under the same number,
 * and Replication Manager makes one job of it all the same.
 */
import { join } from "node:path";

import { packagesOf } from "../../domain/replication.ts";
import { outboundReplications, outboundReplicationWritten } from "../database/outbound-replication.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import { type Place, putDocuments } from "./inbox.ts";
import { stages } from "./stages.ts";

export class ReplicationOutbox {
  readonly #database: SiteDatabase;
  #writing: Promise<void> = Promise.resolve();

  constructor(database: SiteDatabase) {
    this.#database = database;
  }

  /** Resolves when every row there was when it was called has its file. One at a time, so that none is written twice. */
  flush(place: Place): Promise<void> {
    const before = this.#writing.catch(() => {}); // whoever started that one is told of its failure
    this.#writing = before.then(() => this.#writeAll(place));
    return this.#writing;
  }

  async #writeAll(place: Place): Promise<void> {
    const rows = outboundReplications(this.#database);
    if (rows.length === 0) return;
    // In order: a definition is there before its content.
    await putDocuments(
      place,
      rows.map(({ number, replication }) => ({
        path: join(
          place.folders.replicationOutbound(replication.priority),
          `${String(number).padStart(8, "0")}${stages.replication.ready}`,
        ),
        document: { version: 1, ...replication },
        subject: { packages: packagesOf(replication.object), peer: replication.destination },
      })),
    );
    this.#database.transaction(() => {
      for (const { number } of rows) outboundReplicationWritten(this.#database, number);
    });
  }
}
