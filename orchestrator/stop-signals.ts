/**
 * Ctrl-C and SIGTERM: the first one asks for an orderly end, which has a few seconds; the second ends at once.
 * An end by force loses nothing, since sites go on after a crash where they were. It leaves a temporary root behind.
 */
import { exitCodes } from "./failure.ts";
import type { WallClock } from "./wall-clock.ts";

const stopping = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Real milliseconds an orderly end may take, unless more is allowed. */
const orderlyEndMs = 4_500;

export type StopSignals = Disposable & {
  readonly signal: AbortSignal;
  /** Gives an orderly end this many milliseconds. */
  allow(endMs: number): void;
};

export function stopSignals(wallClock: WallClock, say: (words: string) => void): StopSignals {
  const stop = new AbortController();
  const ended = new AbortController();
  let endMs = orderlyEndMs;
  const onSignal = async (name: NodeJS.Signals) => {
    if (stop.signal.aborted) process.exit(exitCodes.stopped);
    stop.abort(new Error(`stopped by ${name}`));
    await wallClock.sleep(endMs, ended.signal);
    if (ended.signal.aborted) return;
    say(`the sites did not stop within ${endMs / 1000} s; ended by force`);
    process.exit(exitCodes.stopped);
  };
  for (const name of stopping) process.on(name, onSignal);
  return {
    signal: stop.signal,
    allow(ms) {
      endMs = ms;
    },
    [Symbol.dispose]() {
      ended.abort();
      for (const name of stopping) process.off(name, onSignal);
    },
  };
}
