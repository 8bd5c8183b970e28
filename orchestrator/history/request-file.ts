/**
 * The names of send requests in the paths of a journal.
 */
import { type RequestId, requestId } from "../../domain/identifiers.ts";

export type RequestFile = {
  readonly request: RequestId;
  /** The sender whose outbox it is in, like LAN; undefined in `Schedule.box/Requests`. */
  readonly outbox: string | undefined;
  readonly isClaimed: boolean;
};

/** Of `.../Outboxes/LAN/2__01CEN.SRS` or `.../Requests/2__01CEN.SRQ`; undefined for any other file. */
export function requestFileOf(file = ""): RequestFile | undefined {
  const [, outbox, name, stage] =
    /Schedule\.box\/(?:Outboxes\/(\w+)|Requests)\/(\w+)\.(SR[QS])$/.exec(file) ?? [];
  const request = requestId.safeParse(name).data;
  return request && { request, outbox, isClaimed: stage === "SRS" };
}
