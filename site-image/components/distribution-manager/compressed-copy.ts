/**
 * The compressed copy of a package as Distribution Manager makes it of the source: of what was first read of a version,
 * and of nothing that has been edited since. Where and how it is kept is package-store.ts.
 */
import type { PackageDefinition } from "../../../domain/package.ts";
import type { PackageContent, PackageDelta } from "../../../domain/replication.ts";
import { SourceChangedError } from "../../content/content-error.ts";
import { digestOfListing } from "../../content/folder-digest.ts";
import type { FolderListing } from "../../content/folder-listing.ts";
import { compressFolder } from "../../content/package-archive.ts";
import { rememberSourceSnapshot, sourceSnapshot, storedContent } from "../../database/packages.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import type { Place } from "../../inboxes/inbox.ts";
import { PackageStore } from "../../package-store.ts";

type Deps = { place: Place; database: SiteDatabase };

export class CompressedCopies {
  readonly #deps: Deps;
  readonly #store: PackageStore;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#store = new PackageStore(deps);
  }

  /** Removes what the last run was still compressing. */
  recover(): Promise<void> {
    return this.#store.recover();
  }

  path(id: PackageDefinition["id"]): string {
    return this.#deps.place.folders.compressedCopy(id);
  }

  /** The copy of the version the definition asks for, if SMSPKG holds it. */
  held(definition: PackageDefinition): PackageContent | undefined {
    const stored = storedContent(this.#deps.database, definition.id);
    return stored?.sourceVersion === definition.sourceVersion ? stored : undefined;
  }

  /** What makes the copy out of that of the version `base`, if SMSPKG holds such a delta. */
  delta({ id }: PackageDefinition, base: number): PackageDelta | undefined {
    return this.#store.delta(id, base);
  }

  /** Compresses `source` into SMSPKG. Throws what compressFolder throws, and when `source` is not that version. */
  async make(definition: PackageDefinition, source: string, signal: AbortSignal): Promise<PackageContent> {
    const { place } = this.#deps;
    const { id, sourceVersion } = definition;
    const archive = this.#store.temporary(id);
    place.reporter.info(
      `Starting to compress ${source} to ${place.folders.shown(archive)} for package ${id}`,
    );
    const { listing, ...made } = await compressFolder({ source, archive, signal });
    await this.settleSnapshot(definition, source, listing);
    const content = { sourceVersion, ...made };
    await this.#store.replace(
      id,
      { content, archive },
      () =>
        place.reporter.event({
          action: "compressed",
          packages: [id],
          sourceVersion,
          file: place.folders.shown(this.path(id)),
          from: place.folders.shown(archive),
          bytes: made.bytes,
        }),
      signal,
    );
    place.reporter.info(
      `The size of package ${id} is ${kilobytes(made.sourceBytes)} KBytes, compressed ${kilobytes(made.bytes)} KBytes`,
    );
    return content;
  }

  /** Removes the copy, if there is one; `onForgotten` is called in the transaction that forgets what it was. */
  remove(id: PackageDefinition["id"], onForgotten: (held: PackageContent) => void): Promise<void> {
    return this.#store.remove(id, onForgotten);
  }

  /**
   * A version is one thing: what was read of it first says what it is. Throws SourceChangedError when `listing` is
   * of something else, for then the source has been edited since, and a refresh would make that a version of its own.
   */
  async settleSnapshot(definition: PackageDefinition, source: string, listing: FolderListing): Promise<void> {
    const { id, sourceVersion } = definition;
    const fingerprint = digestOfListing(listing);
    const snapshot = sourceSnapshot(this.#deps.database, id);
    if (snapshot?.sourceVersion !== sourceVersion) {
      rememberSourceSnapshot(this.#deps.database, id, { sourceVersion, fingerprint });
      await this.#deps.database.flushed();
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
