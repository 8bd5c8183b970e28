/**
 * One thing after the other at each site, the sites beside each other.
 */
import PQueue from "p-queue";

import type { SiteCode } from "../../domain/identifiers.ts";

export async function inTurn<Result>(
  turns: Map<SiteCode, PQueue>,
  code: SiteCode,
  work: () => Promise<Result>,
): Promise<Result> {
  const queue = turns.get(code) ?? new PQueue({ concurrency: 1 });
  turns.set(code, queue);
  return await queue.add(work);
}
