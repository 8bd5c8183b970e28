/**
 * The logs of a site, over HTTP (the `/site/logs` face).
 */
import { z } from "zod";

import type { SiteClient } from "./site-client.ts";

const names = z.object({ logs: z.array(z.string()) });
const piece = z.object({
  text: z.string(),
  /** The byte to go on from. */
  next: z.int(),
  /** Which file it is: another once the log was rolled. */
  file: z.string(),
});
export type LogPiece = z.infer<typeof piece>;

export async function logNames(site: SiteClient): Promise<readonly string[]> {
  return (await site.ask("/site/logs", names)).logs;
}

/** Whole lines, from a byte on; no text where there is nothing new. */
export async function logPiece(site: SiteClient, name: string, from: number): Promise<LogPiece> {
  return await site.ask(`/site/logs/${encodeURIComponent(name)}?from=${from}`, piece);
}
