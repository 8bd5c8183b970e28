/**
 * What lies in `Schedule.box` of a site: minijobs, send requests, and the files made for them.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Paths below `Schedule.box`, in order. */
export async function scheduleFiles(root: string, site: string): Promise<string[]> {
  const folder = join(root, site, "SMS/Inboxes/Schedule.box");
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)).sort();
}
