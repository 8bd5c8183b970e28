/**
 * What is wished of a request while it is sent: the signal aborts when it is to be held or cancelled. One that a newer
 * version supersedes goes on, and is withdrawn only should it be put back.
 */
import type { RequestId } from "../../domain/identifiers.ts";
import { requestById, type Wish, wishRevision } from "../database/send-requests.ts";
import type { SiteDatabase } from "../database/site-database.ts";

export class RunningWish implements Disposable {
  /** Set when the signal has aborted. */
  wish: Wish | undefined;
  readonly #stop = new AbortController();
  readonly #over = new AbortController();

  constructor(database: SiteDatabase, request: RequestId) {
    let revision = -1;
    const look = () => {
      const now = wishRevision(database);
      if (now === revision) return;
      revision = now;
      const found = requestById(database, request);
      if (found?.wish !== "hold" && found?.wish !== "cancel") return;
      this.wish = found;
      this.#stop.abort();
    };
    database.onCommit(look, this.#over.signal);
    look();
  }

  /** Aborts when it is not to go on. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }
}
