/**
 * A delta: what makes the archive of one version out of that of another, file by file. It is an archive itself: its
 * first entry is a note of the files that are gone and of those of which only mode or time are others, and then come
 * the entries that are new or changed. Entries are in the order of every archive, so that whatever is made of two of
 * them is made as they stream by, and what comes out has the bytes that compressing the folder would give.
 */
import { z } from "zod";

import { type ArchiveReader, orderOf } from "./archive-reader.ts";
import { paddingAfter, tarEnd, tarHeader } from "./tar-entry.ts";
import { type TarEntry, TarFormatError } from "./tar-reader.ts";
import { TwoBlocks } from "./two-blocks.ts";

const deltaNote = z.strictObject({
  version: z.literal(1),
  removed: z.array(z.string()),
  touched: z.array(z.strictObject({ path: z.string(), mode: z.int(), modifiedMs: z.number() })),
});
export type DeltaNote = Omit<z.infer<typeof deltaNote>, "version">;

const notePath = "delta.json";
/** It is read as a whole. Hundreds of thousands of paths are below that. */
const mostNoteBytes = 64 * 1024 * 1024;

/** The blocks of an archive being put together, in the sizes in which tar-blocks.ts has them. */
export class ArchiveBlocks {
  readonly #block = new TwoBlocks();

  *note(note: DeltaNote): Generator<Buffer> {
    const text = Buffer.from(JSON.stringify({ version: 1, ...note }));
    if (text.length > mostNoteBytes) throw new Error(`a delta with a note of ${text.length} bytes`);
    yield* this.#block.add(
      tarHeader({ path: notePath, type: "file", mode: 0o600, bytes: text.length, modifiedMs: 0 }),
    );
    yield* this.#block.add(text);
    yield* this.#block.add(Buffer.alloc(paddingAfter(text.length)));
  }

  /** `entry` with the contents of the one that `reader` stands at. */
  async *entry(entry: TarEntry, reader: ArchiveReader): AsyncGenerator<Buffer> {
    yield* this.#block.add(tarHeader(entry));
    for await (const chunk of reader.contents()) yield* this.#block.add(chunk);
    yield* this.#block.add(Buffer.alloc(paddingAfter(entry.bytes)));
  }

  *end(): Generator<Buffer> {
    yield* this.#block.add(tarEnd);
    yield this.#block.take();
  }
}

/** Reads the first entry of a delta. */
export async function readNote(delta: ArchiveReader): Promise<DeltaNote> {
  const entry = await delta.next();
  if (entry?.path !== notePath || entry.bytes > mostNoteBytes) throw new TarFormatError("it is not a delta");
  const text = Buffer.concat(await Array.fromAsync(delta.contents()));
  try {
    return deltaNote.parse(JSON.parse(text.toString("utf8")));
  } catch (cause) {
    throw new TarFormatError("its note of what changed cannot be read", { cause });
  }
}

/**
 * The entries of `base` with the changes of `delta`, whose note was read. `base` is an archive, or a delta that comes
 * before this one. `count` is told of each entry before its blocks come.
 */
export async function* mergedEntries(
  blocks: ArchiveBlocks,
  base: ArchiveReader,
  { delta, note }: { readonly delta: ArchiveReader; readonly note: DeltaNote },
  count: (entry: TarEntry) => void = () => {},
): AsyncGenerator<Buffer> {
  const removed = new Set(note.removed);
  const touched = new Map(note.touched.map((attributes) => [attributes.path, attributes]));
  let old = await base.next();
  let changed = await delta.next();
  while (old || changed) {
    const order = orderOf(old, changed);
    if (changed && order >= 0) {
      count(changed);
      yield* blocks.entry(changed, delta);
    } else if (old && !removed.has(old.path)) {
      count(old);
      yield* blocks.entry({ ...old, ...touched.get(old.path) }, base);
    }
    if (order <= 0) old = await base.next();
    if (order >= 0) changed = await delta.next();
  }
}
