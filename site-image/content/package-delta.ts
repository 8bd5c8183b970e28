/**
 * Deltas between versions of a package: made of two archives, carried out on one, two put together into one.
 * What changes hands is whole or not at all, as with archives: a part of a file is never left, except by a crash.
 */
import { ArchiveReader, orderOf } from "./archive-reader.ts";
import { ArchiveDamagedError, ContentError, ContentWriteError, wordsOf } from "./content-error.ts";
import { ArchiveBlocks, type DeltaNote, mergedEntries, readNote } from "./delta-archive.ts";
import { type WrittenArchive, writeNewArchive } from "./package-archive.ts";
import type { TarEntry } from "./tar-reader.ts";
import { checkLimits } from "./unpack-tar.ts";

/** An archive or a delta on the disk, and the digest that it must have. */
export type KnownArchive = { readonly archive: string; readonly sha256: string };

/** The delta cannot be carried out here: the base is gone or another, or what came out is not what was announced. */
export class DeltaMergeError extends ContentError {
  readonly retryable = false;
}

/** Writes the delta that makes `to` out of `from`. Throws ArchiveDamagedError where either is not what it should be. */
export async function makeDelta(options: {
  readonly from: KnownArchive;
  readonly to: KnownArchive;
  readonly delta: string;
  readonly signal?: AbortSignal | undefined;
}): Promise<WrittenArchive> {
  const { from, to, delta, signal } = options;
  const { changed, ...note } = await changesBetween(from, to, signal);
  await using reader = new ArchiveReader(to.archive, signal);
  return await writeNewArchive(delta, changedEntries(reader, changed, note), { signal });
}

async function* changedEntries(
  reader: ArchiveReader,
  changed: ReadonlySet<string>,
  note: DeltaNote,
): AsyncGenerator<Buffer> {
  const blocks = new ArchiveBlocks();
  yield* blocks.note(note);
  for (let entry = await reader.next(); entry; entry = await reader.next())
    if (changed.has(entry.path)) yield* blocks.entry(entry, reader);
  yield* blocks.end();
}

/**
 * Writes the version that `delta` makes out of `base`: `archive` then has the digest `sha256`. Throws DeltaMergeError,
 * ContentWriteError, or the signal's reason.
 */
export async function applyDelta(options: {
  readonly base: KnownArchive;
  readonly delta: string;
  readonly archive: string;
  readonly sha256: string;
  readonly maxFiles: number;
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}): Promise<void> {
  const { base, archive, sha256, signal } = options;
  await using older = new ArchiveReader(base.archive, signal);
  await using delta = new ArchiveReader(options.delta, signal);
  const verify = async ({ sha256: found }: WrittenArchive) => {
    await checkDigest(older, base);
    if (found !== sha256) throw new ArchiveDamagedError(archive, sha256, found);
  };
  try {
    await writeNewArchive(archive, merged(older, delta, options), { signal, verify });
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    if (cause instanceof ContentWriteError) throw cause;
    throw new DeltaMergeError(`cannot merge the delta with ${base.archive}: ${wordsOf(cause)}`, { cause });
  }
}

async function* merged(
  base: ArchiveReader,
  delta: ArchiveReader,
  limits: { readonly maxFiles: number; readonly maxBytes: number },
): AsyncGenerator<Buffer> {
  const blocks = new ArchiveBlocks();
  const found = { files: 0, bytes: 0, folders: 0 };
  yield* mergedEntries(blocks, base, { delta, note: await readNote(delta) }, ({ type, bytes }) => {
    found[type === "directory" ? "folders" : "files"]++;
    found.bytes += bytes;
    checkLimits(found, limits);
  });
  yield* blocks.end();
}

/** Writes one delta that does what `older` does and then `newer`. Throws ArchiveDamagedError as `makeDelta` does. */
export async function joinDeltas(options: {
  readonly older: KnownArchive;
  readonly newer: KnownArchive;
  readonly delta: string;
  readonly signal?: AbortSignal | undefined;
}): Promise<WrittenArchive> {
  const { signal } = options;
  await using older = new ArchiveReader(options.older.archive, signal);
  await using newer = new ArchiveReader(options.newer.archive, signal);
  const verify = async () => {
    await checkDigest(older, options.older);
    await checkDigest(newer, options.newer);
  };
  return await writeNewArchive(options.delta, joined(older, newer), { signal, verify });
}

/** Where both say something of a path, an entry goes before a removal and that before other attributes. */
async function* joined(older: ArchiveReader, newer: ArchiveReader): AsyncGenerator<Buffer> {
  const blocks = new ArchiveBlocks();
  const [first, note] = [await readNote(older), await readNote(newer)];
  yield* blocks.note({
    removed: [...new Set([...first.removed, ...note.removed])],
    touched: [...new Map([...first.touched, ...note.touched].map((one) => [one.path, one])).values()],
  });
  yield* mergedEntries(blocks, older, { delta: newer, note });
  yield* blocks.end();
}

type Changes = DeltaNote & { readonly changed: ReadonlySet<string> };

async function changesBetween(
  from: KnownArchive,
  to: KnownArchive,
  signal: AbortSignal | undefined,
): Promise<Changes> {
  await using before = new ArchiveReader(from.archive, signal);
  await using after = new ArchiveReader(to.archive, signal);
  const changed = new Set<string>();
  const removed: string[] = [];
  const touched: DeltaNote["touched"] = [];
  let old = await before.next();
  let now = await after.next();
  while (old || now) {
    const order = orderOf(old, now);
    if (old && order < 0) removed.push(old.path);
    else if (now && order > 0) changed.add(now.path);
    else if (old && now) {
      const isSameFile = isSame(old, now, ["type", "bytes"]) && old.type === "file";
      const isKept = isSameFile && (await sameContents(before.contents(), after.contents()));
      const isUntouched = isSame(old, now, ["type", "mode", "modifiedMs", "target"]);
      const { path, mode, modifiedMs } = now;
      if (isKept && !isUntouched) touched.push({ path, mode, modifiedMs });
      if (!isKept && !(isUntouched && now.type !== "file")) changed.add(path);
    }
    if (order <= 0) old = await before.next();
    if (order >= 0) now = await after.next();
  }
  await checkDigest(before, from);
  await checkDigest(after, to);
  return { changed, removed, touched };
}

function isSame(one: TarEntry, other: TarEntry, keys: readonly (keyof TarEntry)[]): boolean {
  return keys.every((key) => one[key] === other[key]);
}

/** Of two that are equally long. */
async function sameContents(one: AsyncGenerator<Buffer>, other: AsyncGenerator<Buffer>): Promise<boolean> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of one) {
    for (let from = 0; from < chunk.length; ) {
      if (rest.length === 0) rest = (await other.next()).value ?? rest;
      const bytes = Math.min(rest.length, chunk.length - from);
      if (bytes === 0 || rest.compare(chunk, from, from + bytes, 0, bytes) !== 0) return false;
      rest = rest.subarray(bytes);
      from += bytes;
    }
  }
  return true;
}

async function checkDigest(reader: ArchiveReader, { archive, sha256 }: KnownArchive): Promise<void> {
  const found = await reader.sha256();
  if (found !== sha256) throw new ArchiveDamagedError(archive, sha256, found);
}
