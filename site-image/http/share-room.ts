/**
 * Whether there is room for an upload, asked before a byte of it is taken. What the other open uploads still need
 * counts as taken, so that none of them fails because a later one came. One site is not promised all that is free: what it
 * only announced would keep all others out.
 */
import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";

import { isMissing } from "../inboxes/whole-file.ts";

/** What the folder has, measured at one moment. */
export type Room = {
  /** Bytes free on the disk. */
  readonly freeBytes: number;
  /** Files of the folder by name, with their bytes: those that were asked for. */
  readonly files: ReadonlyMap<string, number>;
};

export type OpenUpload = { readonly name: string; readonly site: string; readonly length: number };

/** Of the free disk, what stays for the others whatever one site announces. */
const keptForOthers = 1 / 8;

/** `known` tells the bytes of a file without asking the disk for them, where it can. */
export async function measureRoom(
  folder: string,
  counted: readonly string[] | "all",
  known: (name: string) => number | undefined,
): Promise<Room> {
  const files = new Map<string, number>();
  for (const name of counted === "all" ? await filesIn(folder) : counted)
    files.set(name, known(name) ?? (await bytesOf(join(folder, name))));
  const { bavail, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize, files };
}

/** Why there is no room for `wanted` beside the `others`; undefined where there is. Pure. */
export function noRoomFor(
  wanted: OpenUpload,
  others: readonly OpenUpload[],
  room: Room,
  quotaBytes: number | undefined,
): string | undefined {
  const held = (name: string) => room.files.get(name) ?? 0;
  const owedTo = (uploads: readonly OpenUpload[]) =>
    uploads.reduce((sum, { name, length }) => sum + Math.max(0, length - held(name)), 0);
  const all = room.freeBytes + held(wanted.name); // a file of its name is replaced
  const free = all - owedTo(others);
  if (wanted.length > free) {
    return `${wanted.name} needs ${wanted.length} bytes, the disk has ${Math.max(0, free)} that no other upload waits for`;
  }
  const most =
    Math.floor(all * (1 - keptForOthers)) - owedTo(others.filter(({ site }) => site === wanted.site));
  if (wanted.length > most) {
    return `${wanted.name} needs ${wanted.length} bytes, the disk has ${Math.max(0, most)} for site ${wanted.site}: the rest is kept for others`;
  }
  if (quotaBytes === undefined) return undefined;
  const lengths = new Map(others.map((other) => [other.name, other.length]));
  const kept = new Map([...room.files, ...lengths]);
  kept.delete(wanted.name);
  const used = kept.values().reduce((sum, bytes) => sum + bytes, 0);
  if (used + wanted.length <= quotaBytes) return undefined;
  return `${wanted.name} needs ${wanted.length} bytes, ${used} of the share's ${quotaBytes} are taken`;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

async function bytesOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return 0; // taken by the Despooler meanwhile
    throw error;
  }
}
