/**
 * What a sender has done since the site started, by destination, as the counters of SMS senders tell it: bytes
 * attempted, sent and failed, and what is sent now. Attempted is what was handed to the connection, of package files;
 * it becomes sent when its sending ends, also where a window closed or the site stops (the target holds it, and the
 * next sending goes on from there), and failed when its sending fails.
 */
import type { Clock } from "../../domain/clock.ts";
import type { SiteCode } from "../../domain/identifiers.ts";

export type DestinationCounts = {
  attemptedBytes: number;
  sentBytes: number;
  failedBytes: number;
  sendings: number;
  failures: number;
  threads: number;
};

/** The rate is over so many whole seconds of real time before this one. */
const rateSeconds = 5;

export class SenderCounters {
  readonly #clock: Pick<Clock, "realNow" | "scale">;
  readonly #counts = new Map<SiteCode, DestinationCounts>();
  /** Bytes handed over in the last seconds, by destination and second of real time. */
  readonly #recent = new Map<SiteCode, Map<number, number>>();

  constructor(clock: Pick<Clock, "realNow" | "scale">) {
    this.#clock = clock;
  }

  get counts(): ReadonlyMap<SiteCode, Readonly<DestinationCounts>> {
    return this.#counts;
  }

  /** Sendings to all sites that run now. */
  get underWay(): number {
    let threads = 0;
    for (const counts of this.#counts.values()) threads += counts.threads;
    return threads;
  }

  /** Bytes in an emulated second, as lines and limits are told. */
  bytesPerSecond(site: SiteCode): number {
    const now = Math.floor(this.#clock.realNow() / 1000);
    let bytes = 0;
    for (const [second, count] of this.#recent.get(site) ?? [])
      if (second < now && second >= now - rateSeconds) bytes += count;
    return bytes / rateSeconds / this.#clock.scale();
  }

  /** One sending; it ends when it is disposed of. */
  begin(site: SiteCode): CountedSending {
    const counts = this.#of(site);
    return new CountedSending(counts, (bytes) => this.#handedOver(site, bytes));
  }

  #of(site: SiteCode): DestinationCounts {
    const known = this.#counts.get(site);
    if (known) return known;
    const made = { attemptedBytes: 0, sentBytes: 0, failedBytes: 0, sendings: 0, failures: 0, threads: 0 };
    this.#counts.set(site, made);
    return made;
  }

  #handedOver(site: SiteCode, bytes: number): void {
    const recent = this.#recent.get(site) ?? new Map<number, number>();
    this.#recent.set(site, recent);
    const now = Math.floor(this.#clock.realNow() / 1000);
    recent.set(now, (recent.get(now) ?? 0) + bytes);
    for (const second of recent.keys()) if (second < now - rateSeconds) recent.delete(second);
  }
}

export class CountedSending implements Disposable {
  readonly #counts: DestinationCounts;
  readonly #handedOver: (bytes: number) => void;
  #from = 0;
  #reached = 0;
  #hasFailed = false;

  constructor(counts: DestinationCounts, handedOver: (bytes: number) => void) {
    this.#counts = counts;
    this.#handedOver = handedOver;
    counts.sendings++;
    counts.threads++;
  }

  started(offset: number): void {
    this.#from = offset;
    this.#reached = offset;
  }

  reached(offset: number): void {
    const bytes = offset - this.#reached;
    this.#reached = offset;
    this.#counts.attemptedBytes += bytes;
    this.#handedOver(bytes);
  }

  failed(): void {
    this.#hasFailed = true;
    this.#counts.failures++;
  }

  [Symbol.dispose](): void {
    this.#counts.threads--;
    const bytes = this.#reached - this.#from;
    if (this.#hasFailed) this.#counts.failedBytes += bytes;
    else this.#counts.sentBytes += bytes;
  }
}
