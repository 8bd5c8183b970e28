/**
 * The live status in a `.SRS`: kept on the disk when the state changes, now and then while bytes flow. How far a
 * transfer really is, the receiver knows.
 */
import { existsSync } from "node:fs";

import type { SiteCode } from "../../domain/identifiers.ts";
import type { ClaimedFile } from "../inboxes/claimed-file.ts";
import type { SendRequest } from "../inboxes/documents.ts";
import type { Place } from "../inboxes/inbox.ts";
import { writeWhole } from "../inboxes/whole-file.ts";

/**
 * How often, in real milliseconds, the `.SRS` and those who watch are told how far a transfer is. Where more than so many
 * are under way each is told of less often: of 1,000 of them this was most of what their process did.
 */
const statusEveryMs = 500;
const progressEveryMs = 100;
const oftenUpTo = 5;

export class StatusFile {
  document: SendRequest;
  readonly #place: Place;
  readonly #file: ClaimedFile;
  #shownMs = 0;
  #keptMs = 0;
  #keeping: Promise<void> = Promise.resolve();

  constructor(place: Place, file: ClaimedFile, document: SendRequest) {
    this.#place = place;
    this.#file = file;
    this.document = document;
  }

  set(change: Partial<SendRequest>): void {
    this.document = { ...this.document, ...change };
  }

  /** Writes a new status, and says so in the journal. */
  keep(): Promise<void> {
    const { folders, reporter } = this.#place;
    const { request, job, packages, status: text } = this.document;
    const file = folders.shown(this.#file.path);
    return this.#write(() => reporter.event({ action: "updated", file, request, job, packages, text }));
  }

  /** `underWay`: how many sendings its sender has. */
  progress(
    offset: number,
    underWay: number,
    subject: { request: SendRequest["request"]; packages: SendRequest["packages"]; peer: SiteCode },
  ): void {
    const sparingly = Math.max(1, underWay / oftenUpTo);
    const { bytes } = this.document;
    this.set({ syncPoint: offset, bytesLeft: bytes - offset });
    const nowMs = this.#place.clock.realNow();
    if (nowMs - this.#shownMs >= progressEveryMs * sparingly || offset === bytes) {
      this.#shownMs = nowMs;
      this.#place.reporter.progress({ ...subject, bytes, offset });
    }
    if (nowMs - this.#keptMs < statusEveryMs * sparingly || !existsSync(this.#file.path)) return;
    this.#write().catch((error: unknown) =>
      this.#place.reporter.error("cannot write the status of a send request", error),
    );
  }

  /** One write at a time, each with the newest. */
  #write(onVisible = () => {}): Promise<void> {
    this.#keptMs = this.#place.clock.realNow();
    this.#keeping = this.#keeping
      .catch(() => {}) // reported by whoever waited for that one
      .then(() => writeWhole(this.#file.path, `${JSON.stringify(this.document, null, 1)}\n`, onVisible));
    return this.#keeping;
  }
}
