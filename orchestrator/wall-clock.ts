/**
 * Real time, for the orchestrator: how long to wait for a site, how often to redraw a screen. The only file
 * beside the sites' own clock that reads the system's time or sets a timer; what waits is handed a WallClock.
 */
import { setTimeout } from "node:timers/promises";

export interface WallClock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemWallClock: WallClock = {
  now: () => Date.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => {}),
};

export type Patience = { readonly everyMs: number; readonly withinMs: number; readonly signal: AbortSignal };

/**
 * Asks again and again until `probe` gives something. Resolves with undefined when the time is over; rejects
 * when `probe` does, or with the signal's reason when it aborts.
 */
export async function until<T>(
  clock: WallClock,
  { everyMs, withinMs, signal }: Patience,
  probe: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const end = clock.now() + withinMs;
  for (;;) {
    signal.throwIfAborted();
    const found = await probe();
    if (found !== undefined) return found;
    if (clock.now() >= end) return undefined;
    await clock.sleep(everyMs, signal);
  }
}
