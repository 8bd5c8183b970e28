/**
 * A source folder copied as it is, not through an archive. Where the file system can share the blocks of a file
 * between two copies it does, and then even the largest file takes no time and no room.
 */
import { constants } from "node:fs";
import { copyFile } from "node:fs/promises";

import { codeOf, SourceChangedError, sourceFailure } from "./content-error.ts";
import { changesBetween, type FolderEntry, type FolderListing, listFolder } from "./folder-listing.ts";
import { FolderWriter } from "./folder-writer.ts";
import { contentsOf } from "./source-file.ts";

/**
 * Copies what is in the folder `source` into `folder`, which is there and empty, and resolves with what it copied
 * when all of it is on disk. A `listing` made before saves making it again; the source must still be as it says.
 * Throws what listFolder throws, SourceChangedError when the source changed meanwhile, ContentWriteError, or the
 * signal's reason when it aborts. What is then in the folder is the caller's to remove; nothing is still being
 * written to it.
 */
export async function copyFolder(options: {
  readonly source: string;
  readonly folder: string;
  readonly listing?: FolderListing;
  /** A folder with an earlier version: of what is the same in both, the files get a second name. */
  readonly before?: string | undefined;
  readonly signal?: AbortSignal;
}): Promise<FolderListing> {
  const { source, folder, signal } = options;
  const listing = options.listing ?? (await listFolder(source, signal));
  const writer = await FolderWriter.into(folder, listing.files, options.before);
  try {
    for (const entry of [listing.root, ...listing.entries]) {
      signal?.throwIfAborted();
      await copyEntry(source, entry, writer, signal);
    }
    await writer.filesWritten();
    const changes = changesBetween(listing, await listFolder(source, signal));
    if (changes.length > 0) throw new SourceChangedError(source, changes);
    await writer.finish();
    return listing;
  } finally {
    await writer.settled();
  }
}

async function copyEntry(
  source: string,
  entry: FolderEntry,
  writer: FolderWriter,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (entry.type === "directory") return writer.addFolder(entry.path, entry);
  if (entry.target !== undefined) return writer.addLink(entry.path, entry.target, entry.modifiedMs);
  await writer.begin(async () => {
    const { path } = entry;
    const contents = contentsOf(source, entry, signal);
    if (entry.bytes <= smallBytes) {
      await writer.addContents(path, entry, contents, (_, to) => copySmall(source, entry, to));
    } else if (!(await writer.addClone(path, entry, `${source}/${path}`))) {
      await writer.addContents(path, entry, contents);
    }
  });
}

/** Up to here the system copies in one call, which is quick but cannot be stopped. */
const smallBytes = 8 * 1024 * 1024;

async function copySmall(source: string, entry: FolderEntry, to: string): Promise<void> {
  try {
    await copyFile(`${source}/${entry.path}`, to, constants.COPYFILE_FICLONE);
  } catch (cause) {
    // One call reads and writes; these are what only writing can meet.
    if (["ENOSPC", "EDQUOT", "EFBIG", "EROFS"].includes(codeOf(cause) ?? "")) throw cause;
    throw sourceFailure(source, entry.path, cause);
  }
}
