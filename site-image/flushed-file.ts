/**
 * Small files that are on the disk when they count. Only a flush waits for the disk, so only that is done off this
 * thread: opening, writing and closing there too cost the CPU of ten such steps done here, and a package of 1 KiB has
 * a hundred flushes at each site, a package of many files one for each.
 */
import { closeSync, fchmodSync, fsync, futimesSync, openSync, writeSync } from "node:fs";

/** Up to here a file is small: written before anything else would have had its turn. */
export const smallFileBytes = 64 * 1024;

export type FileAttributes = { readonly mode: number; readonly modifiedMs: number };

type Wanted = {
  readonly flag: "w" | "wx";
  readonly attributes?: FileAttributes;
  /** Default: yes. */
  readonly isFlushed?: boolean;
};

/** Writes a new file, or with the flag "w" anew; resolves when it is on the disk, where that is wanted. */
export async function writeFlushed(
  path: string,
  chunks: readonly Uint8Array[],
  { flag, attributes, isFlushed = true }: Wanted,
): Promise<void> {
  const descriptor = openSync(path, flag, attributes ? 0o600 : 0o666);
  try {
    for (const chunk of chunks)
      for (let at = 0; at < chunk.length; ) at += writeSync(descriptor, chunk, at, chunk.length - at);
    if (attributes) {
      const seconds = Math.floor(attributes.modifiedMs / 1000);
      futimesSync(descriptor, seconds, seconds);
      fchmodSync(descriptor, attributes.mode);
    }
    if (isFlushed) await flush(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** What was done in a folder, or to a file, before the call is on the disk when this resolves. */
export async function flushPath(path: string): Promise<void> {
  const descriptor = openSync(path, "r");
  try {
    await flush(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function flush(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => fsync(descriptor, (error) => (error ? reject(error) : resolve())));
}
