/**
 * The windows of the addresses by which the requests in a sender's outbox would go. When one closes, those that wait are
 * the Scheduler's, who knows of other addresses and other times.
 */
import { isOpen, openUntil } from "../../domain/schedule.ts";
import type { TimeZone } from "../../domain/time-zone.ts";
import type { Inbox, Place } from "../inboxes/inbox.ts";
import type { AddressConnections } from "./address-connections.ts";
import { giveBack } from "./waiting-request.ts";
import type { WaitingRequests } from "./waiting-requests.ts";

type Deps = {
  readonly place: Place;
  readonly zone: TimeZone;
  readonly outbox: Inbox;
  readonly waiting: WaitingRequests;
  readonly connections: Pick<AddressConnections, "addressTo">;
};

export class WaitingWindows {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Gives back what its address does not let go now. */
  async putBackClosed(): Promise<void> {
    const { place, zone, outbox, waiting, connections } = this.#deps;
    const nowMs = place.clock.now();
    for (const { destination, priority, names } of waiting.queues()) {
      const address = connections.addressTo(destination);
      if (address && isOpen(address.schedule, zone, priority, nowMs)) continue;
      for (const name of [...names]) {
        const request = waiting.get(name);
        waiting.delete(name);
        if (request) await giveBack(place, outbox.folder, request);
      }
    }
  }

  /** Has the outbox looked through again when the first of the windows closes, unless that is `over` before. */
  lookAtClosing(over: AbortSignal): void {
    const { place, zone, outbox, waiting, connections } = this.#deps;
    const { clock } = place;
    const nowMs = clock.now();
    const closings = waiting.queues().flatMap(({ destination, priority }) => {
      const address = connections.addressTo(destination);
      return address ? [openUntil(address.schedule, zone, priority, nowMs)] : [];
    });
    if (closings.length === 0) return;
    void clock.sleep(Math.min(...closings) - nowMs, over).then(() => {
      if (!over.aborted) outbox.look();
    });
  }
}
