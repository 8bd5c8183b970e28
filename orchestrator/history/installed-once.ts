/**
 * Each version of a package is installed at most once on a distribution point, but for a redistribution, and after it
 * was taken off.
 */
import type { JournalEvent } from "../../domain/journal.ts";
import { isInstalled } from "../progress/board.ts";
import type { Found, Rule } from "./rule.ts";

export class InstalledOnce implements Rule {
  readonly name = "installed once";
  readonly #installed = new Map<string, JournalEvent>();

  see(event: JournalEvent, found: Found): void {
    const { site, server, packages = [], action } = event;
    if (server === undefined) return;
    for (const id of packages) {
      const key = `${site} ${server} ${id}`;
      if (action === "uninstalled") this.#installed.delete(key);
      if (!isInstalled(event)) continue;
      const before = this.#installed.get(key);
      // What a site that died had installed it finds, and then only records it.
      if (before && action === "installed" && isSame(before, event)) {
        const how = `${id} version ${event.sourceVersion} is installed on ${server} again`;
        found(event, `${how}, where it has been since event ${before.sequence}`);
      }
      this.#installed.set(key, event);
    }
  }
}

function isSame(one: JournalEvent, other: JournalEvent): boolean {
  return one.sourceVersion === other.sourceVersion && one.redistribution === other.redistribution;
}
