/**
 * Content of a package that came with an instruction: a compressed copy, or a delta that makes it out of the one that is
 * here.
 */
import { existsSync } from "node:fs";
import { dirname } from "node:path";

import type { RequestId } from "../../../domain/identifiers.ts";
import type { Subject } from "../../../domain/journal.ts";
import type { PackageDelta } from "../../../domain/replication.ts";
import { isWhole } from "../../content/file-digest.ts";
import { DeltaMergeError } from "../../content/package-delta.ts";
import { addOutboundReplication } from "../../database/outbound-replication.ts";
import {
  packageById,
  rememberStoredContent,
  sourceVersionOf,
  storedContent,
} from "../../database/packages.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import type { InstructionBody, PackageWork } from "../../inboxes/documents.ts";
import type { Place } from "../../inboxes/inbox.ts";
import type { ReplicationOutbox } from "../../inboxes/replication-outbox.ts";
import { flushFolder } from "../../inboxes/whole-file.ts";
import { PackageStore } from "../../package-store.ts";
import { errorText } from "../../reporter.ts";
import type { ReceivedInstruction } from "./received-instruction.ts";

type Deps = { place: Place; database: SiteDatabase; outbox: ReplicationOutbox };

/** Emulated milliseconds until content that came before its definition is looked at again (domain.md section 5). */
const definitionWaitMs = 5 * 60_000;

export class ReceivedContent {
  readonly #deps: Deps;
  readonly #hurry: () => void;
  readonly #store: PackageStore;
  /** Content that waits for its definition. */
  readonly #early = new Map<RequestId, PackageWork>();

  /** `hurry` has all that waits in the inbox looked at now. */
  constructor(deps: Deps, hurry: () => void) {
    this.#deps = deps;
    this.#hurry = hurry;
    this.#store = new PackageStore(deps);
  }

  /** Ends the wait of what a definition has come for meanwhile. */
  hurryWhenDefined(): void {
    if (this.#early.size === 0) return;
    const { database } = this.#deps;
    for (const [request, { packageId, content }] of this.#early) {
      if ((sourceVersionOf(database, packageId) ?? 0) < content.sourceVersion) continue;
      this.#early.delete(request);
      this.#hurry();
    }
  }

  /**
   * A compressed copy, or a delta that makes it: stored as `SMSPKG/<PackageID>.PKG`; a trigger then wakes Distribution
   * Manager. It is stored also where a newer version is known of: the sender makes that out of what was sent before.
   */
  async take(
    { request }: InstructionBody,
    work: PackageWork,
    received: ReceivedInstruction,
    subject: Subject,
    signal: AbortSignal,
  ): Promise<void> {
    const { place, database } = this.#deps;
    const { file, packageFile } = received;
    const { packageId, content } = work;
    const version = content.sourceVersion;
    const definition = packageById(database, packageId);
    const reporter = place.reporter.about(request);
    if (!definition || definition.sourceVersion < version) {
      const text = `package ${packageId}: its information hasn't arrived yet for version ${version}. Retry later`;
      reporter.info(text);
      place.reporter.event({ action: "waiting", ...subject, sourceVersion: version, text });
      this.#early.set(request, work);
      await file.release(definitionWaitMs, subject);
      return this.hurryWhenDefined(); // it may have come between the look and the wait
    }
    if (definition.deleted || (storedContent(database, packageId)?.sourceVersion ?? 0) >= version) {
      reporter.info(`Package ${packageId} version ${version} is not needed any more; it is dropped`);
      return received.finish(subject);
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
      await received.damaged(subject);
      return this.#askAgain(work, subject);
    } else {
      const archive = delta ? await this.#merge(work, delta, packageFile, signal) : packageFile;
      if (!archive) {
        await this.#askAgain(work, subject, await this.#otherVersion(work));
        return received.finish(subject);
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
    await received.finish(subject);
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
}
