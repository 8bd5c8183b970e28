/**
 * A journal counts its events without gaps. Where one is missing, or told twice, the other rules judge what did not
 * happen.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import type { Found, Rule } from "./rule.ts";

export class UnbrokenJournal implements Rule {
  readonly name = "unbroken journal";
  readonly #last = new Map<SiteCode, number>();

  see(event: JournalEvent, found: Found): void {
    const { site, sequence } = event;
    const last = this.#last.get(site) ?? 0;
    if (sequence !== last + 1) found(event, `event ${sequence} follows event ${last}`);
    this.#last.set(site, sequence);
  }
}
