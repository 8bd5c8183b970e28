/**
 * What an administrator sets on a sender: threads and retries. Schedules, limits and order are the address's
 * (domain.md section 1; the defaults are the Standard sender's).
 */
import { z } from "zod";

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
});
export type SenderSettings = Readonly<z.infer<typeof senderSettings>>;

export const standardSender: SenderSettings = senderSettings.parse({});
