/**
 * Which entries of an archive become content, and which refuse the whole of it. Every path must stay inside, come
 * after its folder and only once, so nothing can be written through a link or over another file.
 */

import { smallFileBytes } from "../flushed-file.ts";
import { quoted } from "./content-error.ts";
import type { FolderWriter } from "./folder-writer.ts";
import { leavesFolder } from "./link-target.ts";
import { type TarEntry, TarFormatError, type TarReader } from "./tar-reader.ts";

export type UnpackLimits = {
  /** The most files and links the archive may hold. */
  readonly maxFiles: number;
  /** The most bytes all files together may have. */
  readonly maxBytes: number;
};

export type Unpacked = { readonly files: number; readonly bytes: number };

/** Nobody announces how many folders there are, and a package may hold nothing else; but not without end. */
const mostFoldersBesideFiles = 100_000;

/**
 * Writes what `reader` reads with `writer`, which the caller then finishes. Throws TarFormatError with what cannot
 * be unpacked, before anything of that entry is written.
 */
export async function unpackTar(
  reader: TarReader,
  writer: FolderWriter,
  limits: UnpackLimits,
): Promise<Unpacked> {
  const seen = new Map<string, TarEntry["type"]>();
  const links = new Map<string, string>();
  let files = 0;
  let bytes = 0;
  for (let entry = await reader.next(); entry; entry = await reader.next()) {
    const path = placeOf(entry, seen);
    seen.set(path, entry.type);
    files += entry.type === "directory" ? 0 : 1;
    bytes += entry.bytes;
    checkLimits({ files, bytes, folders: seen.size - files }, limits);

    if (entry.type === "directory") {
      await writer.addFolder(path, entry);
    } else if (entry.type === "link") {
      links.set(path, entry.target ?? "");
      writer.addLink(path, entry.target ?? "", entry.modifiedMs);
    } else if (entry.bytes <= smallFileBytes) {
      // Read whole, so that several can be written and flushed at a time.
      const contents = await Array.fromAsync(reader.contents());
      const { bytes, mode, modifiedMs } = entry;
      await writer.begin(() => writer.addSmallFile(path, { bytes, mode, modifiedMs }, contents));
    } else {
      await writer.addContents(path, entry, reader.contents());
    }
  }
  for (const [path, target] of links) {
    if (target === "" || leavesFolder(links, path)) {
      throw new TarFormatError(`the link ${quoted(path)} to ${quoted(target)} leads outside`);
    }
  }
  return { files, bytes };
}

/** Where an entry goes in the folder; "." is the folder itself. */
function placeOf({ path, type, target }: TarEntry, seen: ReadonlyMap<string, TarEntry["type"]>): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const place = parts.join("/") || ".";
  const parent = parts.slice(0, -1).join("/") || ".";
  if (path.startsWith("/")) throw new TarFormatError(`${quoted(path)} is an absolute path`);
  if (parts.includes("..")) throw new TarFormatError(`${quoted(path)} contains ".."`);
  if (path.includes("\0") || target?.includes("\0"))
    throw new TarFormatError(`${quoted(path)} is not a name`);
  if (place === "." && type !== "directory") throw new TarFormatError(`the folder itself is a ${type}`);
  if (seen.has(place)) throw new TarFormatError(`${quoted(path)} comes twice`);
  if (parent !== "." && seen.get(parent) !== "directory") {
    throw new TarFormatError(`${quoted(path)} does not come after its folder`);
  }
  return place;
}

/** Throws TarFormatError when more has come than was announced. */
export function checkLimits(
  found: Unpacked & { readonly folders: number },
  { maxFiles, maxBytes }: UnpackLimits,
): void {
  if (found.files > maxFiles) throw new TarFormatError(`more than the ${maxFiles} files that were announced`);
  if (found.bytes > maxBytes) throw new TarFormatError(`more than the ${maxBytes} bytes that were announced`);
  if (found.folders > maxFiles + mostFoldersBesideFiles) {
    throw new TarFormatError(`more than ${maxFiles + mostFoldersBesideFiles} folders`);
  }
}
