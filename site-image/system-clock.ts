/**
 * The clock of a running site: emulated time from the moments the site was told. The only file of a site that reads
 * the system's time or sets a timer. Whoever sleeps when the clock is advanced or rescaled wakes by the new one.
 */
import { type Clock, type ClockTimeline, emulatedAt, momentAt, realAt } from "../domain/clock.ts";

/** Node's timers take at most this many milliseconds; a longer sleep is slept in parts. */
const longestTimerMs = 2 ** 31 - 1;

export class SystemClock implements Clock {
  #timeline: ClockTimeline;
  #told = new AbortController();

  constructor(timeline: ClockTimeline) {
    this.#timeline = timeline;
  }

  /** The real calendar, for a site that has not been told the time yet. */
  static untold(): SystemClock {
    const realMs = performance.timeOrigin + performance.now();
    return new SystemClock([{ realMs, emulatedMs: realMs, scale: 1 }]);
  }

  get timeline(): ClockTimeline {
    return this.#timeline;
  }

  /** The site is told the time; whoever sleeps looks again how long. */
  set timeline(timeline: ClockTimeline) {
    this.#timeline = timeline;
    const before = this.#told;
    this.#told = new AbortController();
    before.abort();
  }

  now(): number {
    return emulatedAt(this.#timeline, this.realNow());
  }

  realNow(): number {
    return performance.timeOrigin + performance.now();
  }

  scale(): number {
    return momentAt(this.#timeline, this.realNow()).scale;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    const end = this.now() + ms;
    // Asked again, because the clock may have been told anew, and because what is computed back and forth can be off
    // by the last bit: who wakes at 18:00 must find that it is 18:00.
    while (!signal.aborted && this.now() < end) {
      const realMs = Math.max(realAt(this.#timeline, end), this.realNow() + 0.01);
      await this.#sleepUntil(realMs, [signal, this.#told.signal]);
    }
  }

  sleepReal(ms: number, signal: AbortSignal): Promise<void> {
    return this.#sleepUntil(this.realNow() + ms, [signal]);
  }

  async #sleepUntil(realMs: number, signals: readonly AbortSignal[]): Promise<void> {
    for (let left = realMs - this.realNow(); left > 0; left = realMs - this.realNow()) {
      if (signals.some((signal) => signal.aborted)) return;
      await timer(Math.min(left, longestTimerMs), signals);
    }
  }
}

function timer(ms: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(handle);
      for (const signal of signals) signal.removeEventListener("abort", done);
      resolve();
    };
    const handle = setTimeout(done, ms);
    for (const signal of signals) signal.addEventListener("abort", done);
  });
}
