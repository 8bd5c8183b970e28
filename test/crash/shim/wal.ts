/**
 * The write-ahead log of a site database as a loss of power would leave it. SQLite writes and flushes it on its own,
 * so what was flushed is known by its frames: those that were there when a commit that is flushed had returned.
 * The format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
import fs from "node:fs";

const headerBytes = 32;
const frameHeaderBytes = 24;

/** A place in the log: so many frames since it last began anew, which its salt tells. */
export type WalMark = { readonly salt: string; readonly frames: number };

const { openSync, closeSync, readSync, writeSync, fstatSync, existsSync, unlinkSync } = fs; // as they are before they count

export function walMark(file: string): WalMark {
  const none = { salt: "", frames: 0 };
  if (!existsSync(file)) return none;
  const descriptor = openSync(file, "r");
  try {
    const header = Buffer.alloc(headerBytes);
    if (readSync(descriptor, header, 0, headerBytes, 0) < headerBytes) return none;
    const salt = header.toString("hex", 16, 24);
    const frameBytes = frameHeaderBytes + header.readUInt32BE(8);
    const size = fstatSync(descriptor).size;
    const found = Buffer.alloc(8);
    let frames = 0;
    for (let at = headerBytes; at + frameBytes <= size; at += frameBytes) {
      readSync(descriptor, found, 0, 8, at + 8);
      if (found.toString("hex") !== salt) break; // of before the log began anew
      frames++;
    }
    return { salt, frames };
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Takes what follows `flushed` out of the log: all of it, or its second half. The index beside it goes too, as memory
 * does with the power, so that the next process makes it anew from what is there.
 */
export function cutWal(file: string, flushed: WalMark, share: "all" | "half"): void {
  if (!existsSync(file)) return;
  const now = walMark(file);
  const kept = now.salt === flushed.salt ? flushed.frames : 0;
  if (now.frames > kept) {
    const descriptor = openSync(file, "r+");
    const pageSize = Buffer.alloc(4);
    readSync(descriptor, pageSize, 0, 4, 8);
    const frameBytes = frameHeaderBytes + pageSize.readUInt32BE(0);
    const bytes = (now.frames - kept) * frameBytes;
    const from = share === "all" ? 0 : Math.floor(bytes / 2);
    writeSync(
      descriptor,
      Buffer.alloc(bytes - from),
      0,
      bytes - from,
      headerBytes + kept * frameBytes + from,
    );
    closeSync(descriptor);
  }
  const index = `${file.slice(0, -"-wal".length)}-shm`;
  if (existsSync(index)) unlinkSync(index);
}
