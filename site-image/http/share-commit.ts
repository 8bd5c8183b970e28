/**
 * The commit of a request: its instruction `<request>.TMP` becomes `<request>.SNI`, and with that the Despooler's.
 *
 * In this order: both files whole and flushed; the row in `received_request`, in one transaction with the end of the
 * two uploads; the rename. The row comes first because the Despooler may take and finish the instruction the moment
 * it is renamed: only the row then tells that a repeated commit, or the whole request sent again, came before.
 * A crash between the row and the rename leaves a received request whose `.TMP` is still there, and nothing else
 * does: so the next start, or the sender's next try, does the rename.
 */
import { existsSync, readFileSync } from "node:fs";

import { whyNotInstructed } from "../../domain/authority.ts";
import type { RequestId, SiteCode } from "../../domain/identifiers.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import { type KnownNeighbour, knownSites } from "../database/sites.ts";
import { isReceived, markReceived } from "../database/uploads.ts";
import { jsonOf } from "../inboxes/document-file.ts";
import { type InstructionBody, instruction, instructionBody } from "../inboxes/documents.ts";
import type { Place } from "../inboxes/inbox.ts";
import { flushFolder, renameDurably } from "../inboxes/whole-file.ts";
import { isSignedBy } from "../security/site-key.ts";
import { Refusal } from "./refusal.ts";
import { committedFileOf, instructionFileOf, packageFileOf } from "./share-name.ts";
import type { ShareUploads } from "./share-uploads.ts";
import type { Upload } from "./upload.ts";

type Deps = {
  readonly place: Place;
  readonly database: SiteDatabase;
  readonly uploads: ShareUploads;
  readonly signal: AbortSignal;
};

/** True if the request is received and its instruction renamed. */
export function isCommitted(deps: Deps, request: RequestId, site: SiteCode): boolean {
  const pending = deps.uploads.pathOf(instructionFileOf(request));
  return isReceived(deps.database, request, site) && !existsSync(pending);
}

/**
 * Commits a request: true the first time, false when it was committed before. Settles once that is on the disk.
 * The caller holds the locks of both uploads. An administrator is told of what is refused.
 */
export async function commitRequest(deps: Deps, request: RequestId, from: KnownNeighbour): Promise<boolean> {
  try {
    return await commit(deps, request, from);
  } catch (error) {
    const isRefused = error instanceof Refusal && error.code !== "UNKNOWN_UPLOAD";
    if (isRefused && !deps.signal.aborted) {
      deps.place.reporter.about(request).status(30001, `from site ${from.code}: ${error.message}`);
    }
    throw error;
  }
}

async function commit(deps: Deps, request: RequestId, from: KnownNeighbour): Promise<boolean> {
  const { place, database, uploads } = deps;
  if (isReceived(database, request, from.code)) {
    await database.flushed(); // the first time may have failed in it
    const pending = uploads.pathOf(instructionFileOf(request));
    if (existsSync(pending)) await renameInstruction(place, request, from.code);
    else await flushFolder(place.folders.receive); // the first time may have failed between rename and flush
    return false;
  }
  const instructionFile = uploads.find(instructionFileOf(request));
  if (!instructionFile) throw new Refusal("UNKNOWN_UPLOAD", instructionFileOf(request));
  if (!instructionFile.isFilled) {
    const { offset, row } = instructionFile;
    throw new Refusal("NOT_COMPLETE", `${row.name} has ${offset} of ${row.length} bytes`);
  }
  await uploads.finish(instructionFile);
  let body: InstructionBody;
  try {
    body = readInstruction(readFileSync(instructionFile.path, "utf8"), request, from, {
      here: place.site,
      sites: knownSites(database),
    });
  } catch (error) {
    await uploads.remove(instructionFile, error instanceof Error ? error.message : String(error));
    throw error;
  }
  await checkPackageFile(uploads, request, body);
  uploads.assertOpen();
  markReceived(database, {
    request,
    site: from.code,
    receivedMs: place.clock.now(),
    uploads: [packageFileOf(request), instructionFileOf(request)],
  });
  await database.flushed();
  await renameInstruction(place, request, from.code, body);
  return true;
}

/** What makes the instruction the Despooler's. Also done at start, for a request that a crash left before it. */
export async function renameInstruction(
  place: Place,
  request: RequestId,
  site: SiteCode,
  body?: InstructionBody,
): Promise<void> {
  const { folders } = place;
  const reporter = place.reporter.about(request);
  const from = `${folders.receive}/${instructionFileOf(request)}`;
  const to = `${folders.receive}/${committedFileOf(request)}`;
  await renameDurably(from, to, () => {
    reporter.event({
      action: "renamed",
      file: folders.shown(to),
      from: folders.shown(from),
      request,
      peer: site,
      job: body?.job,
      packages: body?.work.kind === "package" ? [body.work.packageId] : undefined,
    });
    reporter.info(`Renamed ${instructionFileOf(request)} of site ${site} to ${committedFileOf(request)}`);
  });
}

/** What the instruction says, once it is sure that its sender says it. Else INSTRUCTION_REFUSED. */
function readInstruction(
  text: string,
  request: RequestId,
  from: KnownNeighbour,
  hearer: Parameters<typeof whyNotInstructed>[3],
): InstructionBody {
  const refused = (why: string) =>
    new Refusal("INSTRUCTION_REFUSED", `${instructionFileOf(request)}: ${why}`);
  const document = instruction.safeParse(jsonOf(text));
  if (!document.success) throw refused("it is not an instruction");
  if (!isSignedBy(from.publicKey, document.data.body, document.data.signature)) {
    throw refused(`its signature is not that of site ${from.code}`);
  }
  const body = instructionBody.safeParse(jsonOf(document.data.body));
  if (!body.success) throw refused("what it says is not an instruction's body");
  if (body.data.source !== from.code) throw refused(`it comes from site ${body.data.source}`);
  if (body.data.destination !== hearer.here) throw refused(`it is for site ${body.data.destination}`);
  if (body.data.request !== request) throw refused(`it is for request ${body.data.request}`);
  const whyNot = whyNotInstructed(body.data.work.kind, body.data.finalSite, from, hearer);
  if (whyNot) throw refused(whyNot);
  return body.data;
}

/** Refuses with NOT_DELIVERABLE unless the package file is here with the bytes and the digest that were signed. */
async function checkPackageFile(
  uploads: ShareUploads,
  request: RequestId,
  body: InstructionBody,
): Promise<void> {
  const packageFile = uploads.find(packageFileOf(request));
  const name = packageFileOf(request);
  if (!packageFile) throw new Refusal("NOT_DELIVERABLE", `${name} is not here`);
  if (!packageFile.isFilled) {
    const { offset, row } = packageFile;
    throw new Refusal("NOT_DELIVERABLE", `${name} has ${offset} of ${row.length} bytes`);
  }
  const wrong = await differenceOf(uploads, packageFile, body);
  if (!wrong) return;
  await uploads.remove(packageFile, wrong); // the sender finds nothing here, and sends it again
  throw new Refusal("NOT_DELIVERABLE", `${name} ${wrong}`);
}

async function differenceOf(
  uploads: ShareUploads,
  packageFile: Upload,
  body: InstructionBody,
): Promise<string | undefined> {
  const { length } = packageFile.row;
  if (length !== body.bytes) return `has ${length} bytes, the instruction says ${body.bytes}`;
  try {
    await uploads.finish(packageFile);
  } catch (error) {
    if (error instanceof Refusal && error.code === "WRONG_CHECKSUM")
      return "does not have the digest announced";
    throw error;
  }
  const sha256 = await packageFile.sha256();
  return sha256 === body.sha256 ? undefined : `has the digest ${sha256}, the instruction says ${body.sha256}`;
}
