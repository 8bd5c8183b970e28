/**
 * Says every half minute how far a run is, how fast it goes, and how long what is left takes at that rate.
 */
import type { WallClock } from "../../../orchestrator/wall-clock.ts";

const everyMs = 30_000;

export class Progress {
  readonly #all: number;
  readonly #wallClock: WallClock;
  readonly #say: (line: string) => void;
  readonly #begunMs: number;
  #saidMs: number;

  constructor(all: number, wallClock: WallClock, say: (line: string) => void) {
    this.#all = all;
    this.#wallClock = wallClock;
    this.#say = say;
    this.#begunMs = wallClock.now();
    this.#saidMs = this.#begunMs;
  }

  is(tried: number, failed: number): void {
    const nowMs = this.#wallClock.now();
    if (nowMs - this.#saidMs < everyMs) return;
    this.#saidMs = nowMs;
    const perSecond = (tried / (nowMs - this.#begunMs)) * 1000;
    const minutesLeft = (this.#all - tried) / perSecond / 60;
    const rate = `${perSecond.toFixed(2)} a second, about ${Math.ceil(minutesLeft)} minutes left`;
    this.#say(`${tried} of ${this.#all} tried, ${failed} failed${tried > 0 ? `; ${rate}` : ""}`);
  }
}
