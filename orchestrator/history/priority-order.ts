/**
 * What a sender takes next is the highest priority, and of those the oldest, among what it may send: decided at the
 * start of a sending, and never taken back. Judged is what the journal alone can decide: of two requests for one site
 * the same address decides, so the one that goes first goes first; and a site to which this run of the sender has sent
 * nothing has a connection free. A request that was sent before and waits for its next try is passed over.
 */
import type { RequestId, SiteCode } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import { compareRequests } from "../../domain/send-request-order.ts";
import { requestFileOf } from "./request-file.ts";
import type { Found, Rule } from "./rule.ts";

type Outbox = {
  /** What lies ready, and the number of the event that brought it. */
  readonly ready: Map<RequestId, number>;
  /** What was sent in vain and waits for its next try: the sender knows of that after a restart, too. */
  readonly tried: Set<RequestId>;
  /** What this run of the site has taken, and where it went. */
  readonly taken: Set<RequestId>;
  readonly sites: Set<SiteCode>;
};

export class PriorityOrder implements Rule {
  readonly name = "priority order";
  readonly #outboxes = new Map<SiteCode, Map<string, Outbox>>();
  readonly #destinations = new Map<RequestId, SiteCode>();

  see(event: JournalEvent, found: Found): void {
    const { site, action, sequence, peer } = event;
    if (action === "started") {
      for (const outbox of this.#outboxes.get(site)?.values() ?? []) {
        outbox.taken.clear();
        outbox.sites.clear();
      }
    }
    const to = requestFileOf(event.file);
    const from = requestFileOf(event.from) ?? (action === "deleted" ? to : undefined);
    if (action === "claimed" && to?.outbox)
      this.#take(event, to.request, this.#outbox(site, to.outbox), found);
    if (from?.outbox) this.#outbox(site, from.outbox).ready.delete(from.request);
    if (!to) return;
    if (peer && action !== "deleted") this.#destinations.set(to.request, peer);
    if (action === "deleted" || action === "quarantined") this.#destinations.delete(to.request);
    const isBrought = action === "created" || action === "renamed" || action === "released";
    if (to.outbox && !to.isClaimed && isBrought)
      this.#outbox(site, to.outbox).ready.set(to.request, sequence);
    if (to.outbox && action === "released" && event.text !== undefined)
      this.#outbox(site, to.outbox).tried.add(to.request);
  }

  #take(event: JournalEvent, request: RequestId, outbox: Outbox, found: Found): void {
    const site = this.#destinations.get(request);
    const { seen } = event;
    if (seen !== undefined && site !== undefined) {
      for (const [other, since] of outbox.ready) {
        const goesFirst = compareRequests(other, request) < 0;
        if (!goesFirst || since > seen || outbox.taken.has(other) || outbox.tried.has(other)) continue;
        const otherSite = this.#destinations.get(other);
        if (otherSite === undefined || (otherSite !== site && outbox.sites.has(otherSite))) continue;
        found(event, `it is taken before ${other}, which waited for site ${otherSite} since event ${since}`);
        break;
      }
    }
    outbox.tried.delete(request);
    outbox.taken.add(request);
    if (site) outbox.sites.add(site);
  }

  #outbox(site: SiteCode, name: string): Outbox {
    const own = this.#outboxes.get(site) ?? new Map<string, Outbox>();
    this.#outboxes.set(site, own);
    const outbox = own.get(name) ?? {
      ready: new Map(),
      tried: new Set(),
      taken: new Set(),
      sites: new Set(),
    };
    own.set(name, outbox);
    return outbox;
  }
}
