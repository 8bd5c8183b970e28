/**
 * Emulated time: a calendar that starts where the topology says and runs at a scale of real time.
 * Every site of a hierarchy is given the same moments, so all of them agree on the time to the millisecond.
 */
import { z } from "zod";

/** From `realMs` on, emulated time runs from `emulatedMs` at `scale` emulated milliseconds a real one. */
export const clockMoment = z.strictObject({
  /** Milliseconds since the Unix epoch. */
  realMs: z.number(),
  /** Milliseconds since the Unix epoch, on the emulated calendar. */
  emulatedMs: z.number(),
  /** 1 to 100000. */
  scale: z.number().min(1).max(100_000),
});
export type ClockMoment = z.infer<typeof clockMoment>;

export function emulatedAt(moment: ClockMoment, realMs: number): number {
  return moment.emulatedMs + (realMs - moment.realMs) * moment.scale;
}

/** What everything that waits or tells the time is given. Nothing beneath it reads the system's time. */
export interface Clock {
  /** Emulated time in milliseconds since the Unix epoch. */
  now(): number;
  /** Real time in milliseconds since the Unix epoch, with fractions: for measuring and for sweeps. */
  realNow(): number;
  /** Resolves after `ms` emulated milliseconds, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Resolves after `ms` real milliseconds, or at once when `signal` aborts. Never rejects. */
  sleepReal(ms: number, signal: AbortSignal): Promise<void>;
}
