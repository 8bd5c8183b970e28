/**
 * Emulated links, in one direction: what a link carries, how long that takes, and when it is down. Pure. All in
 * emulated time. A site has an access link to the WAN, up and down, and there may be a link of its own to another site.
 * Each end emulates its own part: who sends keeps to what goes up and across, who receives to what comes down.
 */
import { z } from "zod";

import { siteCode } from "./identifiers.ts";

/** From `fromMs` on nothing goes over the link, until just before `untilMs`. Milliseconds since the Unix epoch. */
export const outage = z
  .strictObject({ fromMs: z.number(), untilMs: z.number() })
  .refine(({ fromMs, untilMs }) => fromMs < untilMs, "expected an outage to end after it begins");
export type Outage = Readonly<z.infer<typeof outage>>;

export const link = z.strictObject({
  /** Shared by all transfers over the link. Default: no limit. */
  bytesPerSecond: z.number().positive().optional(),
  /** One way, in milliseconds. Default 0. */
  latencyMs: z.number().min(0).default(0),
  /** A delay differs from the latency by at most this, in milliseconds, and is never below 0. Default 0. */
  jitterMs: z.number().min(0).default(0),
  /** Outages that are known ahead. Default: none. */
  outages: z.array(outage).readonly().default([]),
  /** Down until it is said to be up again. Default: up. */
  isCut: z.boolean().default(false),
});
export type Link = Readonly<z.infer<typeof link>>;

/** Carries everything at once. */
export const openLink: Link = { latencyMs: 0, jitterMs: 0, outages: [], isCut: false };

/** What a site is told of the WAN around it. */
export const siteLinks = z.strictObject({
  /** Its access link: what leaves it, and what comes to it, whichever site is at the other end. */
  up: link.default(openLink),
  down: link.default(openLink),
  /** From this site to another. What comes from there is paced there; an outage holds for both directions. */
  to: z.partialRecord(siteCode, link).default({}),
  /** What jitter is drawn from, so that the same seed meets the same delays. */
  seed: z.string().default(""),
});
export type SiteLinks = Readonly<z.infer<typeof siteLinks>>;

/** Where nothing is declared: everything at loopback speed. */
export const noLinks: SiteLinks = { up: openLink, down: openLink, to: {}, seed: "" };

/** One delay of a link. `random` is from 0 to 1: the same gives the same. */
export function delayMs({ latencyMs, jitterMs }: Link, random: number): number {
  return Math.max(0, latencyMs + jitterMs * (2 * random - 1));
}

export function isDown({ isCut, outages }: Link, nowMs: number): boolean {
  return isCut || outages.some(({ fromMs, untilMs }) => fromMs <= nowMs && nowMs < untilMs);
}

/** The first instant after `nowMs` at which an outage begins or ends. Infinity where none does. */
export function nextOutageEdge({ outages }: Link, nowMs: number): number {
  const edges = outages.flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]).filter((edge) => edge > nowMs);
  return Math.min(...edges, Number.POSITIVE_INFINITY);
}
