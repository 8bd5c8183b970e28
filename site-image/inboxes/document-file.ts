/**
 * A document as it is read in an inbox. Whoever can write there can leave a pipe under a document's name, on which a
 * read would wait for ever, a link to another file, or a file without end: none of them is read.
 */
import { closeSync, fstatSync, lstatSync, openSync, readFile, readFileSync, type Stats } from "node:fs";
import { promisify } from "node:util";

import { asItIs } from "../content/open-flags.ts";
import { smallFileBytes } from "../flushed-file.ts";

/** The largest are replication batches, of which a thousand packages make 4 MB. */
const maxBytes = 64 * 1024 * 1024;

const readLarge = promisify(readFile) as (descriptor: number) => Promise<Buffer>;

/** What lies there is no document, whatever is tried. */
export class NoDocumentError extends Error {
  readonly isFolder: boolean;

  constructor(message: string, { isFolder = false } = {}) {
    super(message);
    this.isFolder = isFolder;
  }
}

/**
 * Its bytes. Rejects with NoDocumentError, or with the system's error. A small one is read at once: it was written a
 * moment ago, and the four steps of reading it on another thread were a twelfth of a site's time for a small package.
 */
export async function readDocument(path: string): Promise<Buffer> {
  let stats: Stats;
  try {
    const descriptor = openSync(path, asItIs);
    try {
      stats = fstatSync(descriptor);
      if (stats.isFile() && stats.size <= smallFileBytes) return readFileSync(descriptor);
      if (stats.isFile() && stats.size <= maxBytes) return await readLarge(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    stats = lstatSync(path);
    if (stats.isFile()) throw error;
  }
  if (stats.isFile())
    throw new NoDocumentError(`it has ${stats.size} bytes, more than the ${maxBytes} of a document`);
  throw new NoDocumentError(`it is ${kindOf(stats)}, not a file`, { isFolder: stats.isDirectory() });
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isSymbolicLink()) return "a symbolic link";
  if (stats.isFIFO()) return "a pipe";
  return stats.isSocket() ? "a socket" : "a device";
}

/** Undefined, which no schema takes, where the text is not JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
