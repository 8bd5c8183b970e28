/**
 * Keeps bytes to a rate: one budget for all who take from it, in turn. Bytes are paid for before they leave, in small
 * blocks. It counts in real time underneath: an emulated rate times the clock's scale.
 *
 * What is late for a moment - a timer, our own event loop - is owed and repaid slowly, so that the rate is kept over
 * seconds and no burst is seen over a tenth of one: at most 1.02 times the rate over any second, 1.1 times over any
 * 100 ms. What a path lost that stood still is not made up, and what waited in it and arrives in one piece is paid for
 * once more. Idle time earns one block.
 */
import type { Pace, PaceClock } from "./pace.ts";

export type PacedRate = {
  /** Per emulated second. 0 is closed, Infinity unlimited. */
  readonly bytesPerSecond: number;
  /** Emulated time until which that holds; Infinity where nothing changes by itself. */
  readonly untilMs: number;
};

type Deps = {
  readonly clock: PaceClock;
  /** The rate now. Asked when the last one has run out, and when it was said to have changed. */
  rate(): PacedRate;
};

/**
 * A block is what the rate makes in this time, within these bounds. Real milliseconds, as all times here. With 4 ms, 28
 * blocks in 100 ms were seen now and then behind a path that had stood still (bench/pacing.ts): 1.12 times the rate.
 */
const blockMs = 3;
const leastBlockBytes = 16;
const mostBlockBytes = 256 * 1024;
/** A wake-up so late is made up for at once: timers have a granularity of a millisecond. */
const slackMs = 2;
/** A consumer or a path up to so late counts as our own lateness; later, it is the path's loss. */
const shortMs = 100;
/**
 * What is owed is repaid with so much more than the rate: a little of it soon, because that little fits into every
 * second's bound, and the rest slowly. No more is owed than `mostMs`.
 */
const soon = { share: 0.03, mostMs: 5 };
const slowly = { share: 0.008, mostMs: 200 };
/** What may be on its way to the target beyond what a round trip needs. */
const underWayMs = 8;

/** The reason to wake up: an error with its stack, the default, would cost more than the wake-up. */
const woken = "look again";

type Taker = { readonly most: number; readonly grant: (bytes: number) => void };

export class Pacer implements Pace {
  readonly clock: PaceClock;
  readonly #askRate: () => PacedRate;
  readonly #waiting: Taker[] = [];
  #rate: PacedRate;
  /** Bytes a real millisecond. */
  #speed = 0;
  #block = leastBlockBytes;
  /** Bytes paid for and not taken; below zero what has arrived unpaid. Right at `#settledMs`. */
  #paid = 0;
  /** Real milliseconds of the rate that lateness cost and that are yet to be repaid. */
  #owedSoonMs = 0;
  #owedSlowlyMs = 0;
  #settledMs: number;
  #grantedMs = Number.NEGATIVE_INFINITY;
  #wake = new AbortController();
  #isServing = false;

  constructor({ clock, rate }: Deps) {
    this.clock = clock;
    this.#askRate = rate;
    this.#settledMs = clock.realNow();
    this.#rate = rate();
    this.#price();
  }

  async take(most: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    this.#settle();
    if (this.#waiting.length === 0) {
      this.#capIdle();
      const bytes = this.#grantable(most);
      if (bytes > 0) {
        this.#grant(bytes);
        return bytes;
      }
    }
    return this.#queue(most, signal);
  }

  mayBeUnderWay(roundTripMs: number): number {
    this.#settle();
    if (this.#speed === Number.POSITIVE_INFINITY) return this.#speed;
    return Math.max(this.#block, this.#speed * (underWayMs + roundTripMs) - this.#block);
  }

  arrived(bytes: number, _tookMs: number, lateMs: number): void {
    this.#settle();
    if (lateMs <= shortMs || this.#speed === Number.POSITIVE_INFINITY) return;
    this.#paid = Math.min(this.#paid, 0) - bytes;
  }

  /** The limit has changed under it: holds from the next block on, also for who waits already. */
  changed(): void {
    this.#settle();
    this.#rate = this.#askRate();
    this.#price();
    this.#wake.abort(woken);
  }

  #queue(most: number, signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiting.splice(this.#waiting.indexOf(taker), 1);
        this.#wake.abort(woken);
        reject(signal.reason);
      };
      const grant = (bytes: number) => {
        signal.removeEventListener("abort", abort);
        resolve(bytes);
      };
      const taker = { most, grant };
      signal.addEventListener("abort", abort, { once: true });
      this.#waiting.push(taker);
      if (!this.#isServing) void this.#serve();
    });
  }

  /** Gives the first in the queue its block when it is paid for, until nobody waits. */
  async #serve(): Promise<void> {
    this.#isServing = true;
    for (let [first] = this.#waiting; first; [first] = this.#waiting) {
      this.#settle();
      const bytes = this.#grantable(first.most);
      if (bytes > 0) {
        this.#grant(bytes);
        this.#waiting.shift();
        this.#capLate();
        first.grant(bytes);
      } else {
        this.#wake = new AbortController();
        await this.clock.sleepReal(this.#waitMs(first.most), this.#wake.signal);
      }
    }
    this.#isServing = false;
  }

  #grantable(most: number): number {
    if (this.#speed === Number.POSITIVE_INFINITY) return most;
    const bytes = Math.min(most, this.#block);
    return this.#paid >= bytes - 1e-6 ? bytes : 0; // a millionth of a byte is granted to arithmetic
  }

  #grant(bytes: number): void {
    this.#paid -= bytes;
    this.#grantedMs = this.#settledMs;
  }

  /** Until the block is paid for, or the rate changes. */
  #waitMs(most: number): number {
    const missing = Math.min(most, this.#block) - this.#paid;
    const owedShare = (this.#owedSoonMs > 0 ? soon.share : 0) + (this.#owedSlowlyMs > 0 ? slowly.share : 0);
    const payingMs = missing / (this.#speed * (1 + owedShare));
    return Math.min(payingMs, (this.#rate.untilMs - this.clock.now()) / this.clock.scale());
  }

  /** Earns what the time since the last call was worth, at the rates of that time. */
  #settle(): void {
    const nowMs = this.clock.realNow();
    const overMs = (this.clock.now() - this.#rate.untilMs) / this.clock.scale();
    if (overMs >= 0) {
      this.#earn(nowMs - overMs);
      this.#rate = this.#askRate();
      this.#price();
    } else if (this.#speed !== this.#realSpeed()) {
      this.#price(); // the clock was rescaled
    }
    this.#earn(nowMs);
  }

  #earn(untilMs: number): void {
    const ms = Math.max(0, untilMs - this.#settledMs);
    this.#settledMs += ms;
    if (this.#speed === Number.POSITIVE_INFINITY) return;
    const soonMs = Math.min(this.#owedSoonMs, ms * soon.share);
    const slowlyMs = Math.min(this.#owedSlowlyMs, ms * slowly.share);
    this.#owedSoonMs -= soonMs;
    this.#owedSlowlyMs -= slowlyMs;
    this.#paid += (ms + soonMs + slowlyMs) * this.#speed;
  }

  #realSpeed(): number {
    return (this.#rate.bytesPerSecond * this.clock.scale()) / 1000;
  }

  /** Puts the rate in force. A part of a larger block that was paid for is worth a block of now at most. */
  #price(): void {
    this.#speed = this.#realSpeed();
    const block = Math.round(this.#speed * blockMs);
    this.#block = Math.max(leastBlockBytes, Math.min(block, mostBlockBytes));
    this.#paid = Math.min(this.#paid, this.#speed === 0 ? 0 : this.#block);
    if (this.#speed !== Number.POSITIVE_INFINITY) return;
    this.#paid = 0;
    this.#owedSoonMs = 0;
    this.#owedSlowlyMs = 0;
  }

  /** Nobody waited: more than a block is not kept, nor more than a timer may be late where blocks are shorter. */
  #capIdle(): void {
    const overMs = this.#cap(Math.max(this.#block, slackMs * this.#speed));
    if (this.#settledMs - this.#grantedMs <= shortMs) this.#owe(overMs);
  }

  /** Somebody waited, and we were late. */
  #capLate(): void {
    this.#owe(this.#cap(slackMs * this.#speed));
  }

  /** Milliseconds of the rate that were paid beyond `bytes`, and no longer are. */
  #cap(bytes: number): number {
    const over = this.#paid - bytes;
    if (!(over > 0)) return 0;
    this.#paid = bytes;
    return over / this.#speed;
  }

  #owe(ms: number): void {
    const soonMs = Math.min(ms, soon.mostMs - this.#owedSoonMs);
    this.#owedSoonMs += soonMs;
    this.#owedSlowlyMs = Math.min(this.#owedSlowlyMs + ms - soonMs, slowly.mostMs);
  }
}
