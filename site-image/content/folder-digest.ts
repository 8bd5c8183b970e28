/**
 * What the files of a version are, without reading them: names, kinds, sizes, modes, times to the second, link targets.
 * The same for the source a version was taken from and for every whole copy of it.
 */
import { createHash } from "node:crypto";

import type { FolderListing } from "./folder-listing.ts";

export function digestOfListing(listing: FolderListing): string {
  const hash = createHash("sha256");
  for (const { path, type, bytes, mode, modifiedMs, target } of listing.entries) {
    const seconds = type === "file" ? Math.floor(modifiedMs / 1000) : 0; // a copy keeps a file's time, not a folder's
    hash.update(JSON.stringify([path, type, type === "file" ? bytes : 0, mode, seconds, target ?? ""]));
  }
  return hash.digest("hex");
}
