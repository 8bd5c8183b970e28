/**
 * A package share: the folder of a distribution point (SMSPKGC$) where clients find each package.
 * On disk: `<PackageID>` is a relative symbolic link to `.versions/<PackageID>.<version>.<n>/`, a whole version; n
 * is one more than the redistribution that the version was installed for.
 * The swap is one rename of a fresh link over the old one. A rename over a link is atomic, so a reader finds either
 * version at any instant. A folder could not be swapped so: it cannot be renamed over one that is not empty, and two
 * renames leave an instant with nothing there.
 * A version that no link points to is half-filled or outdated, whatever is in it: a crash leaves one at worst, and
 * `sweep` removes it. A reader that keeps to one version resolves the link once and reads beneath what it finds; one
 * that finds it gone, because a swap came between the two, resolves the link again.
 */
import type { Dirent } from "node:fs";
import { mkdir, readdir, readlink, rename, rm, stat, symlink, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { flushFolder } from "../inboxes/whole-file.ts";
import { codeOf, ShareRefusedError } from "./content-error.ts";
import { removeFolder } from "./remove-folder.ts";
import { writing } from "./writing.ts";

const versionsFolder = ".versions";

export class PackageShare {
  readonly folder: string;
  readonly #versions: string;
  /** The last change begun of each package: changes of one package happen one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();

  /** `folder` need not be there yet. */
  constructor(folder: string) {
    this.folder = folder;
    this.#versions = join(folder, versionsFolder);
  }

  /** Where readers find the package, if it is installed. Throws ShareRefusedError for what is no package id. */
  path(packageId: string): string {
    if (/^[A-Za-z0-9_-]+$/.test(packageId)) return join(this.folder, packageId);
    throw new ShareRefusedError(this.folder, `expected a package id, got ${JSON.stringify(packageId)}`);
  }

  /** The version readers see now, or undefined when they see none. */
  async installedVersion(packageId: string): Promise<number | undefined> {
    const installed = await this.#installed(packageId);
    return installed === undefined ? undefined : versionOf(installed);
  }

  /**
   * Has `fill` write the version into the empty folder it is given, and then shows it to readers in one step;
   * resolves when that would survive a loss of power and the version before is gone. When `fill` rejects, nothing
   * has changed. `before` is the folder of another version that is installed now, and stays as it is until then.
   * A version that is installed already, for this redistribution or a later one, is left alone.
   * `version` is a whole number from 1. `fill` flushes what it writes.
   */
  install(
    packageId: string,
    version: number,
    fill: (staging: string, before: string | undefined) => Promise<void>,
    { redistribution = 0 }: { readonly redistribution?: number } = {},
  ): Promise<void> {
    return this.#inTurn(packageId, async () => {
      if (!(Number.isSafeInteger(version) && version >= 1)) {
        throw new ShareRefusedError(this.path(packageId), `expected a version from 1, got ${version}`);
      }
      const installed = await writing(this.folder, () => this.#installed(packageId));
      if (installed && versionOf(installed) === version && numberOf(installed) > redistribution) {
        // It may have been here that a crash came last time, or that the disk failed.
        await flushFolder(this.folder);
        await this.#removeVersions(packageId, installed);
        return;
      }
      const name = await writing(this.folder, () => this.#newFolder(packageId, version, redistribution + 1));
      const staging = join(this.#versions, name);
      try {
        const isAnother = installed !== undefined && versionOf(installed) !== version;
        await fill(staging, isAnother ? join(this.#versions, installed) : undefined);
        await writing(staging, () => this.#show(packageId, name));
      } catch (error) {
        await removeFolder(staging).catch(() => {}); // the next sweep removes what is left
        throw error;
      }
      await flushFolder(this.folder);
      // By its name, for the folder of versions is long where packages are many. What else a failing disk left of the
      // package, the sweep of the next start removes.
      if (installed !== undefined) await removeFolder(join(this.#versions, installed));
    });
  }

  /** Takes the package from readers at once, and then removes it. One that is not there is no error. */
  remove(packageId: string): Promise<void> {
    return this.#inTurn(packageId, async () => {
      const installed = await writing(this.folder, () => this.#installed(packageId));
      if (installed !== undefined) await unlink(this.path(packageId));
      await flushFolder(this.folder).catch(orMissing); // also when the last try failed after the unlink
      await this.#removeVersions(packageId, undefined);
    });
  }

  /**
   * Removes what a crash has left: versions that no link points to, and links that were not yet in place. Returns
   * their names. For the start: a version being filled would be taken for a leftover.
   */
  async sweep(): Promise<string[]> {
    const shown = new Set<string>();
    for (const entry of await entriesOf(this.folder)) {
      if (!entry.isSymbolicLink()) continue;
      shown.add(basename(await readlink(join(this.folder, entry.name))));
    }
    const left = (await namesOf(this.#versions)).filter((name) => !shown.has(name));
    for (const name of left) await removeFolder(join(this.#versions, name));
    return left.sort();
  }

  /** The name of the version the package's link points to, if there is one and it is there. */
  async #installed(packageId: string): Promise<string | undefined> {
    const path = this.path(packageId);
    try {
      const target = await readlink(path);
      if (dirname(target) !== versionsFolder || versionOf(basename(target)) === undefined) {
        throw new ShareRefusedError(path, `links to ${target}, which this share did not make`);
      }
      await stat(path);
      return basename(target);
    } catch (error) {
      if (codeOf(error) === "EINVAL")
        throw new ShareRefusedError(path, "not a link, so not of this share's making");
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  async #newFolder(packageId: string, version: number, number: number): Promise<string> {
    const created = await mkdir(this.#versions, { recursive: true });
    if (created !== undefined) {
      await flushFolder(this.folder);
      await flushFolder(dirname(created));
    }
    const name = `${packageId}.${version}.${number}`;
    await removeFolder(join(this.#versions, name)); // no link points to it: it was never filled to the end
    await mkdir(join(this.#versions, name));
    return name;
  }

  /** Points the package's link to the version `name`. Until the rename nothing is visible, after it everything. */
  async #show(packageId: string, name: string): Promise<void> {
    const fresh = join(this.#versions, `${packageId}.link`);
    await rm(fresh, { force: true }); // a crash may have left one
    await symlink(`${versionsFolder}/${name}`, fresh); // as it reads from where it is going to be
    await flushFolder(join(this.#versions, name));
    await flushFolder(this.#versions); // so that the link never survives what it points to
    await rename(fresh, this.path(packageId));
  }

  async #removeVersions(packageId: string, kept: string | undefined): Promise<void> {
    for (const name of await namesOf(this.#versions)) {
      if (name.startsWith(`${packageId}.`) && name !== kept) await removeFolder(join(this.#versions, name));
    }
  }

  /** Does `change` when the changes of the package begun before it have ended. */
  async #inTurn(packageId: string, change: () => Promise<void>): Promise<void> {
    const before = this.#turns.get(packageId);
    const turn = Promise.allSettled([before]).then(change);
    this.#turns.set(packageId, turn);
    try {
      await turn;
    } finally {
      if (this.#turns.get(packageId) === turn) this.#turns.delete(packageId);
    }
  }
}

function orMissing(error: unknown): void {
  if (codeOf(error) !== "ENOENT") throw error;
}

/** The version in a folder's name, `<PackageID>.<version>.<n>`. */
function versionOf(name: string): number | undefined {
  const version = /^[^.]+\.([1-9]\d*)\.[1-9]\d*$/.exec(name)?.[1];
  return version === undefined ? undefined : Number(version);
}

/** The number in it. */
function numberOf(name: string): number {
  return Number(name.slice(name.lastIndexOf(".") + 1));
}

async function namesOf(folder: string): Promise<string[]> {
  return (await entriesOf(folder)).map((entry) => entry.name);
}

/** What is in a folder; nothing where the folder is not there. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}
