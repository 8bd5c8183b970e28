/**
 * Writes a package's content into an empty folder, file by file, so that it survives a loss of power.
 * While it is written only the owner can look in. Links come when every file is there, so nothing is ever written
 * through one; the modes and times of folders come last, for a read-only folder could not be filled.
 * The umask and the owner of the source do not matter. Times are kept to the second, as the archive holds them, so
 * that content is the same whichever way it came.
 */
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { chmod, copyFile, lutimes, mkdir, open, readdir, symlink } from "node:fs/promises";

import { type FileAttributes as Attributes, writeFlushed } from "../flushed-file.ts";
import { ContentWriteError } from "./content-error.ts";
import { canFlushFileSystem, flushFileSystem } from "./flush-file-system.ts";
import { filesAtOnce, inParallel, Running } from "./in-parallel.ts";
import { type Chunks, firstBytesOf, partingOf, VersionBefore } from "./version-before.ts";
import { writing } from "./writing.ts";

type Link = { readonly path: string; readonly target: string; readonly modifiedMs: number };

/**
 * From so many on, one flush of the file system at the end is the cheaper: it took 0.5 s after 10,000 files of 1 KiB
 * were written, a flush for each of them, 16 at a time, 2.1 s. It flushes also what others wrote there.
 */
const manyFiles = 256;

export class FolderWriter {
  readonly folder: string;
  readonly #running = new Running(filesAtOnce);
  readonly #folders: { readonly path: string; readonly attributes: Attributes }[] = [];
  readonly #links: Link[] = [];
  readonly #before: VersionBefore | undefined;
  /** Otherwise `finish` flushes everything at once. */
  readonly #flushesEach: boolean;

  private constructor(folder: string, flushesEach: boolean, before: string | undefined) {
    this.folder = folder;
    this.#flushesEach = flushesEach;
    this.#before = before === undefined ? undefined : new VersionBefore(before);
  }

  /**
   * For at most `files` files. Throws ContentWriteError when `folder` is not there or not empty. `before` is a folder
   * with an earlier version, on the same disk, if there is one.
   */
  static async into(folder: string, files: number, before?: string): Promise<FolderWriter> {
    const names = await writing(folder, () => readdir(folder));
    const flushesEach = files < manyFiles || !(await canFlushFileSystem());
    if (names.length === 0) return new FolderWriter(folder, flushesEach, before);
    throw new ContentWriteError(folder, { cause: new Error("the folder is not empty") });
  }

  /** Creates a folder, whose parent must have been created before; "." is the folder itself. */
  async addFolder(path: string, attributes: Attributes): Promise<void> {
    const absolute = this.#absolute(path);
    if (path !== ".") await writing(absolute, () => mkdir(absolute, 0o700));
    this.#folders.push({ path: absolute, attributes });
  }

  /** Creates a file that `fill` writes. Like all of them it is on disk at the latest when `finish` resolves. */
  async addFile(path: string, attributes: Attributes, fill: Fill): Promise<void> {
    const absolute = this.#absolute(path);
    await writing(absolute, async () => {
      await using handle = await open(absolute, "wx", 0o600);
      await fill(handle, absolute);
      await this.#complete(handle, attributes);
    });
  }

  /** As `addContents`, of a small file. */
  async addSmallFile(
    path: string,
    attributes: Attributes & { readonly bytes: number },
    contents: readonly Uint8Array[],
  ): Promise<void> {
    if (this.#before) return this.addContents(path, attributes, contents);
    const absolute = this.#absolute(path);
    const isFlushed = this.#flushesEach;
    await writing(absolute, () => writeFlushed(absolute, contents, { flag: "wx", attributes, isFlushed }));
  }

  /**
   * Creates a file with these contents, or gives that of the version before a second name where it is the same. `fill`
   * is a quicker way to write it, if there is one.
   */
  async addContents(
    path: string,
    attributes: Attributes & { readonly bytes: number },
    contents: Chunks,
    fill: Fill = (handle) => writeAll(handle, contents),
  ): Promise<void> {
    const old = await this.#before?.alike(path, attributes);
    if (!old) return this.addFile(path, attributes, fill);
    await using held = old;
    const { same, rest } = await partingOf(held, contents);
    if (!rest && (await this.#before?.link(path, this.#absolute(path)))) return;
    await this.addFile(path, attributes, async (handle) => {
      await writeAll(handle, firstBytesOf(held, same));
      if (rest) await writeAll(handle, rest);
    });
  }

  /**
   * Creates a file that shares its blocks with the file `from` and resolves with true; with false, and nothing done,
   * where the file system cannot.
   */
  async addClone(path: string, attributes: Attributes, from: string): Promise<boolean> {
    const absolute = this.#absolute(path);
    const made = copyFile(from, absolute, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    if (!(await made.then(() => true).catch(() => false))) return false;
    await writing(absolute, async () => {
      await chmod(absolute, 0o600); // it has the mode of `from`, which may not let its owner open it
      await using handle = await open(absolute, "r");
      await this.#complete(handle, attributes);
    });
    return true;
  }

  /** Begins to add files; resolves when there is room to begin more. Rejects when what was begun before has failed. */
  begin(add: () => Promise<void>): Promise<void> {
    return this.#running.start(add);
  }

  /** Notes a link, to be made at the end. */
  addLink(path: string, target: string, modifiedMs: number): void {
    this.#links.push({ path: this.#absolute(path), target, modifiedMs });
  }

  /** Resolves when every file that was begun is written, or rejects when one of them has failed. */
  filesWritten(): Promise<void> {
    return this.#running.end();
  }

  /** Resolves when everything is there and on disk. */
  async finish(): Promise<void> {
    await this.filesWritten();
    await inParallel(this.#links, filesAtOnce, ({ path, target, modifiedMs }) =>
      writing(path, async () => {
        const seconds = Math.floor(modifiedMs / 1000);
        await symlink(target, path);
        await lutimes(path, seconds, seconds);
      }),
    );
    // The innermost first: a folder may not let anybody in once it has its mode.
    const byDepth = Map.groupBy(this.#folders, ({ path }) => path.split("/").length);
    for (const [, folders] of [...byDepth].sort(([a], [b]) => b - a)) {
      await inParallel(folders, filesAtOnce, ({ path, attributes }) =>
        writing(path, async () => {
          await using handle = await open(path, "r");
          await this.#complete(handle, attributes);
        }),
      );
    }
    if (!this.#flushesEach) await writing(this.folder, () => flushFileSystem(this.folder));
  }

  /** Resolves when no file is being written any more, so that the folder can be removed. */
  settled(): Promise<void> {
    return this.#running.settled();
  }

  async #complete(handle: FileHandle, { mode, modifiedMs }: Attributes): Promise<void> {
    const seconds = Math.floor(modifiedMs / 1000);
    await handle.utimes(seconds, seconds);
    await handle.chmod(mode);
    if (this.#flushesEach) await handle.sync();
  }

  #absolute(path: string): string {
    return path === "." ? this.folder : `${this.folder}/${path}`;
  }
}

/** Writes the bytes of a new file, which is also known by its path. */
export type Fill = (handle: FileHandle, path: string) => Promise<void>;

/** Writes every chunk after what `handle` has written. */
export async function writeAll(handle: FileHandle, chunks: Chunks): Promise<void> {
  for await (const chunk of chunks) {
    for (let written = 0; written < chunk.length; ) {
      written += (await handle.write(chunk, written)).bytesWritten;
    }
  }
}
