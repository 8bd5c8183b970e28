/**
 * Nothing is delivered twice: a site commits each request once, and stores a version once, but where its copy was
 * deleted since.
 */
import type { JournalEvent } from "../../domain/journal.ts";
import type { Found, Rule } from "./rule.ts";

export class DeliveredOnce implements Rule {
  readonly name = "delivered once";
  /** The requests that each site has committed, by the site that sent them. */
  readonly #committed = new Map<string, Set<string>>();
  /** The version in each compressed copy. */
  readonly #stored = new Map<string, number | undefined>();

  see(event: JournalEvent, found: Found): void {
    const { site, action, file = "", from = "", request, peer, packages = [], sourceVersion } = event;
    // A neighbour that lost its folder and is attached again counts its requests from the start.
    if (action === "attached" || action === "detached") this.#committed.delete(`${site} ${peer}`);
    if (action === "renamed" && request && from.endsWith(".TMP") && file.endsWith(".SNI")) {
      const key = `${site} ${request.slice(-3)}`;
      const known = this.#committed.get(key) ?? new Set();
      this.#committed.set(key, known);
      if (known.has(request)) found(event, "it is committed again");
      known.add(request);
    }
    if (!/^SMSPKG\/[^/]+\.PKG$/.test(file)) return;
    for (const id of packages) {
      const key = `${site} ${id}`;
      if (action === "deleted") this.#stored.delete(key);
      if (action === "stored" && this.#stored.get(key) === sourceVersion)
        found(event, `${id} version ${sourceVersion} is stored again`);
      if (action === "stored" || action === "compressed") this.#stored.set(key, sourceVersion);
    }
  }
}
