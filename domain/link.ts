/**
 * An emulated link, in one direction: what it carries and how long that takes. Pure. All in emulated time.
 */
import { z } from "zod";

export const link = z.strictObject({
  /** Shared by all transfers over the link. Default: no limit. */
  bytesPerSecond: z.number().positive().optional(),
  /** One way, in milliseconds. Default 0. */
  latencyMs: z.number().min(0).default(0),
  /** A delay differs from the latency by at most this, in milliseconds, and is never below 0. Default 0. */
  jitterMs: z.number().min(0).default(0),
});
export type Link = Readonly<z.infer<typeof link>>;

/** One delay of a link. `random` is from 0 to 1: the same gives the same. */
export function delayMs({ latencyMs, jitterMs }: Link, random: number): number {
  return Math.max(0, latencyMs + jitterMs * (2 * random - 1));
}
