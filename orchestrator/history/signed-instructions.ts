/**
 * No instruction is carried out that its sender did not sign: each is one that the sender's own journal tells of, with
 * the same text and the same signature. Where the sender's journal does not reach over that moment, nothing is judged.
 */
import type { RequestId, SiteCode } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import type { Found, Rule } from "./rule.ts";

export class SignedInstructions implements Rule {
  readonly name = "signed instructions";
  readonly #signed = new Map<RequestId, Set<string>>();
  readonly #firstMs = new Map<SiteCode, number>();
  readonly #lastMs = new Map<SiteCode, number>();
  /** Carried out, and not known to be signed yet: the sender's journal may be told later. */
  readonly #open: JournalEvent[] = [];

  see(event: JournalEvent, found: Found): void {
    const { site, action, request, digest, file = "", realMs } = event;
    if (!this.#firstMs.has(site)) this.#firstMs.set(site, realMs);
    this.#lastMs.set(site, realMs);
    if (request === undefined) return;
    if (action === "created" && digest !== undefined && file.endsWith(".I00")) {
      const known = this.#signed.get(request) ?? new Set();
      this.#signed.set(request, known.add(digest));
    }
    if (action !== "accepted") return;
    if (event.peer !== request.slice(-3)) found(event, `it is carried out as one of site ${event.peer}`);
    else if (!this.#isSigned(event)) this.#open.push(event);
  }

  end(found: Found): void {
    const left = this.#open.splice(0).filter((event) => !this.#isSigned(event));
    this.#open.push(...left);
    for (const event of left) {
      const firstMs = this.#firstMs.get(event.peer as SiteCode) ?? Number.POSITIVE_INFINITY;
      const lastMs = this.#lastMs.get(event.peer as SiteCode) ?? 0;
      if (firstMs > event.realMs || lastMs < event.realMs) continue;
      found(event, `it is carried out, and site ${event.peer} did not sign it`);
    }
  }

  #isSigned({ request, digest }: JournalEvent): boolean {
    if (request === undefined || digest === undefined) return false;
    return this.#signed.get(request)?.has(digest) ?? false;
  }
}
