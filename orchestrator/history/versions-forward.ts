/**
 * Versions never go backwards: on a distribution point, in a site's compressed copy, in what a site knows of a package.
 */
import type { JournalEvent } from "../../domain/journal.ts";
import { isInstalled } from "../progress/board.ts";
import type { Found, Rule } from "./rule.ts";

export class VersionsForward implements Rule {
  readonly name = "versions go forward";
  /** The newest of each place. */
  readonly #newest = new Map<string, number>();

  see(event: JournalEvent, found: Found): void {
    const { site, packages = [], sourceVersion } = event;
    const place = placeOf(event);
    if (place === undefined || sourceVersion === undefined) return;
    for (const id of packages) {
      const key = `${site} ${place} ${id}`;
      const newest = this.#newest.get(key) ?? 0;
      if (sourceVersion < newest)
        found(event, `${place} ${id} goes from version ${newest} to ${sourceVersion}`);
      this.#newest.set(key, Math.max(newest, sourceVersion));
    }
  }
}

/** In words that the package's id follows. */
function placeOf(event: JournalEvent): string | undefined {
  const { action, server, peer } = event;
  if (server !== undefined) return isInstalled(event) ? `on ${server}` : undefined;
  if (action === "stored" || action === "compressed") return "the compressed copy of";
  return action === "recorded" && peer === undefined ? "the definition of" : undefined;
}
