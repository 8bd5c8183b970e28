/**
 * What this site was told to go wrong. The quota of its share is kept over restarts, as a full disk would be; a
 * corruption that has not happened by then is forgotten.
 */
import type { SiteFaults } from "../domain/fault.ts";
import type { SiteCode } from "../domain/identifiers.ts";
import { keepQuota, keptQuota } from "./database/settings.ts";
import type { SiteDatabase } from "./database/site-database.ts";

export class Faults {
  readonly #database: SiteDatabase;
  readonly #corruptFrom = new Set<SiteCode>();
  #quotaBytes: number | null;

  constructor(database: SiteDatabase) {
    this.#database = database;
    this.#quotaBytes = keptQuota(database);
  }

  get all(): SiteFaults {
    return { quotaBytes: this.#quotaBytes, corruptFrom: [...this.#corruptFrom] };
  }

  /** Of the files in the share together; undefined where the disk alone limits it. */
  get quotaBytes(): number | undefined {
    return this.#quotaBytes ?? undefined;
  }

  limitShare(quotaBytes: number | null): void {
    keepQuota(this.#database, quotaBytes);
    this.#quotaBytes = quotaBytes;
  }

  /** The next bytes of a package from there are damaged, once. */
  corruptNextFrom(site: SiteCode): void {
    this.#corruptFrom.add(site);
  }

  /** Flips a bit in the middle of bytes that have come from a site, if that is due. True if it did. */
  damage(site: SiteCode, chunks: readonly Buffer[]): boolean {
    const longest = chunks.reduce((a, b) => (b.length > a.length ? b : a), Buffer.alloc(0));
    if (longest.length === 0 || !this.#corruptFrom.delete(site)) return false;
    const at = longest.length >> 1;
    longest.writeUInt8(longest.readUInt8(at) ^ 1, at);
    return true;
  }

  /** Everything is as it should be again. */
  end(): void {
    this.limitShare(null);
    this.#corruptFrom.clear();
  }
}
