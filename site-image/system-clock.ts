/**
 * The clock of a running site: emulated time from one moment and a scale. The only file of a site that reads
 * the system's time or sets a timer.
 */
import { type Clock, type ClockMoment, emulatedAt } from "../domain/clock.ts";

/** Node's timers take at most this many milliseconds; a longer sleep is slept in parts. */
const longestTimerMs = 2 ** 31 - 1;

export class SystemClock implements Clock {
  /** Replaced when the site is told the time. */
  moment: ClockMoment;

  constructor(moment: ClockMoment) {
    this.moment = moment;
  }

  /** The real calendar, for a site that has not been told the time yet. */
  static untold(): SystemClock {
    const realMs = performance.timeOrigin + performance.now();
    return new SystemClock({ realMs, emulatedMs: realMs, scale: 1 });
  }

  now(): number {
    return emulatedAt(this.moment, this.realNow());
  }

  realNow(): number {
    return performance.timeOrigin + performance.now();
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return this.sleepReal(ms / this.moment.scale, signal);
  }

  async sleepReal(ms: number, signal: AbortSignal): Promise<void> {
    const end = this.realNow() + ms;
    for (let left = ms; left > 0 && !signal.aborted; left = end - this.realNow()) {
      await timer(Math.min(left, longestTimerMs), signal);
    }
  }
}

function timer(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(handle);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const handle = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
