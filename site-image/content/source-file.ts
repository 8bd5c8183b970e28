/**
 * One file of a listed source folder, read. What is not as it was listed is told as SourceChangedError, what cannot
 * be read as SourceMissingError.
 */
import { closeSync, openSync, read } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

import { SourceChangedError, sourceFailure } from "./content-error.ts";
import type { FolderEntry } from "./folder-listing.ts";
import { asItIs } from "./open-flags.ts";

export async function openSource(folder: string, { path }: FolderEntry): Promise<FileHandle> {
  try {
    return await open(`${folder}/${path}`, asItIs);
  } catch (cause) {
    throw sourceFailure(folder, path, cause);
  }
}

/** Reads at least one byte of the file. */
export async function readSource(
  folder: string,
  { path }: FolderEntry,
  handle: FileHandle,
  into: Buffer,
): Promise<number> {
  let bytesRead: number;
  try {
    ({ bytesRead } = await handle.read(into));
  } catch (cause) {
    throw sourceFailure(folder, path, cause);
  }
  if (bytesRead === 0) throw new SourceChangedError(folder, [path]);
  return bytesRead;
}

/** A small file whole, as long as it was listed. One step off this thread instead of three (flushed-file.ts). */
export async function readSmall(folder: string, entry: FolderEntry): Promise<Buffer> {
  const { path } = entry;
  const bytes = Buffer.allocUnsafe(entry.bytes);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(`${folder}/${path}`, asItIs);
    for (let used = 0; used < bytes.length; ) {
      const count = await readInto(descriptor, bytes, used);
      if (count === 0) throw new SourceChangedError(folder, [path]);
      used += count;
    }
    return bytes;
  } catch (cause) {
    throw cause instanceof SourceChangedError ? cause : sourceFailure(folder, path, cause);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function readInto(descriptor: number, bytes: Buffer, used: number): Promise<number> {
  return new Promise((resolve, reject) =>
    read(descriptor, bytes, used, bytes.length - used, null, (error, count) =>
      error ? reject(error) : resolve(count),
    ),
  );
}

/** The contents of a file, as long as it was listed. A chunk is overwritten when the next one is asked for. */
export async function* contentsOf(
  folder: string,
  entry: FolderEntry,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  await using handle = await openSource(folder, entry);
  const chunk = Buffer.allocUnsafeSlow(256 * 1024);
  for (let left = entry.bytes; left > 0; ) {
    signal?.throwIfAborted();
    const read = await readSource(folder, entry, handle, chunk.subarray(0, left));
    left -= read;
    yield chunk.subarray(0, read);
  }
}
