/**
 * The rate limit of an address: what may leave, when, and until which instant that holds. Pure: the pacer asks once
 * a change. The field's own: unlimited, percent with 24 values (the same every day), pulse mode (a later version's,
 * domain.md section 2). Ours: percent with 168 values (a week), a fixed rate, a timetable.
 *
 * Percent, where a link is declared: of its bandwidth. Where none is: of the time, as the 2003 sender does it - a
 * block goes at full speed, then the sender pauses in proportion to what the block took. 100 % is no pause at all,
 * by either formula (our reading: no source says what the first release did there).
 */
import { z } from "zod";

import {
  entryAt,
  firstInstant,
  hourEdges,
  hourOfWeek,
  hoursInWeek,
  intoWeek,
  minuteMs,
} from "./local-week.ts";
import type { TimeZone } from "./time-zone.ts";
import { timetableChanges } from "./timetable.ts";

/**
 * How long the sender pauses after a block that took `t`, at a share of the bandwidth (KB830614).
 * `sp`, the service packs: t * (1/share - 1), so that the share is kept. `rtm`, the first release: t / share, which
 * forgets the time the block took, so that 75 % come to 43 %.
 */
export const percentFormula = z.enum(["sp", "rtm"]);
export type PercentFormula = z.infer<typeof percentFormula>;

const percentage = z.int().min(1).max(100);

export const pulseLimits = { blockBytes: [1024, 256 * 1024], pauseMs: [1000, 30_000] } as const;

export const rateLimit = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("unlimited") }),
  z.strictObject({
    kind: z.literal("percent"),
    /** By hour of the day (the field's RateLimitingSchedule), or by hour of the week from Sunday 00:00 on (ours). */
    percents: z.union([z.array(percentage).length(24), z.array(percentage).length(hoursInWeek)]).readonly(),
    formula: percentFormula,
  }),
  z.strictObject({
    kind: z.literal("pulse"),
    /** 1 to 256 KB of 1024 bytes. */
    blockBytes: z.int().min(pulseLimits.blockBytes[0]).max(pulseLimits.blockBytes[1]),
    /** 1 to 30 seconds. */
    pauseMs: z.number().min(pulseLimits.pauseMs[0]).max(pulseLimits.pauseMs[1]),
  }),
  z.strictObject({
    kind: z.literal("fixed"),
    bytesPerSecond: z.number().positive().max(Number.MAX_SAFE_INTEGER),
  }),
  z.strictObject({ kind: z.literal("timetable"), changes: timetableChanges }),
]);
export type RateLimit = Readonly<z.infer<typeof rateLimit>>;

export const unlimited: RateLimit = { kind: "unlimited" };

/** What is in force from the instant asked about until just before `untilMs`, which is Infinity where nothing changes. */
export type Rate = { readonly untilMs: number } & (
  | { readonly kind: "unlimited" }
  | { readonly kind: "paced"; readonly bytesPerSecond: number }
  /** Blocks at full speed, and after each a pause of `pauseAfterBlock(share, formula, what it took)`. */
  | { readonly kind: "share"; readonly share: number; readonly formula: PercentFormula }
  /** Blocks of `blockBytes` at full speed, and after each a pause. */
  | { readonly kind: "pulse"; readonly blockBytes: number; readonly pauseMs: number }
);

/**
 * Whether the address has exactly one connection. A percent limit has even at 100 % (domain.md section 1), a
 * timetable has unless all of it is off.
 */
export function isLimited(limit: RateLimit): boolean {
  return limit.kind === "timetable"
    ? limit.changes.some(({ bytesPerSecond }) => bytesPerSecond !== null)
    : limit.kind !== "unlimited";
}

/** The rate at `ms` on the clock of the sending site. `linkBytesPerSecond` is undefined where no link is declared. */
export function rateAt(
  limit: RateLimit,
  zone: TimeZone,
  linkBytesPerSecond: number | undefined,
  ms: number,
): Rate {
  switch (limit.kind) {
    case "unlimited":
      return { kind: "unlimited", untilMs: Number.POSITIVE_INFINITY };
    case "fixed":
      return { kind: "paced", bytesPerSecond: limit.bytesPerSecond, untilMs: Number.POSITIVE_INFINITY };
    case "pulse":
      return { ...limit, untilMs: Number.POSITIVE_INFINITY };
    case "percent": {
      const { percents, formula } = limit;
      const percentAt = (hour: number) => percents[hour % percents.length] ?? 100;
      const percent = percentAt(hourOfWeek(zone, ms));
      const untilMs =
        firstInstant(hourEdges, zone, ms, (hour) => percentAt(hour) !== percent) ?? Number.POSITIVE_INFINITY;
      if (percent === 100) return { kind: "unlimited", untilMs };
      const share = percent / 100;
      if (linkBytesPerSecond === undefined) return { kind: "share", share, formula, untilMs };
      return { kind: "paced", bytesPerSecond: linkBytesPerSecond * realShare(share, formula), untilMs };
    }
    case "timetable": {
      const edges = limit.changes.map(({ minuteOfWeek }) => minuteOfWeek * minuteMs);
      const rateOf = (entry: number) => limit.changes[entry]?.bytesPerSecond ?? null;
      const bytesPerSecond = rateOf(entryAt(edges, intoWeek(zone, ms)));
      const untilMs =
        firstInstant(edges, zone, ms, (entry) => rateOf(entry) !== bytesPerSecond) ??
        Number.POSITIVE_INFINITY;
      return bytesPerSecond === null
        ? { kind: "unlimited", untilMs }
        : { kind: "paced", bytesPerSecond, untilMs };
    }
  }
}

/** Milliseconds to pause after a block that took `tookMs`, at a share from above 0 to 1. */
export function pauseAfterBlock(share: number, formula: PercentFormula, tookMs: number): number {
  return formula === "rtm" ? tookMs / share : tookMs * (1 / share - 1);
}

/** The part of the time, or of the bandwidth, that is really used: `share` itself, or less by the first release. */
export function realShare(share: number, formula: PercentFormula): number {
  return formula === "rtm" ? share / (1 + share) : share;
}
