/**
 * What a sender does with a request that waits in its outbox: gives it back to the Scheduler, or writes into it why it
 * waits.
 */
import { join } from "node:path";

import type { Subject } from "../../domain/journal.ts";
import type { SendRequest } from "../inboxes/documents.ts";
import type { Place } from "../inboxes/inbox.ts";
import { stages } from "../inboxes/stages.ts";
import { renameDurably, writeWhole } from "../inboxes/whole-file.ts";

const { ready } = stages.sendRequest;

/** Puts it into `Schedule.box/Requests`. */
export async function giveBack(
  { folders, reporter }: Place,
  outbox: string,
  request: SendRequest,
): Promise<void> {
  const from = join(outbox, request.request + ready);
  const to = join(folders.requests, request.request + ready);
  await renameDurably(from, to, () =>
    reporter.event({
      action: "renamed",
      file: folders.shown(to),
      from: folders.shown(from),
      ...subjectOf(request),
    }),
  );
}

/** For whoever looks, in the request and in the journal. `told` has the reason. */
export async function writeReason(
  { folders, reporter }: Place,
  outbox: string,
  told: SendRequest,
): Promise<void> {
  const path = join(outbox, told.request + ready);
  await writeWhole(path, `${JSON.stringify(told, null, 1)}\n`, () =>
    reporter.event({ action: "waiting", file: folders.shown(path), text: told.reason, ...subjectOf(told) }),
  );
}

function subjectOf({ packages, job, request, destination }: SendRequest): Subject {
  return { packages, job, request, peer: destination };
}
