/**
 * The compressed copy of a package: `SMSPKG/<PackageID>.PKG`. Made in `SMSPKG/Temp` and moved, so that it is there
 * whole or not at all; the row in the site database says which version it is, and is gone while the file changes.
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import type { PackageDefinition } from "../../../domain/package.ts";
import type { PackageContent } from "../../../domain/replication.ts";
import { SourceChangedError } from "../../content/content-error.ts";
import { digestOfListing } from "../../content/folder-digest.ts";
import type { FolderListing } from "../../content/folder-listing.ts";
import { compressFolder } from "../../content/package-archive.ts";
import {
  forgetStoredContent,
  rememberSourceSnapshot,
  rememberStoredContent,
  sourceSnapshot,
  storedContent,
} from "../../database/packages.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import type { Place } from "../../inboxes/inbox.ts";
import { removeDurably, renameDurably } from "../../inboxes/whole-file.ts";

type Deps = { place: Place; database: SiteDatabase };

export class CompressedCopies {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Removes what the last run was still compressing. */
  async recover(): Promise<void> {
    const { folders } = this.#deps.place;
    await rm(folders.compressing, { recursive: true, force: true });
    await mkdir(folders.compressing, { recursive: true });
  }

  path(id: PackageDefinition["id"]): string {
    return join(this.#deps.place.folders.compressedCopies, `${id}.PKG`);
  }

  /** The copy of the version the definition asks for, if SMSPKG holds it. */
  held(definition: PackageDefinition): PackageContent | undefined {
    const stored = storedContent(this.#deps.database, definition.id);
    return stored?.sourceVersion === definition.sourceVersion ? stored : undefined;
  }

  /** Compresses `source` into SMSPKG. Throws what compressFolder throws, and when `source` is not that version. */
  async make(definition: PackageDefinition, source: string, signal: AbortSignal): Promise<PackageContent> {
    const { place, database } = this.#deps;
    const { id, sourceVersion } = definition;
    const archive = join(place.folders.compressing, `${id}.PKG`);
    place.reporter.info(
      `Starting to compress ${source} to ${place.folders.shown(archive)} for package ${id}`,
    );
    const { listing, ...made } = await compressFolder({ source, archive, signal });
    this.settleSnapshot(definition, source, listing);
    const content = { sourceVersion, ...made };
    const copy = this.path(id);
    forgetStoredContent(database, id);
    await renameDurably(archive, copy, () =>
      place.reporter.event({
        action: "compressed",
        packages: [id],
        sourceVersion,
        file: place.folders.shown(copy),
        from: place.folders.shown(archive),
        bytes: made.bytes,
      }),
    );
    rememberStoredContent(database, id, content);
    place.reporter.info(
      `The size of package ${id} is ${kilobytes(made.sourceBytes)} KBytes, compressed ${kilobytes(made.bytes)} KBytes`,
    );
    return content;
  }

  /** Removes the copy, if there is one; `onForgotten` is called in the transaction that forgets what it was. */
  async remove(id: PackageDefinition["id"], onForgotten: (held: PackageContent) => void): Promise<void> {
    const { place, database } = this.#deps;
    const wasHeld = database.transaction(() => {
      const held = storedContent(database, id);
      forgetStoredContent(database, id);
      if (held) onForgotten(held);
      return held !== undefined;
    });
    const copy = this.path(id);
    const file = place.folders.shown(copy);
    const wasThere = await removeDurably(copy, () =>
      place.reporter.event({ action: "deleted", packages: [id], file }),
    );
    if (wasHeld && !wasThere)
      place.reporter.event({ action: "deleted", packages: [id], file, text: "found gone" });
  }

  /**
   * A version is one thing: what was read of it first says what it is. Throws SourceChangedError when `listing` is
   * of something else, for then the source has been edited since, and a refresh would make that a version of its own.
   */
  settleSnapshot(definition: PackageDefinition, source: string, listing: FolderListing): void {
    const { id, sourceVersion } = definition;
    const fingerprint = digestOfListing(listing);
    const snapshot = sourceSnapshot(this.#deps.database, id);
    if (snapshot?.sourceVersion !== sourceVersion) {
      rememberSourceSnapshot(this.#deps.database, id, { sourceVersion, fingerprint });
    } else if (snapshot.fingerprint !== fingerprint) {
      throw new SourceChangedError(source, [
        `(since version ${sourceVersion} was taken from it; refresh the package)`,
      ]);
    }
  }
}

function kilobytes(bytes: number): number {
  return Math.ceil(bytes / 1024);
}
