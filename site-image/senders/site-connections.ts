/**
 * The connections of a site to the others: a pool for each site's URL, kept alive between transfers.
 * Their owner disposes of them; what is still under way then fails.
 */
import { Pool } from "undici";

/** Real milliseconds: they are about the machines, not about the emulated day. */
const connectTimeoutMs = 10_000;
/** Without an answer, or without taking or giving a byte, for this long, the other side is taken for gone. */
const silenceMs = 60_000;

export class SiteConnections implements AsyncDisposable {
  readonly #pools = new Map<string, Pool>();
  readonly #authority: string | undefined;

  /** `authority` (PEM) is what certificates of other sites must come from. Default: those that Node knows. */
  constructor(authority?: string) {
    this.#authority = authority;
  }

  /** The pool for the site at `url`; only the origin of the URL counts. */
  to(url: string): Pool {
    const { origin } = new URL(url);
    const known = this.#pools.get(origin);
    if (known) return known;
    const pool = new Pool(origin, {
      connect: { timeout: connectTimeoutMs, ...(this.#authority && { ca: this.#authority }) },
      headersTimeout: silenceMs,
      bodyTimeout: silenceMs,
      allowH2: false, // over HTTP/2 a yielded buffer may still wait when the next is asked for (file-bytes.ts)
      maxResponseSize: 64 * 1024, // answers of a share are short
    });
    this.#pools.set(origin, pool);
    return pool;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
}
