/**
 * A clock whose time the test advances. Who sleeps wakes in order, each at its time or late by what the test says.
 */
import type { Clock } from "../../domain/clock.ts";

type Sleeper = { readonly atMs: number; readonly wake: () => void };

export class ManualClock implements Clock {
  /** Emulated milliseconds a real one, from now on. */
  #scale: number;
  #realMs = 0;
  #emulatedMs = 0;
  readonly #sleepers = new Set<Sleeper>();
  readonly #latenessMs: () => number;

  /** `latenessMs` is asked for every sleep: by how much it ends late. */
  constructor({ scale = 1, latenessMs = () => 0 }: { scale?: number; latenessMs?: () => number } = {}) {
    this.#scale = scale;
    this.#latenessMs = latenessMs;
  }

  now(): number {
    return this.#emulatedMs;
  }

  realNow(): number {
    return this.#realMs;
  }

  scale(): number {
    return this.#scale;
  }

  /** How many sleep now. */
  get asleep(): number {
    return this.#sleepers.size;
  }

  rescale(scale: number): void {
    this.#scale = scale;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return this.sleepReal(ms / this.#scale, signal);
  }

  sleepReal(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (ms <= 0 || signal.aborted) return resolve();
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper = { atMs: this.#realMs + ms + this.#latenessMs(), wake };
      this.#sleepers.add(sleeper);
      signal.addEventListener("abort", wake, { once: true });
    });
  }

  /** Lets real time pass, waking who sleeps on the way. Resolves when all that follows at once has been done. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#realMs + ms;
    for (;;) {
      await settled();
      const next = [...this.#sleepers].reduce<Sleeper | undefined>(
        (first, sleeper) => (first && first.atMs <= sleeper.atMs ? first : sleeper),
        undefined,
      );
      if (!next || next.atMs > endMs) break;
      this.#to(next.atMs);
      next.wake();
    }
    this.#to(endMs);
    await settled();
  }

  #to(realMs: number): void {
    this.#emulatedMs += (realMs - this.#realMs) * this.#scale;
    this.#realMs = realMs;
  }
}

/** When everything that is ready to be done has been done. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
