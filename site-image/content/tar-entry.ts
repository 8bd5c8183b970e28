/**
 * One entry of a package archive as a POSIX tar header, with a pax header before it where the entry does not fit:
 * long or non-ASCII names, 8 GiB and more, times before 1970. Any tar program can read it.
 * Owners are left out and times cut to the second, so the same content always makes the same archive.
 */
import { Header } from "tar/header";
import { Pax } from "tar/pax";

import type { FolderEntry } from "./folder-listing.ts";

/** Headers, and the padded contents that follow them, are multiples of this. */
export const tarBlockBytes = 512;

/** Two empty blocks end an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * tarBlockBytes);

const typeNames = { file: "File", directory: "Directory", link: "SymbolicLink" } as const;

/** The header or headers of `entry`; a file's contents follow, padded with `paddingAfter(bytes)` zeros. */
export function tarHeader(entry: Omit<FolderEntry, "fingerprint">): Buffer {
  const fields = {
    path: entry.type === "directory" ? `${entry.path}/` : entry.path,
    type: typeNames[entry.type],
    mode: entry.mode,
    uid: 0,
    gid: 0,
    size: entry.bytes,
    mtime: new Date(Math.floor(entry.modifiedMs / 1000) * 1000),
    ...(entry.target === undefined ? {} : { linkpath: entry.target }),
  };
  const header = Buffer.alloc(tarBlockBytes);
  const needsPax = new Header(fields).encode(header);
  return needsPax ? Buffer.concat([new Pax(fields).encode(), header]) : header;
}

export function paddingAfter(bytes: number): number {
  return (tarBlockBytes - (bytes % tarBlockBytes)) % tarBlockBytes;
}
