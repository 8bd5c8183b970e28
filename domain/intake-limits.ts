/**
 * How much the share of a site takes in at a time: what a topology file may set, and a site goes by. Ours: the field knows
 * of no such limit but those of Windows.
 */
import { z } from "zod";

const mebibyte = 1024 * 1024;

export const intakeBounds = { transfers: [1, 10_000], memoryBytes: [mebibyte, 65_536 * mebibyte] } as const;

function within([least, most]: readonly [number, number]) {
  return z.int().min(least).max(most);
}

export const intakeLimits = z.strictObject({
  /** Bodies being received at a time; further senders are told to come again. Default 40. */
  transfers: within(intakeBounds.transfers).default(40),
  /** For what has come and is not written yet, in bytes, all transfers together. Default 16 MiB. */
  memoryBytes: within(intakeBounds.memoryBytes).default(16 * mebibyte),
});
export type IntakeLimits = Readonly<z.infer<typeof intakeLimits>>;
