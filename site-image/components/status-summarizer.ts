/**
 * Component Status Summarizer: tells the parent of the warnings and errors of this site and of those below it, in sum
 * (a row a site, component and severity, with the last message). At once, then at most every quarter of an hour; and
 * nothing more while the parent has not got what it was told last, so that a site cut off for a week queues one.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { Component } from "../component.ts";
import { addOutboundReplication } from "../database/outbound-replication.ts";
import { hasNewsOnItsWay } from "../database/send-requests.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import { tallyTold, untoldTallies } from "../database/status-messages.ts";
import type { Place } from "../inboxes/inbox.ts";
import type { ReplicationOutbox } from "../inboxes/replication-outbox.ts";

type Deps = { place: Place; database: SiteDatabase; outbox: ReplicationOutbox; parent: SiteCode | null };

/** Emulated milliseconds between two summaries. */
const everyMs = 15 * 60_000;

export class StatusSummarizer implements Component {
  readonly name = "SMS_COMPONENT_STATUS_SUMMARIZER";
  readonly log = "compsumm";
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async recover(): Promise<void> {} // what was not told is in the database

  async run(signal: AbortSignal): Promise<void> {
    const { place, database } = this.#deps;
    let news = Promise.withResolvers<void>();
    database.onCommit(() => news.resolve(), signal, ["status_message", "status_tally"]);
    signal.addEventListener("abort", () => news.resolve(), { once: true });
    while (!signal.aborted) {
      news = Promise.withResolvers();
      try {
        if (await this.#tell()) await place.clock.sleep(everyMs, signal);
        else await news.promise;
      } catch (error) {
        place.reporter.error("cannot summarize status messages; tried again later", error);
        await place.clock.sleep(everyMs, signal);
      }
    }
  }

  /** False where there is nothing to tell, or nobody. */
  async #tell(): Promise<boolean> {
    const { place, database, outbox, parent } = this.#deps;
    if (!parent) return false;
    const rows = untoldTallies(database, place.site);
    if (rows.length === 0) return false;
    if (hasNewsOnItsWay(database, parent)) return true;
    database.transaction(() => {
      addOutboundReplication(database, {
        destination: parent,
        priority: "low",
        preferredSender: "*",
        object: { kind: "statusTally", rows },
      });
      for (const row of rows) tallyTold(database, place.site, row);
    });
    await outbox.flush(place);
    place.reporter.info(`Told site ${parent} of warnings and errors: ${rows.length} rows`);
    return true;
  }
}
