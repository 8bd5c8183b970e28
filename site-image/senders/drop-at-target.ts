/**
 * Has a target drop what it holds of a request that has ended here, so that it does not lie there until it expires. Best
 * effort: no closed window is opened for it, and a target that does not answer is not asked again.
 */
import { join } from "node:path";

import { isOpen } from "../../domain/schedule.ts";
import { type KnownNeighbour, neighbourByCode } from "../database/sites.ts";
import type { SendRequest } from "../inboxes/documents.ts";
import { errorText } from "../reporter.ts";
import type { SenderDeps } from "./sender.ts";
import type { TransferHooks, TransferJob } from "./transfer.ts";

/** So many real milliseconds it has. */
const withinMs = 5000;

const unheard: TransferHooks = { connected: () => {}, started: () => {}, progress: () => {} };

/** Never rejects. */
export async function dropAtTarget(deps: SenderDeps, found: SendRequest, signal: AbortSignal): Promise<void> {
  const { place, database, zone, type, wan, withdrawal } = deps;
  const { request, destination, priority, connects } = found;
  if (connects === 0) return; // nothing was begun there
  const over = new AbortController();
  const late = place.clock.sleepReal(withinMs, AbortSignal.any([signal, over.signal]));
  void late.then(() => over.abort(new Error(`site ${destination} did not answer in time`)));
  const reporter = place.reporter.about(request);
  try {
    const neighbour = neighbourByCode(database, destination);
    const address = neighbour?.addresses.find(({ sender }) => sender === type);
    if (!neighbour || !address || !isOpen(address.schedule, zone, priority, place.clock.now())) return;
    const job = jobOf(deps, found, neighbour);
    await wan.over(withdrawal)(job, unheard, AbortSignal.any([signal, over.signal]));
    reporter.info(`Site ${destination} has dropped what it held of send request ${request}`);
  } catch (error) {
    const why = errorText(error);
    reporter.info(`What site ${destination} holds of send request ${request} expires there: ${why}`);
  } finally {
    over.abort("done"); // without a reason it would make an error, stack and all
  }
}

/** What a request is for those who speak to its target. */
export function jobOf(
  { place: { folders }, type: sender }: SenderDeps,
  { request, destination: site, bytes, sha256, packageFile, instructionFile }: SendRequest,
  { share: target }: KnownNeighbour,
): TransferJob {
  return {
    ...{ site, target, sender, request },
    packageFile: { path: join(folders.toSend, packageFile), bytes, sha256 },
    instructionFile: { path: join(folders.toSend, instructionFile) },
  };
}
