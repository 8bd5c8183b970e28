/**
 * What a recorder keeps of the traffic between sites, one record a line where it is written to a file. Real times, in
 * milliseconds with fractions.
 */
import { z } from "zod";

import { address } from "../../domain/address.ts";
import { clockTimeline } from "../../domain/clock.ts";
import { requestId, siteCode } from "../../domain/identifiers.ts";
import { siteLinks } from "../../domain/link.ts";
import { type SenderType, senderType } from "../../domain/package.ts";

/** Bytes that a site read from its share. */
const arrival = z.strictObject({
  kind: z.literal("arrival"),
  site: siteCode,
  from: siteCode,
  request: requestId,
  /** Of the last of them. */
  atMs: z.number(),
  bytes: z.number(),
});
export type Arrival = z.infer<typeof arrival>;

/** What a site goes by from `realMs` on (site-news.ts). */
const news = z.strictObject({
  kind: z.literal("news"),
  site: siteCode,
  timeZone: z.string(),
  startedMs: z.number(),
  realMs: z.number(),
  clock: clockTimeline,
  links: siteLinks,
  addresses: z.array(z.strictObject({ to: siteCode, addresses: z.array(address).readonly() })).readonly(),
  finishing: z.array(senderType).readonly(),
});
export type News = z.infer<typeof news>;

/** A site could do nothing: every site of the recorder's process, where none is named. */
const standstill = z.strictObject({
  kind: z.literal("standstill"),
  site: siteCode.optional(),
  fromMs: z.number(),
  toMs: z.number(),
});
export type Standstill = z.infer<typeof standstill>;

export const trafficRecord = z.discriminatedUnion("kind", [arrival, news, standstill]);
export type TrafficRecord = z.infer<typeof trafficRecord>;

/**
 * A site said in its journal that it sends a request from now on, by which of its senders, and when that sender took
 * the request up: what it found then may be what it keeps to.
 */
export type SendingStart = Pick<Arrival, "from" | "request"> & {
  readonly sender: SenderType;
  readonly realMs: number;
  readonly takenMs: number;
};

export type Traffic = {
  readonly records: readonly TrafficRecord[];
  readonly sendings: readonly SendingStart[];
};
