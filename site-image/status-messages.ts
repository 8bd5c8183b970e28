/**
 * The status messages of a site on their way into its database. One that the disk does not take waits in memory, in
 * order, with the time it was raised at, until the next: a message must never be the failure of what it tells of.
 */
import type { StatusMessage } from "../domain/status-messages.ts";
import type { SiteDatabase } from "./database/site-database.ts";
import { addStatusMessage } from "./database/status-messages.ts";
import type { DiskTrouble } from "./disk-trouble.ts";

type Message = Omit<StatusMessage, "sequence">;
type Deps = { readonly database: SiteDatabase; readonly disk: Pick<DiskTrouble, "met"> };

/** More than those are not kept: the first tell most. */
const mostWaiting = 1000;

export class StatusMessages {
  readonly #deps: Deps;
  readonly #waiting: Message[] = [];

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Keeps a message, now or as soon as the disk takes it. Never throws. */
  add(message: Message): void {
    if (this.#waiting.length < mostWaiting) this.#waiting.push(message);
    const { database, disk } = this.#deps;
    try {
      for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
        addStatusMessage(database, next);
        this.#waiting.shift();
      }
    } catch (error) {
      disk.met(message.component, error);
    }
  }
}
