/**
 * The way from one site to another as it is at a moment: which priorities each address admits and until when, what limit
 * holds, what the line is, and when something opens next. Pure.
 */
import type { Address } from "../../domain/address.ts";
import { isDown, type Link, nextOutageEdge } from "../../domain/link.ts";
import { formatByteRate, formatTimeSpan } from "../../domain/quantity.ts";
import { type Rate, rateAt } from "../../domain/rate-limit.ts";
import { hourUsageNumber, nextChange, type Schedule, usageAt } from "../../domain/schedule.ts";
import type { TimeZone } from "../../domain/time-zone.ts";
import type { AddressNow, WayEntry } from "./live-entries.ts";

export type Way = {
  readonly addresses: readonly Address[];
  /** Of the sending site. */
  readonly zone: TimeZone;
  readonly link: Link;
  /** What the access links at both ends carry, where they are the narrower part. */
  readonly accessBytesPerSecond: number | undefined;
};

export type WayNow = {
  readonly shown: Pick<WayEntry, "addresses" | "line" | "isCut" | "isOut">;
  /** When something opens further; undefined where nothing does. */
  readonly openingMs: number | undefined;
  /** Until just before this, nothing of it changes by itself. Infinity where nothing ever does. */
  readonly untilMs: number;
};

export function wayNow({ addresses, zone, link, accessBytesPerSecond }: Way, nowMs: number): WayNow {
  const widths = [link.bytesPerSecond, accessBytesPerSecond].filter((width) => width !== undefined);
  const bandwidth = widths.length > 0 ? Math.min(...widths) : undefined;
  const rates = addresses.map(({ rateLimit, line }) =>
    rateAt(rateLimit, zone, line?.bytesPerSecond ?? bandwidth, nowMs),
  );
  const changes = addresses.map(({ schedule }) => nextChange(schedule, zone, nowMs));
  return {
    shown: {
      addresses: addresses.map(({ sender, schedule }, index): AddressNow => {
        const atMs = changes[index] ?? Number.POSITIVE_INFINITY;
        const rate = rates[index];
        return {
          sender,
          usage: usageAt(schedule, zone, nowMs),
          until: Number.isFinite(atMs) ? { atMs, usage: usageAt(schedule, zone, atMs) } : null,
          limit: rate ? limitWords(rate) : "unlimited",
        };
      }),
      line: lineWords(addresses, link, bandwidth),
      isCut: link.isCut,
      isOut: !link.isCut && isDown(link, nowMs),
    },
    openingMs: nextOpeningOf(
      addresses.map(({ schedule }) => schedule),
      zone,
      nowMs,
    ),
    untilMs: Math.min(...changes, ...rates.map(({ untilMs }) => untilMs), nextOutageEdge(link, nowMs)),
  };
}

function limitWords(rate: Rate): string {
  if (rate.kind === "paced") return formatByteRate(Math.round(rate.bytesPerSecond * 8) / 8);
  if (rate.kind === "share") return `${Math.round(rate.share * 100)}% of the time`;
  if (rate.kind === "pulse") return `${rate.blockBytes / 1024} KB, then ${formatTimeSpan(rate.pauseMs)}`;
  return "unlimited";
}

function lineWords(
  addresses: readonly Address[],
  { latencyMs }: Link,
  bandwidth: number | undefined,
): string | null {
  const dialled = addresses.flatMap(({ sender, line }) =>
    line ? [`${sender} ${formatByteRate(line.bytesPerSecond)}`] : [],
  );
  const own = [
    ...(bandwidth === undefined ? [] : [formatByteRate(bandwidth)]),
    ...(latencyMs === 0 ? [] : [formatTimeSpan(latencyMs)]),
  ].join(", ");
  const parts = dialled.length === addresses.length ? dialled : [...(own === "" ? [] : [own]), ...dialled];
  return parts.length === 0 ? null : parts.join("; ");
}

/** The first instant after `nowMs` at which one of the schedules admits more than it does now; undefined if none does. */
function nextOpeningOf(schedules: readonly Schedule[], zone: TimeZone, nowMs: number): number | undefined {
  const openings = schedules.flatMap((schedule) => {
    const usage = hourUsageNumber[usageAt(schedule, zone, nowMs)];
    if (usage === 1) return [];
    // A week has 168 hours, so there are no more changes to look at.
    for (let atMs = nowMs, looks = 0; looks < 168; looks++) {
      atMs = nextChange(schedule, zone, atMs);
      if (!Number.isFinite(atMs)) return [];
      if (hourUsageNumber[usageAt(schedule, zone, atMs)] < usage) return [atMs];
    }
    return [];
  });
  return openings.length > 0 ? Math.min(...openings) : undefined;
}
