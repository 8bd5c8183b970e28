/**
 * Blocks at full speed, each followed by a pause that begins when the block has arrived: pulse mode, and percent where
 * no link is declared, as the 2003 sender does it. One block at a time for all who take.
 */
import type { Pace, PaceClock } from "./pace.ts";

export type Blocks = {
  readonly blockBytes: number;
  /** Real milliseconds to pause after a block that took `tookMs` real ones. */
  pauseMs(tookMs: number): number;
};

/** A pause that ended so late is made up for by the next; a longer delay is not. Real milliseconds. */
const slackMs = 5;

export class BlocksAndPauses implements Pace {
  readonly clock: PaceClock;
  readonly #blocks: () => Blocks;
  /** Of the block that is being sent: what is yet to be taken, and what is on its way. */
  #left = 0;
  #underWay = 0;
  #startedMs = 0;
  /** When the last block had arrived, and what it took. */
  #arrivedMs = Number.NEGATIVE_INFINITY;
  #tookMs = 0;
  /** How late the last pause ended. */
  #lateMs = 0;
  #news = Promise.withResolvers<void>();
  #turn: Promise<unknown> = Promise.resolve();

  /** `blocks` is asked whenever a block begins, and for its pause. */
  constructor({ clock, blocks }: { readonly clock: PaceClock; blocks(): Blocks }) {
    this.clock = clock;
    this.#blocks = blocks;
  }

  take(most: number, signal: AbortSignal): Promise<number> {
    const taken = this.#turn.then(() => this.#take(most, signal));
    this.#turn = taken.catch(() => {}); // told to who asked
    return taken;
  }

  /** Within a block nobody waits; the next one begins when all of this one has arrived. */
  mayBeUnderWay(): number {
    return this.#left > 0 ? Number.POSITIVE_INFINITY : 0;
  }

  arrived(bytes: number): void {
    if (this.#underWay === 0) return; // taken under another kind of limit
    this.#underWay = Math.max(0, this.#underWay - bytes);
    if (this.#underWay > 0) return;
    this.#arrivedMs = this.clock.realNow();
    this.#tookMs = this.#arrivedMs - this.#startedMs;
    this.changed();
  }

  /** Blocks or pauses have changed under it. */
  changed(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  async #take(most: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    while (this.#left === 0) {
      const waitMs = this.#underWay > 0 ? Number.POSITIVE_INFINITY : this.#pauseLeftMs();
      if (waitMs > 0) await this.#pause(waitMs, signal);
      else this.#begin();
    }
    const bytes = Math.min(most, this.#left);
    this.#left -= bytes;
    this.#underWay += bytes;
    return bytes;
  }

  #pauseLeftMs(): number {
    const pauseMs = this.#blocks().pauseMs(this.#tookMs);
    return this.#arrivedMs + Math.max(0, pauseMs - this.#lateMs) - this.clock.realNow();
  }

  #begin(): void {
    const lateMs = -this.#pauseLeftMs();
    this.#lateMs = lateMs <= slackMs ? lateMs : 0;
    this.#startedMs = this.clock.realNow();
    this.#left = this.#blocks().blockBytes;
  }

  /** Until the time is over or there is news. Rejects with the reason of `signal`. */
  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const end = () => over.abort();
    signal.addEventListener("abort", end);
    void this.#news.promise.then(end);
    await this.clock.sleepReal(ms, over.signal);
    signal.removeEventListener("abort", end);
    signal.throwIfAborted();
  }
}
