/**
 * A version is installed whole: its files are the same on every distribution point of every site.
 */
import type { JournalEvent } from "../../domain/journal.ts";
import type { Found, Rule } from "./rule.ts";

export class InstalledWhole implements Rule {
  readonly name = "installed whole";
  readonly #first = new Map<string, JournalEvent>();

  see(event: JournalEvent, found: Found): void {
    const { action, packages = [], sourceVersion, server, digest } = event;
    if (action !== "installed" || digest === undefined) return;
    for (const id of packages) {
      const key = `${id} ${sourceVersion}`;
      const first = this.#first.get(key) ?? event;
      this.#first.set(key, first);
      if (first.digest === digest) continue;
      const what = `the files of ${id} version ${sourceVersion} on ${server}`;
      found(event, `${what} are not those on ${first.server} of site ${first.site}`);
    }
  }
}
