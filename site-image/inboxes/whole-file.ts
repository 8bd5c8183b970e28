/**
 * Files that appear whole or not at all: written beside under `.tmp`, flushed, renamed, the folder flushed.
 * The only code of a site that creates a file which another component may read.
 *
 * The step that makes a change visible is synchronous and `onVisible` is called with it, so that what is recorded
 * of it comes before what others record of having seen it.
 */
import { randomUUID } from "node:crypto";
import { renameSync, unlinkSync } from "node:fs";
import { readdir, unlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { smallFileBytes, writeFlushed } from "../flushed-file.ts";
import { sharedFlush } from "../shared-flush.ts";

/** The extension of a file that is still being written; swept when the site starts. */
const unfinished = ".tmp";

export type NewFile = {
  readonly path: string;
  readonly data: string | Uint8Array;
  onVisible?(): void;
};

/** Writes a file whole, replacing one of the same name in one step. Rejects with the cause, leaving nothing. */
export function writeWhole(path: string, data: string | Uint8Array, onVisible = () => {}): Promise<void> {
  return writeAllWhole([{ path, data, onVisible }]);
}

/** The same for several files, which appear in their order and share the flush of their folder. */
export async function writeAllWhole(files: readonly NewFile[]): Promise<void> {
  const made = files.map((file) => ({ ...file, temporary: temporaryOf(file.path) }));
  const written = await Promise.allSettled(
    made.map(({ temporary, path, data }) => write(temporary, path, data)),
  );
  const failed = written.find((one) => one.status === "rejected");
  if (failed) {
    for (const { temporary } of made) await removeOrLeave(temporary);
    throw failed.reason;
  }
  for (const { temporary, path, onVisible } of made) {
    try {
      renameSync(temporary, path);
    } catch (cause) {
      for (const one of made) await removeOrLeave(one.temporary); // those that are in their place stay there
      throw new Error(`cannot write ${path}`, { cause });
    }
    onVisible?.();
  }
  await Promise.all([...new Set(files.map(({ path }) => dirname(path)))].map(flushFolder));
}

function temporaryOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID()}${unfinished}`);
}

async function write(temporary: string, path: string, data: string | Uint8Array): Promise<void> {
  try {
    if (data.length > smallFileBytes) await writeFile(temporary, data, { flush: true });
    else await writeFlushed(temporary, [Buffer.from(data)], { flag: "w" });
  } catch (cause) {
    throw new Error(`cannot write ${path}`, { cause });
  }
}

/** Half-written files that a failing disk did not let go. Their names are never used again. */
const left = new Set<string>();

async function removeOrLeave(temporary: string): Promise<void> {
  try {
    await unlink(temporary);
    left.delete(temporary);
  } catch (error) {
    if (isMissing(error))
      left.delete(temporary); // or it never came to be
    else left.add(temporary);
  }
}

/** Removes them, as far as the disk lets it now. Never rejects. */
export async function removeLeft(): Promise<void> {
  for (const temporary of [...left]) await removeOrLeave(temporary);
}

/** Renames a file. For what is the same after a loss of power took it back: a claim, which the next start gives up. */
export function rename(from: string, to: string, onVisible = () => {}): void {
  renameSync(from, to);
  onVisible();
}

/**
 * Removes a file. False if there was none. For what does no harm when a loss of power brings it back: a file that is
 * done with is handled again, and found done.
 */
export function remove(path: string, onVisible = () => {}): boolean {
  try {
    unlinkSync(path);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  onVisible();
  return true;
}

/** Renames a file and makes the change last. Both folders must be on one disk. Throws ENOENT when it is gone. */
export async function renameDurably(from: string, to: string, onVisible = () => {}): Promise<void> {
  rename(from, to, onVisible);
  await flushFolder(dirname(to));
  if (dirname(from) !== dirname(to)) await flushFolder(dirname(from));
}

/** Removes a file and makes the change last. False if there was none. */
export async function removeDurably(path: string, onVisible = () => {}): Promise<boolean> {
  const wasThere = remove(path, onVisible);
  if (wasThere) await flushFolder(dirname(path));
  return wasThere;
}

/** Resolves when what was made, renamed or removed in the folder before the call is on the disk. */
export function flushFolder(folder: string): Promise<void> {
  return sharedFlush(folder);
}

/** Removes what a run that died was still writing. */
export async function sweepUnfinished(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const { name } = entry;
    if (entry.isDirectory()) continue; // none of ours
    if (name.startsWith(".") && name.endsWith(unfinished)) await unlink(join(folder, name));
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
