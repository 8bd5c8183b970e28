/**
 * Clears the send requests that a sender has marked completed: package file, instruction, request, in that order, so
 * that while there is a request its files are there too.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { type SendRequest, sendRequest } from "../../inboxes/documents.ts";
import { Inbox, type Place } from "../../inboxes/inbox.ts";
import { stages } from "../../inboxes/stages.ts";
import { removeDurably } from "../../inboxes/whole-file.ts";

export class CompletedRequests {
  readonly #place: Place;
  /** Looked at for `.SRS` files; nothing is taken here. */
  readonly #outbox: Inbox;

  constructor(place: Place, outbox: string) {
    this.#place = place;
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
    const { folders, reporter } = this.#place;
    const path = join(this.#outbox.folder, name + stages.sendRequest.claimed);
    const text = await readFile(path, "utf8").catch(() => ""); // put back meanwhile
    if (text === "") return;
    const parsed: SendRequest = sendRequest.parse(JSON.parse(text)); // written by this site's sender, whole
    if (parsed.status !== "OK") return;
    const { request, job, packages, destination, packageFile, instructionFile } = parsed;
    for (const file of [packageFile, instructionFile].map((part) => join(folders.toSend, part))) {
      await removeDurably(file, () =>
        reporter.event({ action: "deleted", file: folders.shown(file), packages, job, request }),
      );
    }
    await removeDurably(path, () =>
      reporter.event({
        action: "deleted",
        file: folders.shown(path),
        packages,
        job,
        request,
        peer: destination,
      }),
    );
    const seconds = ((parsed.endedMs ?? 0) - (parsed.startedMs ?? 0)) / 1000;
    const rate = seconds > 0 ? Math.round(parsed.bytes / seconds) : parsed.bytes;
    reporter.info(
      `Send request ${request}: sending completed (${rate} bytes/sec). <JOB STATUS - COMPLETE> job ${job}`,
    );
  }
}
