/**
 * Writes into the first of the requests that wait in a sender's outbox why they do, for whoever looks. The rest wait
 * behind them.
 */
import type { SenderType } from "../../domain/package.ts";
import type { SendRequest } from "../inboxes/documents.ts";
import type { Inbox, Place } from "../inboxes/inbox.ts";
import { writeReason } from "./waiting-request.ts";
import type { WaitingRequests } from "./waiting-requests.ts";

/**
 * So many are told, and so often in real milliseconds. What is sent within that time is never told: with many small
 * packages each was written twice more for it.
 */
const toldWhy = 20;
const tellEveryMs = 1000;

type Deps = {
  readonly place: Place;
  readonly type: SenderType;
  readonly outbox: Inbox;
  readonly waiting: WaitingRequests;
  /** Empty where a request is about to go. */
  reasonOf(request: SendRequest): string;
};

export class WaitingReasons {
  readonly #deps: Deps;
  /** When they were told last, in real time. */
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Tells them, or has the outbox looked through again when it is time to, unless that is `over` before. */
  async tell(over: AbortSignal): Promise<void> {
    const { place, type, outbox, waiting, reasonOf } = this.#deps;
    const { clock } = place;
    const everyMs = type === "LAN" ? tellEveryMs : 0; // a line carries few
    const waitMs = this.#toldMs + everyMs - clock.realNow();
    if (waitMs > 0) {
      void clock.sleepReal(waitMs, over).then(() => {
        if (!over.aborted) outbox.look("nothing new");
      });
      return;
    }
    this.#toldMs = clock.realNow();
    for (const request of waiting.first(toldWhy)) {
      const reason = reasonOf(request);
      if (request.reason === reason || reason === "") continue;
      const told = { ...request, reason };
      waiting.set(request.request, told);
      await writeReason(place, outbox.folder, told);
    }
  }
}
