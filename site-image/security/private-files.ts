/**
 * Files that hold secrets (the site's key, the database with the secrets of its addresses) are their owner's alone:
 * mode 0600, in a folder of mode 0700. Made so, and made so again: a volume may come back with the modes of a group.
 */
import { chmodSync, closeSync, openSync, statSync } from "node:fs";

/** Makes the file where it is missing. Throws where it is another user's and open to others. */
export function keepPrivateFile(file: string): void {
  closeSync(openSync(file, "a", 0o600));
  keepPrivate(file, 0o600);
}

/** Where the folder is another user's and cannot be closed, the files in it are private all the same. */
export function keepPrivateFolder(folder: string): void {
  try {
    keepPrivate(folder, 0o700);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) throw error;
  }
}

function keepPrivate(path: string, mode: number): void {
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, mode);
}
