/**
 * A source folder as the bytes of a tar archive, in large blocks. Holds a few blocks and small files in memory,
 * however large the folder is.
 */
import type { FolderEntry, FolderListing } from "./folder-listing.ts";
import { filesAtOnce } from "./in-parallel.ts";
import { openSource, readSmall, readSource } from "./source-file.ts";
import { paddingAfter, tarEnd, tarHeader } from "./tar-entry.ts";
import { TwoBlocks } from "./two-blocks.ts";

/**
 * The archive of `folder`, which holds what `listing` says. A block is overwritten when the next but one is asked
 * for. Throws SourceChangedError when a file is gone or shorter
 * than listed; one that has grown is cut, so the caller must list the folder again.
 */
export async function* tarBlocks(folder: string, listing: FolderListing): AsyncGenerator<Buffer> {
  const block = new TwoBlocks();
  const small = new SmallFiles(folder, listing.entries);
  for (const entry of [listing.root, ...listing.entries]) {
    yield* block.add(tarHeader(entry));
    if (entry.bytes === 0) continue;
    if (isSmall(entry)) {
      yield* block.add(await small.next());
    } else {
      await using handle = await openSource(folder, entry);
      for (let left = entry.bytes; left > 0; ) {
        left -= await block.fill(left, (free) => readSource(folder, entry, handle, free));
        if (block.isFull) yield block.take();
      }
    }
    yield* block.add(Buffer.alloc(paddingAfter(entry.bytes)));
  }
  yield* block.add(tarEnd);
  yield block.take();
}

/** Files this small are read whole and ahead of their turn: opening them takes longer than reading them. */
const smallBytes = 64 * 1024;
const isSmall = (entry: FolderEntry): boolean => entry.bytes <= smallBytes;

/** The contents of the small files in their order, a few read ahead. */
class SmallFiles {
  readonly #folder: string;
  readonly #waiting: Iterator<FolderEntry>;
  readonly #reading: Promise<Buffer>[] = [];
  constructor(folder: string, entries: readonly FolderEntry[]) {
    this.#folder = folder;
    this.#waiting = entries.values().filter((entry) => entry.bytes > 0 && isSmall(entry));
  }

  async next(): Promise<Buffer> {
    while (this.#reading.length < filesAtOnce) {
      const { value: entry } = this.#waiting.next();
      if (!entry) break;
      const reading = readSmall(this.#folder, entry);
      reading.catch(() => {}); // reported when its turn comes, which it may not
      this.#reading.push(reading);
    }
    const first = this.#reading.shift();
    if (!first) throw new Error("asked for more small files than there are");
    return first;
  }
}
