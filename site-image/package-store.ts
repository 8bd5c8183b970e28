/**
 * SMSPKG: the compressed copy of each package (`<PackageID>.PKG`) and the deltas to it that child sites can use
 * (`<PackageID>.DLT.<base version>`). Everything is made in `SMSPKG/Temp` and renamed; rows in the site database say
 * which version a file is, and are gone while it changes. A delta is worth having and never needed: where one cannot be
 * made or is lost, the whole package goes.
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { deltaBases } from "../domain/delta-replication.ts";
import { type PackageId, packageId } from "../domain/identifiers.ts";
import type { PackageContent, PackageDelta } from "../domain/replication.ts";
import { applyDelta, joinDeltas, type KnownArchive, makeDelta } from "./content/package-delta.ts";
import {
  forgetStoredContent,
  rememberStoredContent,
  replicatedTo,
  sourceVersionOf,
  storedContent,
} from "./database/packages.ts";
import type { SiteDatabase } from "./database/site-database.ts";
import { rememberStoredDelta, storedDelta, storedDeltas } from "./database/stored-deltas.ts";
import type { Place } from "./inboxes/inbox.ts";
import { removeDurably, renameDurably } from "./inboxes/whole-file.ts";
import { errorText } from "./reporter.ts";

/** A delta in a file that is not yet where it belongs. */
type NewDelta = { readonly file: string; readonly delta: PackageDelta };

/** A version that is to take the place of the one before. */
export type NewCopy = {
  readonly content: PackageContent;
  /** The file it is in; renamed. */
  readonly archive: string;
  /** The delta that it was made of, if it was. */
  readonly madeOf?: NewDelta | undefined;
};

type Deps = { place: Place; database: SiteDatabase };

export class PackageStore {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Removes what the last run was still making, and deltas that it put in place and did not note. */
  async recover(): Promise<void> {
    const { place, database } = this.#deps;
    const { folders } = place;
    await rm(folders.compressing, { recursive: true, force: true });
    await mkdir(folders.compressing, { recursive: true });
    for (const name of await readdir(folders.compressedCopies)) {
      const [, id, base] = /^(.*)\.DLT\.(\d+)$/.exec(name) ?? [];
      const known = packageId.safeParse(id).data;
      if (known && !storedDelta(database, known, Number(base)))
        await removeDurably(join(folders.compressedCopies, name));
    }
  }

  /** Where a package's compressed copy is made. Changes of one package happen one after the other. */
  temporary(id: PackageId, extension = "PKG"): string {
    return join(this.#deps.place.folders.compressing, `${id}.${extension}`);
  }

  /** The delta from a version to the copy that is here, if there is one. */
  delta(id: PackageId, base: number): PackageDelta | undefined {
    const { database, place } = this.#deps;
    return existsSync(place.folders.delta(id, base)) ? storedDelta(database, id, base) : undefined;
  }

  /** Makes the deltas that children want, then puts the version in place; rejects before that when `signal` aborts. */
  async replace(id: PackageId, copy: NewCopy, onVisible: () => void, signal: AbortSignal): Promise<void> {
    const { place, database } = this.#deps;
    const { content, archive } = copy;
    const deltas = await this.#deltasTo(id, copy, signal);
    forgetStoredContent(database, id); // whoever reads a file looks at the row before and after
    await database.flushed();
    await renameDurably(archive, place.folders.compressedCopy(id), onVisible);
    await this.#removeDeltas(id, content.sourceVersion);
    for (const { file, delta } of deltas) {
      const path = place.folders.delta(id, delta.base.sourceVersion);
      await renameDurably(file, path, () =>
        place.reporter.event({
          action: "created",
          packages: [id],
          sourceVersion: content.sourceVersion,
          file: place.folders.shown(path),
          from: place.folders.shown(file),
          bytes: delta.bytes,
        }),
      );
    }
    database.transaction(() => {
      rememberStoredContent(database, id, content);
      for (const { delta } of deltas) rememberStoredDelta(database, id, delta);
    });
    await this.#removeUnfinished(id);
  }

  /**
   * Makes the copy of a version out of the one that is here and a delta, and resolves with where it is.
   * Throws what applyDelta throws.
   */
  async merge(
    id: PackageId,
    content: PackageContent,
    { file, delta }: NewDelta,
    signal: AbortSignal,
  ): Promise<string> {
    const archive = this.temporary(id);
    const { sha256, files: maxFiles, sourceBytes: maxBytes } = content;
    const base = { archive: this.#deps.place.folders.compressedCopy(id), sha256: delta.base.sha256 };
    await applyDelta({ base, delta: file, archive, sha256, maxFiles, maxBytes, signal });
    return archive;
  }

  /** Removes the copy, if there is one; `onForgotten` is called in the transaction that forgets what it was. */
  async remove(id: PackageId, onForgotten: (held: PackageContent) => void): Promise<void> {
    const { place, database } = this.#deps;
    const held = database.transaction(() => {
      const held = storedContent(database, id);
      forgetStoredContent(database, id);
      if (held) onForgotten(held);
      return held;
    });
    await database.flushed();
    await this.#removeDeltas(id, held?.sourceVersion ?? 0);
    await this.#removeUnfinished(id);
    const copy = place.folders.compressedCopy(id);
    const file = place.folders.shown(copy);
    const wasThere = await removeDurably(copy, () =>
      place.reporter.event({ action: "deleted", packages: [id], file }),
    );
    if (held && !wasThere)
      place.reporter.event({ action: "deleted", packages: [id], file, text: "found gone" });
  }

  /** What a try left in `SMSPKG/Temp` that a failing disk did not let end. */
  async #removeUnfinished(id: PackageId): Promise<void> {
    const { compressing } = this.#deps.place.folders;
    for (const name of await readdir(compressing))
      if (name.startsWith(`${id}.`)) await rm(join(compressing, name), { force: true });
  }

  /**
   * Those that have no row too: a disk may have failed when the rows were gone. By their names, for the folder is long
   * where packages are many.
   */
  async #removeDeltas(id: PackageId, version: number): Promise<void> {
    const { place, database } = this.#deps;
    const { folders, reporter } = place;
    const newest = Math.max(version, sourceVersionOf(database, id) ?? 0);
    for (let base = 1; base < newest; base++) {
      const path = folders.delta(id, base);
      await removeDurably(path, () =>
        reporter.event({ action: "deleted", packages: [id], file: folders.shown(path) }),
      );
    }
  }

  /** In `SMSPKG/Temp`, the deltas to the version in `archive` from those that children hold. */
  async #deltasTo(
    id: PackageId,
    { content, archive, madeOf }: NewCopy,
    signal: AbortSignal,
  ): Promise<NewDelta[]> {
    const { database, place } = this.#deps;
    // What is on its way to a child now may have come there when the new version does.
    const held = replicatedTo(database, id).flatMap(({ heldVersion, sourceVersion }) => [
      heldVersion,
      sourceVersion,
    ]);
    const wanted = new Set(deltaBases(held, content.sourceVersion));
    const stored = storedContent(database, id);
    const before = madeOf?.delta.base ?? stored;
    // What there is leads to the copy that is here: it is of use where the new one is a step from there.
    const known = stored?.sha256 === before?.sha256 ? storedDeltas(database, id) : [];
    const older = known.filter(({ base }) => wanted.has(base.sourceVersion));
    if (!before || (older.length === 0 && !wanted.has(before.sourceVersion))) return [];
    const made: NewDelta[] = [];
    try {
      const step = madeOf ?? (await this.#step(id, before, { archive, sha256: content.sha256 }, signal));
      made.push(step);
      for (const delta of older) made.push(await this.#joined(id, delta, step, signal));
    } catch (error) {
      if (signal.aborted) throw signal.reason; // the next start removes what was made
      const version = content.sourceVersion;
      place.reporter.warn(`No delta to version ${version} of package ${id} can be made: ${errorText(error)}`);
    }
    const { worth = [], other = [] } = Object.groupBy(made, ({ delta: { base, bytes } }) =>
      wanted.has(base.sourceVersion) && bytes < content.bytes ? "worth" : "other",
    );
    for (const { file } of other) if (file !== madeOf?.file) await rm(file);
    return worth;
  }

  /** The delta from the copy that is here. */
  async #step(
    id: PackageId,
    { sourceVersion, sha256 }: PackageDelta["base"],
    to: KnownArchive,
    signal: AbortSignal,
  ): Promise<NewDelta> {
    const { folders } = this.#deps.place;
    const file = this.temporary(id, `DLT.${sourceVersion}`);
    const from = { archive: folders.compressedCopy(id), sha256 };
    const made = await makeDelta({ from, to, delta: file, signal });
    return { file, delta: { base: { sourceVersion, sha256 }, ...made } };
  }

  async #joined(
    id: PackageId,
    { base, sha256 }: PackageDelta,
    { file: stepFile, delta: step }: NewDelta,
    signal: AbortSignal,
  ): Promise<NewDelta> {
    const { folders } = this.#deps.place;
    const file = this.temporary(id, `DLT.${base.sourceVersion}`);
    const older = { archive: folders.delta(id, base.sourceVersion), sha256 };
    const newer = { archive: stepFile, sha256: step.sha256 };
    return { file, delta: { base, ...(await joinDeltas({ older, newer, delta: file, signal })) } };
  }
}
