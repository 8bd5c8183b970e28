/**
 * An archive read entry by entry, several at the same time if need be. Trusts nothing in it but that its entries are in
 * their order (folder-listing.ts): who depends on more asks for the digest of its bytes at the end.
 */
import { createHash } from "node:crypto";
import { addAbortSignal } from "node:stream";
import { createZstdDecompress } from "node:zlib";

import { feed } from "./feed.ts";
import { archiveBlocks, decompression } from "./package-archive.ts";
import { type TarEntry, TarReader } from "./tar-reader.ts";

export class ArchiveReader implements AsyncDisposable {
  readonly #hash = createHash("sha256");
  readonly #decompressor = createZstdDecompress(decompression);
  readonly #reader = new TarReader(this.#decompressor);
  readonly #feeding: Promise<void>;

  constructor(archive: string, signal?: AbortSignal) {
    if (signal) addAbortSignal(signal, this.#decompressor);
    this.#feeding = feed(this.#decompressor, archiveBlocks(archive, this.#hash));
    this.#feeding.catch(() => {}); // whoever reads the entries hears of it
  }

  /** The next entry, or undefined at the end; its path as in a listing. Passes over contents that were not read. */
  async next(): Promise<TarEntry | undefined> {
    const entry = await this.#reader.next();
    return entry?.type === "directory" ? { ...entry, path: entry.path.replace(/\/$/, "") } : entry;
  }

  /** What is left of the entry's contents, as it comes. A chunk stays valid. */
  contents(): AsyncGenerator<Buffer> {
    return this.#reader.contents();
  }

  /** SHA-256 of the archive, once `next` has come to its end. */
  async sha256(): Promise<string> {
    await this.#feeding;
    return this.#hash.copy().digest("hex");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#decompressor.destroy();
    await Promise.allSettled([this.#feeding]);
  }
}

/** Entries of two archives side by side: below 0 where the first comes before the other, 0 where both are of one path. */
export function orderOf(one: TarEntry | undefined, other: TarEntry | undefined): number {
  if (!one || !other) return Number(!one) - Number(!other);
  if (one.path === other.path) return 0;
  if (one.path === "." || other.path === ".") return one.path === "." ? -1 : 1; // the folder itself comes first
  return one.path < other.path ? -1 : 1;
}
