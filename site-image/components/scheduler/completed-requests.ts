/**
 * Clears the send requests that a sender has marked completed or cancelled.
 */
import { join } from "node:path";

import { filesAtOnce } from "../../component.ts";
import { inParallel } from "../../content/in-parallel.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import { Inbox, type Place } from "../../inboxes/inbox.ts";
import { readWaiting } from "../../inboxes/send-request-files.ts";
import { stages } from "../../inboxes/stages.ts";
import { clearRequest } from "./clear-request.ts";

export class CompletedRequests {
  readonly #place: Place;
  readonly #database: SiteDatabase;
  /** Looked at for `.SRS` files; nothing is taken here. */
  readonly #outbox: Inbox;

  constructor(deps: { place: Place; database: SiteDatabase }, outbox: string) {
    const { place, database } = deps;
    this.#place = place;
    this.#database = database;
    this.#outbox = new Inbox(outbox, { ready: stages.sendRequest.claimed, claimed: "\0" }, place);
  }

  async run(signal: AbortSignal): Promise<void> {
    for await (const changed of this.#outbox.changes(signal)) {
      try {
        // Those of one look share their flushes.
        const names = await this.#outbox.ready(changed);
        await inParallel(names, filesAtOnce, (name) => this.#clearOrReport(name));
      } catch (error) {
        const folder = this.#place.folders.shown(this.#outbox.folder);
        this.#place.reporter.error(`cannot look through ${folder}; tried again at the next sweep`, error);
      }
    }
  }

  async #clearOrReport(name: string): Promise<void> {
    try {
      await this.#clear(name);
    } catch (error) {
      this.#place.reporter.error(`cannot clear send request ${name}; tried again at the next sweep`, error);
    }
  }

  async #clear(name: string): Promise<void> {
    const { reporter } = this.#place;
    const path = join(this.#outbox.folder, name + stages.sendRequest.claimed);
    const found = await readWaiting(this.#outbox, name, stages.sendRequest.claimed);
    if (!found) return;
    const { request, job, status, bytes, startedMs, endedMs, reason } = found;
    if (status !== "OK" && status !== "CANCELLED") return;
    await clearRequest({ place: this.#place, database: this.#database }, path, found);
    if (status === "CANCELLED") return reporter.info(`Send request ${request} is cleared: ${reason}`);
    const seconds = ((endedMs ?? 0) - (startedMs ?? 0)) / 1000;
    const rate = seconds > 0 ? Math.round(bytes / seconds) : bytes;
    reporter.info(
      `Send request ${request}: sending completed (${rate} bytes/sec). <JOB STATUS - COMPLETE> job ${job}`,
    );
  }
}
