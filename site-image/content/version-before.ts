/**
 * The version that a new one is going to replace, whole and beside it. A file that is the same in both, byte for byte
 * and in all that one can see of it, gets a second name instead of being written again. Nothing ever writes to it:
 * versions are replaced and never edited, so neither is changed through the other.
 */
import { type FileHandle, link, open } from "node:fs/promises";
import { join } from "node:path";

import { asItIs } from "./open-flags.ts";

export type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** What can be seen of a file without reading it. */
type Look = { readonly bytes: number; readonly mode: number; readonly modifiedMs: number };

const blockBytes = 256 * 1024;

export class VersionBefore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The file of that path, open to read, where it has this length, mode and time. */
  async alike(path: string, look: Look): Promise<FileHandle | undefined> {
    const file = await open(join(this.#folder, path), asItIs).catch(() => undefined); // most often it is not there
    if (!file) return undefined;
    const stats = await file.stat();
    const isAlike =
      stats.isFile() &&
      stats.size === look.bytes &&
      (stats.mode & 0o7777) === look.mode &&
      Math.floor(stats.mtimeMs / 1000) === Math.floor(look.modifiedMs / 1000);
    if (isAlike) return file;
    await file.close();
    return undefined;
  }

  /** Gives the file of that path a second name. False where the file system cannot: it then has to be written. */
  async link(path: string, to: string): Promise<boolean> {
    return await link(join(this.#folder, path), to).then(
      () => true,
      () => false,
    );
  }
}

/**
 * How many of `contents` are the first bytes of `file`, and all that comes after them, which is nothing where they are
 * the same to their end.
 */
export async function partingOf(
  file: FileHandle,
  contents: Chunks,
): Promise<{ readonly same: number; readonly rest: AsyncIterable<Uint8Array> | undefined }> {
  const chunks = iteratorOf(contents);
  const block = Buffer.allocUnsafe(blockBytes);
  let same = 0;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    for (let from = 0; from < next.value.length; ) {
      const wanted = next.value.subarray(from, from + blockBytes);
      const unreadable = () => ({ bytesRead: 0 });
      const { bytesRead } = await file.read(block, 0, wanted.length, same).catch(unreadable);
      if (bytesRead === 0 || block.compare(wanted, 0, bytesRead, 0, bytesRead) !== 0)
        return { same, rest: following(next.value.subarray(from), chunks) };
      same += bytesRead;
      from += bytesRead;
    }
  }
  return { same, rest: undefined };
}

/** The first bytes of a file. A chunk is overwritten when the next one is asked for. */
export async function* firstBytesOf(file: FileHandle, bytes: number): AsyncGenerator<Uint8Array> {
  const block = Buffer.allocUnsafe(blockBytes);
  for (let from = 0; from < bytes; ) {
    const { bytesRead } = await file.read(block, 0, Math.min(block.length, bytes - from), from);
    if (bytesRead === 0) throw new Error("a file of the version before has become shorter");
    yield block.subarray(0, bytesRead);
    from += bytesRead;
  }
}

type Iteration = Iterator<Uint8Array> | AsyncIterator<Uint8Array>;

function iteratorOf(chunks: Chunks): Iteration {
  return Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
}

async function* following(first: Uint8Array, chunks: Iteration): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  } finally {
    await chunks.return?.(); // it may hold a file open
  }
}
