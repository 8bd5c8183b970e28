/**
 * One process a site: a lock on `site.lock` that the system lets go of when the process ends, however it ends.
 * SQLite's own file lock, because Node has none.
 */
import { DatabaseSync } from "node:sqlite";

export class SiteLock implements Disposable {
  readonly #connection: DatabaseSync;

  /** Throws when another process has the site, or the folder cannot be written. */
  constructor(root: string) {
    this.#connection = new DatabaseSync(`${root}/site.lock`);
    try {
      this.#connection.exec("BEGIN EXCLUSIVE");
    } catch (cause) {
      this.#connection.close();
      throw new Error(`another process runs the site in ${root}: stop it first`, { cause });
    }
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
