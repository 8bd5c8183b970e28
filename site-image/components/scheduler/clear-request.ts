/**
 * Clears a send request that has ended, completed or withdrawn: package file, instruction, request, in that order, so
 * that while there is a request its files are there too.
 */
import { join } from "node:path";

import { endRequest } from "../../database/send-requests.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import type { SendRequest } from "../../inboxes/documents.ts";
import type { Place } from "../../inboxes/inbox.ts";
import { flushFolder, remove } from "../../inboxes/whole-file.ts";

type Deps = { place: Place; database: SiteDatabase };

/** `path` is where the request lies. Done again after a crash, it does what is left. */
export async function clearRequest(
  { place, database }: Deps,
  path: string,
  document: SendRequest,
): Promise<void> {
  const { folders, reporter } = place;
  const {
    request,
    job,
    packages,
    destination: peer,
    packageFile,
    instructionFile,
    status,
    reason,
  } = document;
  const text = reason === "" ? status : `${status}: ${reason}`;
  for (const file of [packageFile, instructionFile].map((part) => join(folders.toSend, part))) {
    remove(file, () =>
      reporter.event({ action: "deleted", file: folders.shown(file), packages, job, request }),
    );
  }
  endRequest(database, request, status === "OK");
  await Promise.all([flushFolder(folders.toSend), database.flushed()]);
  remove(path, () =>
    reporter.event({ action: "deleted", file: folders.shown(path), packages, job, request, peer, text }),
  );
}
