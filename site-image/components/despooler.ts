/**
 * Despooler: carries out the instructions that were committed on the SMS_SITE share (`<request>.SNI`), each with its
 * package file (`<request>.PCK`). It trusts nothing but the signature of a neighbour, and that only for what is its to
 * say (domain/authority.ts): length and digest of the package file are checked against what was signed. While one is
 * carried out it is `.IST`.
 */
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { standingOf, whyNotInstructed } from "../../domain/authority.ts";
import { type RequestId, requestId, type SiteCode } from "../../domain/identifiers.ts";
import type { Subject } from "../../domain/journal.ts";
import { type PackageDelta, packagesOf, type ReplicationObject } from "../../domain/replication.ts";
import { type Component, workThrough } from "../component.ts";
import { sha256OfFile } from "../content/file-digest.ts";
import { DeltaMergeError } from "../content/package-delta.ts";
import { addOutboundReplication } from "../database/outbound-replication.ts";
import { packageById, rememberStoredContent, sourceVersionOf, storedContent } from "../database/packages.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import { type KnownNeighbour, knownSites, neighbourByCode } from "../database/sites.ts";
import type { ClaimedFile } from "../inboxes/claimed-file.ts";
import { NoDocumentError, readDocument } from "../inboxes/document-file.ts";
import {
  type InstructionBody,
  incomingDefinition,
  instruction,
  instructionBody,
  type PackageWork,
  replicationBatch,
} from "../inboxes/documents.ts";
import { Inbox, type NewDocument, type Place, putDocument, putDocuments } from "../inboxes/inbox.ts";
import type { ReplicationOutbox } from "../inboxes/replication-outbox.ts";
import { shareParts, stages } from "../inboxes/stages.ts";
import { flushFolder, isMissing, remove, removeDurably } from "../inboxes/whole-file.ts";
import { PackageStore } from "../package-store.ts";
import { errorText } from "../reporter.ts";
import { digestOfSigned, isSignedBy } from "../security/site-key.ts";
import { Turns } from "../turns.ts";

type Deps = { place: Place; database: SiteDatabase; outbox: ReplicationOutbox; parent: SiteCode | null };

/** Despooling threads (domain.md section 5). */
const threads = 3;

/** Emulated milliseconds until content that came before its definition is looked at again (domain.md section 5). */
const definitionWaitMs = 5 * 60_000;

/** Replication is read as a whole. A thousand packages with all their programs and places are below 4 MB. */
const maxReplicationBytes = 64 * 1024 * 1024;

export class Despooler implements Component {
  readonly name = "SMS_DESPOOLER";
  readonly log = "despool";
  readonly #deps: Deps;
  readonly #receive: Inbox;
  readonly #store: PackageStore;
  /** Content that waits for its definition. */
  readonly #early = new Map<RequestId, PackageWork>();
  /** Versions of one package may come at the same time; an older one must not replace what a newer one left. */
  readonly #turns = new Turns();

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#receive = new Inbox(deps.place.folders.receive, stages.instruction, deps.place);
    this.#store = new PackageStore(deps);
  }

  async recover(): Promise<void> {
    await this.#receive.recover();
  }

  async run(signal: AbortSignal): Promise<void> {
    // Five minutes are the rule of the field; a definition that has come meanwhile ends the wait (ours).
    this.#deps.database.onCommit(() => this.#hurryWhenDefined(), signal, ["package"]);
    await workThrough(
      {
        place: this.#deps.place,
        inbox: this.#receive,
        schema: instruction,
        concurrency: threads,
        handle: ({ body, signature }, file, stop) => this.#carryOut(body, signature, file, stop),
      },
      signal,
    );
  }

  #hurryWhenDefined(): void {
    if (this.#early.size === 0) return;
    const { database } = this.#deps;
    for (const [request, { packageId, content }] of this.#early) {
      if ((sourceVersionOf(database, packageId) ?? 0) < content.sourceVersion) continue;
      this.#early.delete(request);
      this.#receive.hurry();
    }
  }

  async #carryOut(text: string, signature: string, file: ClaimedFile, signal: AbortSignal): Promise<void> {
    const { place, database } = this.#deps;
    const id = requestId.safeParse(file.name).data;
    const reporter = id ? place.reporter.about(id) : place.reporter;
    reporter.info(`Found ready instruction ${file.name}${stages.instruction.ready}`);
    const body = bodyOf(text);
    const sender = body && neighbourByCode(database, body.source);
    if (!body || !sender || !isSignedBy(sender.publicKey, text, signature)) {
      return this.#refuse(file, "it is not signed by a site that is attached here");
    }
    if (body.request !== file.name) return this.#refuse(file, `it was made for request ${body.request}`);
    if (body.destination !== place.site)
      return this.#refuse(file, `it was made for site ${body.destination}`);
    const hearer = { here: place.site, sites: knownSites(database) };
    const whyNot = whyNotInstructed(body.work.kind, body.finalSite, sender, hearer);
    if (whyNot) return this.#refuse(file, whyNot);
    reporter.info(`Signature checked out OK for instruction coming from site ${body.source}`);
    const { work } = body;
    const subject = { request: body.request, job: body.job, peer: body.source };
    reporter.event({
      action: "accepted",
      ...subject,
      file: place.folders.shown(file.path),
      digest: digestOfSigned(text, signature),
    });
    if (work.kind === "package") {
      const about = { ...subject, packages: [work.packageId] };
      return this.#turns.take(work.packageId, async () => {
        try {
          await this.#takeContent(body, work, file, about, signal);
        } catch (error) {
          if (!signal.aborted) throw error;
          await file.release(0, about); // a merge is long, and begins anew with the next start
        }
      });
    }
    return this.#takeObjects(body, sender, file, subject);
  }

  /** Replication: definitions go to Distribution Manager, the rest and what is for other sites to Replication Manager. */
  async #takeObjects(
    body: InstructionBody,
    from: KnownNeighbour,
    file: ClaimedFile,
    subject: Subject,
  ): Promise<void> {
    const { place } = this.#deps;
    const packageFile = this.#packageFile(file.name);
    if (!(await isWhole(packageFile, body))) {
      // Gone means carried out already, up to the removal of the instruction itself.
      return existsSync(packageFile) ? this.#damaged(file, subject) : file.done(subject);
    }
    if (body.bytes > maxReplicationBytes)
      return this.#refuse(file, `its ${body.bytes} bytes are more than replication can have`);
    const batch = replicationBatch.safeParse(jsonOf(await readFile(packageFile, "utf8")));
    if (!batch.success)
      return this.#refuse(file, `its replication objects do not parse: ${batch.error.message}`);
    const handedOn: NewDocument[] = [];
    const definitions: Promise<void>[] = [];
    for (const [index, object] of batch.data.objects.entries()) {
      if (object.kind === "package" && body.finalSite === place.site) {
        const standing = this.#standingOf(object, from);
        if (standing.may !== "take") {
          place.reporter.status(30001, `${file.name} of site ${from.code}: ${standing.why}`);
          continue;
        }
        definitions.push(
          this.#turns.take(object.definition.id, () => this.#handOnDefinition(object, subject)),
        );
      } else {
        const name = `${body.request}-${String(index).padStart(4, "0")}${stages.replication.ready}`;
        const { priority, preferredSender, finalSite: destination } = body;
        handedOn.push({
          path: join(place.folders.replicationIncoming, name),
          document: {
            ...{ version: 1, destination, priority, preferredSender, object },
            ...{ from: from.code, receivedMs: place.clock.now() },
          },
          subject: { ...subject, packages: packagesOf(object) },
        });
      }
    }
    await Promise.all([putDocuments(place, handedOn), ...definitions]);
    await this.#finish(file, packageFile, { ...subject, packages: batch.data.objects.flatMap(packagesOf) });
  }

  #standingOf(object: ReplicationObject, from: KnownNeighbour) {
    const { place, database, parent } = this.#deps;
    const hearer = { here: place.site, parent, sites: knownSites(database), nowMs: place.clock.now() };
    return standingOf(object, from, hearer);
  }

  /** `Distmgr.box/Incoming/<PackageID>.PKG`, unless what is known or waits there is as new. */
  async #handOnDefinition(
    { definition }: Extract<ReplicationObject, { kind: "package" }>,
    subject: Subject,
  ): Promise<void> {
    const { place, database } = this.#deps;
    const path = join(
      place.folders.distributionManagerIncoming,
      definition.id + stages.incomingDefinition.ready,
    );
    const reporter = subject.request ? place.reporter.about(subject.request) : place.reporter;
    const waiting = await readDocument(path).then(
      (text) => incomingDefinition.safeParse(JSON.parse(text.toString("utf8"))).data?.definition,
      (error: unknown) => {
        if (!isMissing(error) && !(error instanceof NoDocumentError)) throw error;
        return undefined; // none there, or Distribution Manager takes it at this moment
      },
    );
    const known = Math.max(
      waiting?.definitionVersion ?? 0,
      packageById(database, definition.id)?.definitionVersion ?? 0,
    );
    if (known >= definition.definitionVersion) {
      reporter.info(`A newer definition of package ${definition.id} already arrived`);
      return;
    }
    const { id, sourceVersion } = definition;
    await putDocument(place, path, { version: 1, definition }, { ...subject, packages: [id], sourceVersion });
    reporter.info(`Received the definition of package ${id}, source version ${sourceVersion}`);
  }

  /**
   * A compressed copy, or a delta that makes it: stored as `SMSPKG/<PackageID>.PKG`; a trigger then wakes Distribution
   * Manager. It is stored also where a newer version is known of: the sender makes that out of what was sent before.
   */
  async #takeContent(
    body: InstructionBody,
    work: PackageWork,
    file: ClaimedFile,
    subject: Subject,
    signal: AbortSignal,
  ): Promise<void> {
    const { place, database } = this.#deps;
    const { packageId, content } = work;
    const version = content.sourceVersion;
    const packageFile = this.#packageFile(file.name);
    const definition = packageById(database, packageId);
    const reporter = place.reporter.about(body.request);
    if (!definition || definition.sourceVersion < version) {
      const text = `package ${packageId}: its information hasn't arrived yet for version ${version}. Retry later`;
      reporter.info(text);
      place.reporter.event({ action: "waiting", ...subject, sourceVersion: version, text });
      this.#early.set(body.request, work);
      await file.release(definitionWaitMs, subject);
      return this.#hurryWhenDefined(); // it may have come between the look and the wait
    }
    if (definition.deleted || (storedContent(database, packageId)?.sourceVersion ?? 0) >= version) {
      reporter.info(`Package ${packageId} version ${version} is not needed any more; it is dropped`);
      return this.#finish(file, packageFile, subject);
    }
    const { delta } = work;
    const copy = place.folders.compressedCopy(packageId);
    const isSent = existsSync(packageFile);
    // Where it is here already, the last run died when it had stored it, or the disk failed between rename and flush.
    if ((delta || !isSent) && (await isWhole(copy, content))) {
      await flushFolder(dirname(copy));
      rememberStoredContent(database, packageId, content);
    } else if (!isSent) {
      await this.#askAgain(work, subject); // and since then the copy was removed
      return file.done(subject);
    } else if (!(await isWhole(packageFile, delta ?? content))) {
      return this.#damaged(file, subject, work);
    } else {
      const archive = delta ? await this.#merge(work, delta, packageFile, signal) : packageFile;
      if (!archive) {
        await this.#askAgain(work, subject, await this.#otherVersion(work));
        return this.#finish(file, packageFile, subject);
      }
      const stored = () =>
        place.reporter.event({
          action: "stored",
          ...subject,
          sourceVersion: version,
          file: place.folders.shown(copy),
          from: place.folders.shown(packageFile),
          bytes: content.bytes,
          ...(delta && { text: `made of version ${delta.base.sourceVersion} and a delta` }),
        });
      const madeOf = delta && { file: packageFile, delta };
      await this.#store.replace(packageId, { content, archive, madeOf }, stored, signal);
    }
    reporter.status(
      4400,
      `${packageId} version ${version}, stored at ${place.folders.shown(copy)}`,
      packageId,
    );
    reporter.info(`Stored Package ${packageId}. Stored Package Version = ${version}`);
    await this.#finish(file, packageFile, subject);
  }

  /** Where the version is that the delta makes out of the copy here; undefined where it cannot be made so. */
  async #merge(
    { packageId, content }: PackageWork,
    delta: PackageDelta,
    file: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { reporter } = this.#deps.place;
    const versions = `from version ${delta.base.sourceVersion} to ${content.sourceVersion}`;
    reporter.info(`Merging the delta of package ${packageId} ${versions}`);
    try {
      return await this.#store.merge(packageId, content, { file, delta }, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      reporter.status(4402, `${packageId} ${versions}: ${errorText(error)}`, packageId);
      // Where it is the disk that is full or fails, the same may go well later.
      if (!(error instanceof DeltaMergeError) || reporter.diskFailed(error)) throw error;
      return undefined;
    }
  }

  /** The version that is here whole, where it is not the one that a delta starts from. */
  async #otherVersion({ packageId, delta }: PackageWork): Promise<number | undefined> {
    const { database, place } = this.#deps;
    const stored = storedContent(database, packageId);
    if (!stored || stored.sourceVersion === delta?.base.sourceVersion) return undefined;
    const isHere = await isWhole(place.folders.compressedCopy(packageId), stored);
    return isHere ? stored.sourceVersion : undefined;
  }

  async #finish(file: ClaimedFile, packageFile: string, subject: Subject): Promise<void> {
    const { place } = this.#deps;
    const { folders, reporter } = place;
    await place.flushed();
    remove(packageFile, () =>
      reporter.event({ action: "deleted", file: folders.shown(packageFile), ...subject }),
    );
    await file.done(subject);
    const about = subject.request ? reporter.about(subject.request) : reporter;
    about.info(`Despooler successfully executed one instruction (${file.name})`);
  }

  /** The package file is not what was signed, though it was when it came in: content is asked for again. */
  async #damaged(file: ClaimedFile, subject: Subject, work?: PackageWork): Promise<void> {
    await removeDurably(this.#packageFile(file.name));
    await file.quarantine("its package file does not have the length and digest that were signed", subject);
    if (work) await this.#askAgain(work, subject);
  }

  async #askAgain({ packageId, content }: PackageWork, { peer }: Subject, holds?: number): Promise<void> {
    const { place, database, outbox } = this.#deps;
    if (!peer) return;
    addOutboundReplication(database, {
      destination: peer,
      priority: "high",
      preferredSender: "*",
      object: {
        ...{ kind: "contentRequest", packageId, sourceVersion: content.sourceVersion, site: place.site },
        ...(holds && { holds }),
      },
    });
    place.reporter.status(
      30004,
      `${packageId} version ${content.sourceVersion} from site ${peer}`,
      packageId,
    );
    await outbox.flush(place);
  }

  async #refuse(file: ClaimedFile, reason: string): Promise<void> {
    this.#deps.place.reporter.status(30001, `${file.name}: ${reason}`);
    await removeDurably(this.#packageFile(file.name));
    await file.quarantine(reason);
  }

  #packageFile(request: string): string {
    return join(this.#receive.folder, request + shareParts.package);
  }
}

function bodyOf(text: string): InstructionBody | undefined {
  return instructionBody.safeParse(jsonOf(text)).data;
}

/** Undefined, which no schema takes, where the text is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True if the file has the length and digest. */
async function isWhole(path: string, expected: { bytes: number; sha256: string }): Promise<boolean> {
  try {
    if ((await stat(path)).size !== expected.bytes) return false;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  return (await sha256OfFile(path)) === expected.sha256;
}
