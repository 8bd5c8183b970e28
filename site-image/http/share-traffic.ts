/**
 * What comes in over the SMS_SITE share, told chunk by chunk as it is read, to who listens in this process: the
 * recorder of the tests, which checks it against the addresses it came by. Costs nothing while nobody listens.
 */
import { channel } from "node:diagnostics_channel";

import type { RequestId, SiteCode } from "../../domain/identifiers.ts";
import type { Place } from "../inboxes/inbox.ts";

export type ShareRead = {
  /** The folder of the receiving site: no other site that runs has it. */
  readonly folder: string;
  readonly site: SiteCode;
  readonly from: SiteCode;
  readonly request: RequestId;
  readonly bytes: number;
  readonly realMs: number;
  readonly emulatedMs: number;
  /** Real milliseconds before this chunk in which the share read no further, because its disk was behind. */
  readonly heldMs: number;
};

/** Its messages are `ShareRead`s. */
export const shareTraffic = channel("spoolnet:share-traffic");

/** What to call with every chunk of a request's file; undefined where nobody listens. */
export function tellingTraffic(
  { folders, site, clock }: Place,
  from: SiteCode,
  request: RequestId,
): ((bytes: number, heldMs: number) => void) | undefined {
  if (!shareTraffic.hasSubscribers) return undefined;
  const of = { folder: folders.root, site, from, request };
  return (bytes, heldMs) => {
    const read: ShareRead = { ...of, bytes, heldMs, realMs: clock.realNow(), emulatedMs: clock.now() };
    shareTraffic.publish(read);
  };
}
