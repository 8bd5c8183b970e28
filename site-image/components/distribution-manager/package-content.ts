/**
 * Where the content of a package's version comes from: the source folder where the package was made, the compressed
 * copy everywhere else, and a distribution point's whole copy where the source has moved on since.
 */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";

import type { DistributionPlan } from "../../../domain/distribution-plan.ts";
import { type SiteCode, siteOfPackage } from "../../../domain/identifiers.ts";
import type { PackageDefinition } from "../../../domain/package.ts";
import type { PackageContent as StoredContent } from "../../../domain/replication.ts";
import {
  ArchiveDamagedError,
  ArchiveMissingError,
  SourceChangedError,
  SourceMissingError,
} from "../../content/content-error.ts";
import { copyFolder } from "../../content/folder-copy.ts";
import { uncompressArchive } from "../../content/package-archive.ts";
import { removeFolder } from "../../content/remove-folder.ts";
import { addOutboundReplication } from "../../database/outbound-replication.ts";
import { sourceFolderOf } from "../../database/packages.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import type { Place } from "../../inboxes/inbox.ts";
import type { ReplicationOutbox } from "../../inboxes/replication-outbox.ts";
import type { CompressedCopies } from "./compressed-copy.ts";
import type { DistributionPoints } from "./distribution-points.ts";

type Deps = {
  place: Place;
  database: SiteDatabase;
  outbox: ReplicationOutbox;
  parent: SiteCode | null;
  copies: CompressedCopies;
  points: DistributionPoints;
};

export class PackageContent {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Sees to the compressed copy where one is needed. False where the content is still to come from the parent. */
  async prepare(
    definition: PackageDefinition,
    plan: DistributionPlan,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { place, copies, points } = this.#deps;
    const { id, sourceVersion } = definition;
    if (plan.servers.length === 0 && !plan.childrenNeedCopy) {
      await this.#letGo(definition);
      return true;
    }
    const needsCopy =
      !this.#isMadeHere(definition) || definition.source === "compressed" || plan.childrenNeedCopy;
    if (!needsCopy) return true;
    if (copies.held(definition) && !existsSync(copies.path(id))) await this.#copyIsLost(definition);
    if (!copies.held(definition)) {
      if (!this.#isMadeHere(definition)) {
        const text = `the content of package ${id} version ${sourceVersion} hasn't arrived yet`;
        place.reporter.status(2372, `${id} version ${sourceVersion}`, id);
        place.reporter.event({ action: "waiting", packages: [id], sourceVersion, text });
        return false;
      }
      await this.#fromSource(definition, (source) => copies.make(definition, source, signal));
    }
    await points.setStatus(definition, "", "received", "");
    return true;
  }

  /** Fills an empty folder with the version; `before` is that of the one it replaces. Rejects with what went wrong; the folder is then the caller's to remove. */
  async fill(
    definition: PackageDefinition,
    folder: string,
    before: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { copies } = this.#deps;
    const held = copies.held(definition);
    if (!this.#isMadeHere(definition) || definition.source === "compressed") {
      return this.#uncompress(definition, held, { folder, before, signal });
    }
    try {
      await this.#fromSource(definition, async (source) => {
        await emptied(folder);
        await copies.settleSnapshot(definition, source, await copyFolder({ source, folder, before, signal }));
      });
    } catch (error) {
      if (!held || !hasMovedOn(error)) throw error;
      await emptied(folder);
      await this.#uncompress(definition, held, { folder, before, signal });
    }
  }

  #isMadeHere({ id }: PackageDefinition): boolean {
    return siteOfPackage(id) === this.#deps.place.site;
  }

  /** Does `work` with the source folder; where that has been edited since, with a distribution point's whole copy. */
  async #fromSource<Result>(
    definition: PackageDefinition,
    work: (source: string) => Promise<Result>,
  ): Promise<Result> {
    const { database, points } = this.#deps;
    try {
      return await work(sourceFolderOf(database, definition.id));
    } catch (error) {
      const other = points.folderWith(definition);
      if (!other || !hasMovedOn(error)) throw error;
      return work(`${other}/`); // with the slash: the share shows a version through a link
    }
  }

  async #uncompress(
    definition: PackageDefinition,
    held: StoredContent | undefined,
    into: { readonly folder: string; readonly before: string | undefined; readonly signal: AbortSignal },
  ): Promise<void> {
    const { copies, place } = this.#deps;
    if (!held) throw new Error(`the compressed copy of package ${definition.id} is being replaced`);
    const { sha256, files: maxFiles, sourceBytes: maxBytes } = held;
    const archive = copies.path(definition.id);
    try {
      await uncompressArchive({ archive, sha256, maxFiles, maxBytes, ...into });
    } catch (error) {
      const isUnusable = error instanceof ArchiveDamagedError || error instanceof ArchiveMissingError;
      const isLost = isUnusable && !place.reporter.diskFailed(error); // that may read it again later
      // A copy that was replaced while it was read is not lost: the row then tells of another one.
      if (isLost && copies.held(definition)?.sha256 === sha256) await this.#copyIsLost(definition);
      throw error;
    }
  }

  /** The compressed copy is damaged or gone: where the package was made it is made again, elsewhere asked for again. */
  async #copyIsLost(definition: PackageDefinition): Promise<void> {
    const { place, parent } = this.#deps;
    const { id, sourceVersion } = definition;
    await this.#letGo(definition);
    if (this.#isMadeHere(definition) || !parent) return;
    place.reporter.status(30004, `${id} version ${sourceVersion} from site ${parent}`, id);
  }

  /**
   * Removes the compressed copy. The parent is told in the transaction that forgets it: it sent the version once and
   * would not do so again when the package comes back here.
   */
  async #letGo({ id: packageId, deleted }: PackageDefinition): Promise<void> {
    const { place, database, outbox, parent, copies } = this.#deps;
    await copies.remove(packageId, ({ sourceVersion }) => {
      if (siteOfPackage(packageId) === place.site || !parent || deleted) return;
      const object = { kind: "contentRequest" as const, packageId, sourceVersion, site: place.site };
      addOutboundReplication(database, {
        destination: parent,
        priority: "high",
        preferredSender: "*",
        object,
      });
    });
    await outbox.flush(place);
  }
}

/** True if the source folder is no longer what the version was taken from. */
function hasMovedOn(error: unknown): boolean {
  return error instanceof SourceChangedError || error instanceof SourceMissingError;
}

async function emptied(folder: string): Promise<void> {
  await removeFolder(folder);
  await mkdir(folder);
}
