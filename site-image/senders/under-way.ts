/**
 * What a transfer has handed over and its target has not acknowledged yet: on the wire, in the kernels of both sides,
 * or in a path that stands still. Tells the pace what arrives, and waits where too much is under way.
 */
import type { Pace } from "./pace.ts";
import { SendError } from "./send-error.ts";

/** Acknowledging nothing for so long, the target is taken for gone (site-connections.ts). Real milliseconds. */
const silenceMs = 60_000;

/** Without a reason of its own each would make an error, stack and all: a tenth of what a paced sender does. */
const heard = "the target acknowledged";

type Sent = { readonly end: number; readonly atMs: number };

export class UnderWay implements Disposable {
  readonly #pace: Pace;
  readonly #sent: Sent[] = [];
  #handedOver: number;
  #acknowledged: number;
  /** The shortest time a block took to be acknowledged: what the path needs. */
  #roundTripMs = Number.POSITIVE_INFINITY;
  #news = new AbortController();

  constructor(pace: Pace, offset: number) {
    this.#pace = pace;
    this.#handedOver = offset;
    this.#acknowledged = offset;
  }

  /** Resolves when more may be taken. Rejects with the reason of `signal`, or when the target fell silent. */
  async room(signal: AbortSignal): Promise<void> {
    const { clock } = this.#pace;
    while (this.#bytes > 0 && this.#bytes > this.#pace.mayBeUnderWay(this.#pathMs)) {
      const heardMs = clock.realNow();
      this.#news = new AbortController();
      await clock.sleepReal(silenceMs, AbortSignal.any([signal, this.#news.signal]));
      signal.throwIfAborted();
      if (!this.#news.signal.aborted && clock.realNow() - heardMs >= silenceMs) {
        const where = `byte ${this.#acknowledged}`;
        throw new SendError(`nothing is acknowledged any more at ${where}`, { retryable: true });
      }
    }
  }

  handedOver(bytes: number): void {
    this.#handedOver += bytes;
    this.#sent.push({ end: this.#handedOver, atMs: this.#pace.clock.realNow() });
  }

  /** The target has read all bytes before `offset`. */
  acknowledged(offset: number): void {
    const bytes = Math.min(offset, this.#handedOver) - this.#acknowledged;
    const [oldest] = this.#sent;
    if (!(bytes > 0) || !oldest) return;
    this.#acknowledged += bytes;
    const tookMs = this.#pace.clock.realNow() - oldest.atMs;
    while (this.#sent[0] && this.#sent[0].end <= this.#acknowledged) this.#sent.shift();
    this.#roundTripMs = Math.min(this.#roundTripMs, tookMs);
    this.#pace.arrived(bytes, tookMs, tookMs - this.#roundTripMs);
    this.#news.abort(heard);
  }

  /** Nobody will acknowledge the rest. */
  [Symbol.dispose](): void {
    const bytes = this.#bytes;
    this.#acknowledged = this.#handedOver;
    if (bytes > 0) this.#pace.arrived(bytes, 0, 0);
    this.#news.abort(heard);
  }

  get #bytes(): number {
    return this.#handedOver - this.#acknowledged;
  }

  get #pathMs(): number {
    return Number.isFinite(this.#roundTripMs) ? this.#roundTripMs : 0;
  }
}
