/**
 * The compressed copy of a package: its source folder as one tar archive, compressed with zstd.
 * Both ways stream, so memory stays flat however large the package is. Compressing, reading and writing happen on
 * the thread pool; the main thread only hashes, a fraction of a millisecond at a time.
 * Never renames: the caller gives a temporary path, and moves what is whole to where others look for it.
 */
import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";

import {
  ArchiveDamagedError,
  ArchiveMissingError,
  ArchiveRefusedError,
  ContentError,
  codeOf,
  SourceChangedError,
  wordsOf,
} from "./content-error.ts";
import { feed } from "./feed.ts";
import { sha256OfFile } from "./file-digest.ts";
import { changesBetween, type FolderListing, listFolder } from "./folder-listing.ts";
import { FolderWriter, writeAll } from "./folder-writer.ts";
import { tarBlocks } from "./tar-blocks.ts";
import { TarFormatError, TarReader } from "./tar-reader.ts";
import { blockBytes, TwoBlocks } from "./two-blocks.ts";
import { type Unpacked, type UnpackLimits, unpackTar } from "./unpack-tar.ts";
import { writing } from "./writing.ts";

/** Level 3 is zstd's own default: most of what there is to gain, in little time. It looks back 2 MiB. */
const compression = { chunkSize: blockBytes, params: { [constants.ZSTD_c_compressionLevel]: 3 } };

/** An archive that makes its reader hold more than 8 MiB was not made here. */
export const decompression = { chunkSize: blockBytes, params: { [constants.ZSTD_d_windowLogMax]: 23 } };

export type WrittenArchive = {
  /** The length of the archive. */
  readonly bytes: number;
  /** Of the archive, in lower-case hexadecimal. */
  readonly sha256: string;
};

export type CompressedFolder = WrittenArchive & {
  /** How many files and links it holds. */
  readonly files: number;
  /** The length of all files together, before compression. */
  readonly sourceBytes: number;
  readonly listing: FolderListing;
};

/**
 * Compresses the folder `source` into the new file `archive`, which is on disk when this resolves.
 * Throws what listFolder throws, SourceChangedError when the folder changed meanwhile, ContentWriteError, or the
 * signal's reason when it aborts. A part of an archive is never left behind, except by a crash.
 */
export async function compressFolder(options: {
  readonly source: string;
  readonly archive: string;
  readonly signal?: AbortSignal;
}): Promise<CompressedFolder> {
  const { source, archive, signal } = options;
  const listing = await listFolder(source, signal);
  const verify = async () => {
    const changes = changesBetween(listing, await listFolder(source, signal));
    if (changes.length > 0) throw new SourceChangedError(source, changes);
  };
  const written = await writeNewArchive(archive, tarBlocks(source, listing), { signal, verify });
  return { ...written, files: listing.files, sourceBytes: listing.bytes, listing };
}

/**
 * Compresses the blocks of a tar archive into the new file `archive`, which is on disk when this resolves and gone when
 * it rejects: where writing it fails, `verify` finds it wanting, or the signal aborts.
 */
export async function writeNewArchive(
  archive: string,
  blocks: AsyncIterable<Buffer>,
  options: {
    readonly signal?: AbortSignal | undefined;
    verify?(written: WrittenArchive): Promise<void>;
  },
): Promise<WrittenArchive> {
  const { signal } = options;
  const handle = await writing(archive, () => open(archive, "w"));
  try {
    const written = await writing(archive, () => writeArchive(handle, blocks, signal));
    await options.verify?.(written);
    await writing(archive, () => handle.sync());
    await handle.close();
    return written;
  } catch (error) {
    await handle.close();
    await rm(archive, { force: true });
    throw signal?.aborted ? signal.reason : error;
  }
}

/** Settles when nothing is read or written any more. */
async function writeArchive(
  handle: FileHandle,
  blocks: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): Promise<WrittenArchive> {
  const compressor = createZstdCompress(compression);
  if (signal) addAbortSignal(signal, compressor);
  const hash = createHash("sha256");
  let bytes = 0;
  const write = async (): Promise<void> => {
    for await (const chunk of compressor) {
      hash.update(chunk);
      bytes += chunk.length;
      await writeAll(handle, [chunk]);
    }
  };
  const written = write();
  await Promise.allSettled([written, feed(compressor, blocks)]);
  await written; // rejects with whatever went wrong first, in either
  return { bytes, sha256: hash.digest("hex") };
}

/**
 * Unpacks `archive` into `folder`, which is there and empty, and resolves when all of it is on disk.
 * Throws ArchiveMissingError, ArchiveDamagedError when its bytes do not have the digest `sha256`,
 * ArchiveRefusedError when it holds more than the limits allow or what must not be unpacked, ContentWriteError, or
 * the signal's reason when it aborts. What is then in the folder is the caller's to remove; nothing is still being
 * written to it.
 */
export async function uncompressArchive(
  options: UnpackLimits & {
    readonly archive: string;
    readonly folder: string;
    /** In lower-case hexadecimal. */
    readonly sha256: string;
    /** A folder with an earlier version: of what is the same in both, the files get a second name. */
    readonly before?: string | undefined;
    readonly signal?: AbortSignal;
  },
): Promise<Unpacked> {
  const { archive, folder, sha256, signal } = options;
  const writer = await FolderWriter.into(folder, options.maxFiles, options.before);
  const hash = createHash("sha256");
  try {
    const unpacked = await unpackArchive(archiveBlocks(archive, hash), writer, options, signal);
    const found = hash.digest("hex");
    if (found !== sha256) throw new ArchiveDamagedError(archive, sha256, found);
    await writer.finish();
    return unpacked;
  } catch (cause) {
    await writer.settled();
    throw signal?.aborted ? signal.reason : await explain(cause, archive, sha256);
  }
}

/** Settles when nothing is read any more, and nothing more is given to `writer`. */
async function unpackArchive(
  blocks: AsyncIterable<Buffer>,
  writer: FolderWriter,
  limits: UnpackLimits,
  signal: AbortSignal | undefined,
): Promise<Unpacked> {
  const decompressor = createZstdDecompress(decompression);
  if (signal) addAbortSignal(signal, decompressor);
  const unpacking = unpackTar(new TarReader(decompressor), writer, limits);
  unpacking.catch((error: Error) => decompressor.destroy(error)); // or it would wait for its reader for ever
  await Promise.allSettled([unpacking, feed(decompressor, blocks)]);
  return await unpacking; // rejects with whatever went wrong first, in either
}

/** The bytes of the archive, hashed on the way. A block is overwritten when the next but one is asked for. */
export async function* archiveBlocks(archive: string, hash: Hash): AsyncGenerator<Buffer> {
  try {
    await using handle = await open(archive, "r");
    const blocks = new TwoBlocks();
    const read = async (free: Buffer): Promise<number> => (await handle.read(free)).bytesRead;
    while ((await blocks.fill(blockBytes, read)) > 0) {
      const block = blocks.take();
      hash.update(block);
      yield block;
    }
  } catch (cause) {
    throw new ArchiveMissingError(archive, wordsOf(cause), { cause });
  }
}

/** Damage can look like anything, so what an archive is refused for counts only if its bytes are the right ones. */
async function explain(cause: unknown, archive: string, sha256: string): Promise<unknown> {
  // A name too long for this disk will be so tomorrow: that is the archive's fault and not the disk's.
  if (cause instanceof ContentError && codeOf(cause.cause) !== "ENAMETOOLONG") return cause;
  const found = await sha256OfFile(archive);
  if (found !== sha256) return new ArchiveDamagedError(archive, sha256, found, { cause });
  const reason =
    cause instanceof TarFormatError ? cause.message : `it cannot be uncompressed: ${wordsOf(cause)}`;
  return new ArchiveRefusedError(archive, reason, { cause });
}
