/**
 * Puts right what the last run left on the SMS_SITE share. Before anything listens, and before the Despooler runs.
 * What is whole stays: a half-received file with its row goes on where it is, a received request is the Despooler's.
 */
import { truncateSync } from "node:fs";
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import type { RequestId, SiteCode } from "../../domain/identifiers.ts";
import { siteCode } from "../../domain/identifiers.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import { forgetUpload, isReceived, openUpload, openUploads } from "../database/uploads.ts";
import { putInQuarantine } from "../inboxes/claimed-file.ts";
import type { Place } from "../inboxes/inbox.ts";
import { shareParts, stages } from "../inboxes/stages.ts";
import { removeDurably } from "../inboxes/whole-file.ts";
import { renameInstruction } from "./share-commit.ts";
import { shareNameOf } from "./share-name.ts";
import type { UploadLocks } from "./upload-lock.ts";

type Deps = { readonly place: Place; readonly database: SiteDatabase };

export async function recoverShare({ place, database }: Deps): Promise<void> {
  const folder = place.folders.receive;
  await mkdir(join(folder, "Quarantine"), { recursive: true });
  await finishCommits(place, database);
  const inDespooler = await requestsOfDespooler(folder);
  const files = new Set<string>();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const { name } = entry;
    const known = shareNameOf(name);
    if (!known || known.extension === stages.instruction.ready) continue;
    if (!entry.isFile()) {
      await putInQuarantine(place, join(folder, name), name, "it is not a file");
      continue;
    }
    const row = openUpload(database, name);
    const isDespoolers = known.extension === shareParts.package && inDespooler.has(known.request);
    if (!row && !isDespoolers) await removeOrphan(place, name, known.request);
    if (!row) continue;
    files.add(name);
    const path = join(folder, name);
    if ((await stat(path)).size > row.length) truncateSync(path, 0); // no run of ours left it so: nothing in it counts
  }
  for (const { name, site } of openUploads(database)) {
    if (files.has(name)) continue;
    forgetUpload(database, name);
    place.reporter.warn(`${name} of site ${site} is gone from the share: it starts over`);
  }
}

/**
 * Renames the instructions of requests that are received, where the last run died before it could, or the disk failed.
 * `locks`: while the share is served, who holds an upload sees to its commit.
 */
export async function finishCommits(
  place: Place,
  database: SiteDatabase,
  locks?: UploadLocks,
): Promise<void> {
  for (const name of await readdir(place.folders.receive)) {
    const known = shareNameOf(name);
    if (known?.extension !== shareParts.instruction) continue;
    using lock = locks?.takeIfFree(name);
    if (locks && !lock) continue;
    const site = senderOf(known.request);
    if (site && isReceived(database, known.request, site))
      await renameInstruction(place, known.request, site);
  }
}

/** The requests whose instruction is committed and not done with: their package files are needed. */
async function requestsOfDespooler(folder: string): Promise<Set<string>> {
  const { ready, claimed } = stages.instruction;
  const names = [...(await readdir(folder)), ...(await readdir(join(folder, "Quarantine")))];
  return new Set(
    names.filter((name) => name.endsWith(ready) || name.endsWith(claimed)).map((name) => name.slice(0, -4)),
  );
}

async function removeOrphan(place: Place, name: string, request: RequestId): Promise<void> {
  const path = join(place.folders.receive, name);
  await removeDurably(path, () =>
    place.reporter.event({
      action: "deleted",
      file: place.folders.shown(path),
      text: "the last run left it unfinished",
      request,
      peer: senderOf(request),
    }),
  );
}

/** A request id ends with the code of the sending site. */
function senderOf(request: RequestId): SiteCode | undefined {
  return siteCode.safeParse(request.slice(-3)).data;
}
