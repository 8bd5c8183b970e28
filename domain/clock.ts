/**
 * Emulated time: a calendar that starts where the topology says and runs at a scale of real time. Where someone
 * advances or rescales it, another moment is added. Every site of a hierarchy is given the same moments, so all of
 * them agree on the time to the millisecond, and take a jump at the same instant.
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

/** The moments of a clock by real time. Emulated time never goes back: a moment is at or after what the one before makes of it. */
export const clockTimeline = z
  .array(clockMoment)
  .min(1)
  .superRefine((moments, context) => {
    for (const [index, moment] of moments.entries()) {
      const before = moments[index - 1];
      if (!before) continue;
      // A millisecond is granted to arithmetic.
      if (moment.realMs < before.realMs || moment.emulatedMs < follow(before, moment.realMs) - 1) {
        const message =
          "expected moments in order of real time, each at or after the emulated time that the one before leads to";
        context.addIssue({ code: "custom", message, path: [index] });
      }
    }
  });
export type ClockTimeline = z.infer<typeof clockTimeline>;

function follow(moment: ClockMoment, realMs: number): number {
  return moment.emulatedMs + (realMs - moment.realMs) * moment.scale;
}

/** The moment in force at `realMs`: the last that has come, or the first where none has. */
export function momentAt(timeline: ClockTimeline, realMs: number): ClockMoment {
  const found = timeline.findLast((moment) => moment.realMs <= realMs) ?? timeline[0];
  if (!found) throw new RangeError("a clock has at least one moment");
  return found;
}

export function emulatedAt(timeline: ClockTimeline, realMs: number): number {
  return follow(momentAt(timeline, realMs), realMs);
}

/** The first real instant at which the calendar shows `emulatedMs` or later, as far as the moments tell. */
export function realAt(timeline: ClockTimeline, emulatedMs: number): number {
  for (const [index, moment] of timeline.entries()) {
    const realMs = moment.realMs + Math.max(0, emulatedMs - moment.emulatedMs) / moment.scale;
    const next = timeline[index + 1];
    if (!next || realMs < next.realMs) return realMs;
  }
  throw new RangeError("a clock has at least one moment");
}

/** The timeline with a jump at `realMs` to `emulatedMs` (default: none) or another scale from there on. */
export function withMoment(
  timeline: ClockTimeline,
  change: { readonly realMs: number; readonly emulatedMs?: number; readonly scale?: number },
): ClockTimeline {
  const { realMs } = change;
  const before = momentAt(timeline, realMs);
  const emulatedMs = Math.max(follow(before, realMs), change.emulatedMs ?? Number.NEGATIVE_INFINITY);
  const moment = { realMs, emulatedMs, scale: change.scale ?? before.scale };
  return [...timeline.filter((held) => held.realMs < realMs), moment];
}

/** Whether the calendar never showed a moment from `fromMs` to `untilMs`, because it jumped over all of them. */
export function isJumpedOver(timeline: ClockTimeline, fromMs: number, untilMs: number): boolean {
  return timeline.some(({ realMs, emulatedMs }, index) => {
    const before = timeline[index - 1];
    return before !== undefined && follow(before, realMs) < fromMs && untilMs <= emulatedMs;
  });
}

/** What everything that waits or tells the time is given. Nothing beneath it reads the system's time. */
export interface Clock {
  /** Emulated time in milliseconds since the Unix epoch. */
  now(): number;
  /** Real time in milliseconds since the Unix epoch, with fractions: for measuring and for sweeps. */
  realNow(): number;
  /** Emulated milliseconds a real one, now. */
  scale(): number;
  /** Resolves after `ms` emulated milliseconds, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Resolves after `ms` real milliseconds, or at once when `signal` aborts. Never rejects. */
  sleepReal(ms: number, signal: AbortSignal): Promise<void>;
}
