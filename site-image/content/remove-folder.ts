import { chmod, readdir, rm } from "node:fs/promises";

import { codeOf } from "./content-error.ts";

/**
 * Removes a folder with everything in it, or a file or link; nothing there is no error. Content keeps the modes of
 * its source, so a folder in it may not let its owner delete: then such folders are opened up first.
 */
export async function removeFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    const code = codeOf(error);
    if (code !== "EACCES" && code !== "EPERM") throw error;
    await openUp(path);
    await rm(path, { recursive: true, force: true });
  }
}

/** Passes over what is gone: `rm` rejects while it still removes other parts. */
async function openUp(folder: string): Promise<void> {
  try {
    await chmod(folder, 0o700);
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) await openUp(`${folder}/${entry.name}`);
    }
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}
