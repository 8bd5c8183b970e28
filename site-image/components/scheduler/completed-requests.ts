/**
 * Clears the send requests that a sender has marked completed or cancelled.
 */
import { join } from "node:path";

import type { SiteDatabase } from "../../database/site-database.ts";
import type { SendRequest } from "../../inboxes/documents.ts";
import { Inbox, type Place } from "../../inboxes/inbox.ts";
import { readSendRequest } from "../../inboxes/send-request-files.ts";
import { stages } from "../../inboxes/stages.ts";
import { isMissing } from "../../inboxes/whole-file.ts";
import { errorText } from "../../reporter.ts";
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
    for await (const _ of this.#outbox.changes(signal)) {
      for (const name of await this.#outbox.ready()) {
        try {
          await this.#clear(name);
        } catch (error) {
          this.#place.reporter.error(
            `cannot clear send request ${name}; tried again at the next sweep`,
            error,
          );
        }
      }
    }
  }

  async #clear(name: string): Promise<void> {
    const { reporter } = this.#place;
    const path = join(this.#outbox.folder, name + stages.sendRequest.claimed);
    const found = await this.#read(path, name);
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

  /** This site's sender writes it whole, so one that does not parse is not the sender's: it goes to quarantine. */
  async #read(path: string, name: string): Promise<SendRequest | undefined> {
    try {
      return await readSendRequest(path);
    } catch (error) {
      if (!isMissing(error)) await this.#outbox.quarantine(name, errorText(error));
      return undefined; // missing: put back meanwhile
    }
  }
}
