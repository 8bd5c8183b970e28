/**
 * What an administrator sets on a sender: threads and retries. Schedules, limits and order are the address's
 * (domain.md section 1; the defaults are the Standard sender's).
 */
import { z } from "zod";

import { type SenderType, senderType } from "./package.ts";

/** From the least to the most. */
export const senderLimits = {
  sendings: [1, 999],
  retries: [0, 999],
  delayMs: [1000, 24 * 3_600_000],
} as const;

const within = ([least, most]: readonly [number, number]) => z.number().min(least).max(most);

export const senderSettings = z.strictObject({
  /** Concurrent sendings in all. Default 5. A RAS sender has one line, so always 1. */
  allSites: within(senderLimits.sendings).int().default(5),
  /** Concurrent sendings to one site. Default 3; always 1 for a RAS sender and for a limited address. */
  perSite: within(senderLimits.sendings).int().default(3),
  /** Tries after the first that failed, before the address rests. Default 2. */
  retries: within(senderLimits.retries).int().default(2),
  /** Emulated milliseconds before a retry. Default 1 minute. */
  retryDelayMs: within(senderLimits.delayMs).default(60_000),
  /** Emulated milliseconds an address rests when the retries are used up. Default 1 hour (KB235753, KB214485). */
  backOffMs: within(senderLimits.delayMs).default(3_600_000),
  /**
   * What a sending under way does when the window or the limit of its address changes: it stops or goes on at the new
   * rate, at the next block ("stop", the default), or it keeps to what it found when it began, until it is done
   * ("finish": SMS 2.0 before KB317893).
   */
  whenAddressChanges: z.enum(["stop", "finish"]).default("stop"),
});
export type SenderSettings = Readonly<z.infer<typeof senderSettings>>;

export const standardSender: SenderSettings = senderSettings.parse({});

/** What is set on the senders of a site, each by its type. Default: the standard sender. */
export const siteSenders = z.partialRecord(senderType, senderSettings);
export type SiteSenders = Readonly<z.infer<typeof siteSenders>>;

/** What a sender of a site works with: a RAS sender has one line, whatever is set on it. */
export function settingsOf(senders: SiteSenders, type: SenderType): SenderSettings {
  const settings = senders[type] ?? standardSender;
  return type === "LAN" ? settings : { ...settings, allSites: 1, perSite: 1 };
}
