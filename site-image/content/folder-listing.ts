/**
 * What a source folder holds, read without opening a file, and whether it still holds the same later.
 * Never follows a symbolic link and never changes the folder.
 */
import type { BigIntStats } from "node:fs";
import { lstat, readdir, readlink, stat } from "node:fs/promises";

import {
  codeOf,
  type RefusedPath,
  SourceMissingError,
  SourceRefusedError,
  sourceFailure,
  wordsOf,
} from "./content-error.ts";
import { filesAtOnce, inParallel } from "./in-parallel.ts";
import { leavesFolder } from "./link-target.ts";

export type FolderEntry = {
  /** Relative to the folder, with "/"; never starts or ends with one. */
  readonly path: string;
  readonly type: "file" | "directory" | "link";
  /** The length of a file; 0 for the others. */
  readonly bytes: number;
  /** Read, write and execute for owner, group and others, 0 to 0o777. The set-id and sticky bits are not carried. */
  readonly mode: number;
  /** Milliseconds since the Unix epoch. */
  readonly modifiedMs: number;
  /** Of a link, as it is written in the link. */
  readonly target?: string;
  /** Differs when the entry has been touched or replaced. Means nothing beside that. */
  readonly fingerprint: string;
};

export type FolderListing = {
  /** The folder itself. Its path is ".". */
  readonly root: FolderEntry;
  /** Everything under the folder by path, so that a folder comes before what is in it. */
  readonly entries: readonly FolderEntry[];
  /** How many entries are not folders. */
  readonly files: number;
  /** The length of all files together. */
  readonly bytes: number;
};

/**
 * Lists `folder`, which may itself be reached through a symbolic link.
 * Throws SourceMissingError when the folder or a part of it cannot be read, SourceRefusedError with everything in
 * it that no package can carry (links that lead outside, devices, pipes, sockets, names the system or Unicode
 * cannot express), SourceChangedError when an entry vanishes meanwhile, and the signal's reason when it aborts.
 */
export async function listFolder(folder: string, signal?: AbortSignal): Promise<FolderListing> {
  const root = await describeRoot(folder);
  const found: Found = { entries: [], refused: [] };
  // One level of folders at a time: a queue of all folders would do as well, but could not be awaited as simply.
  for (let level = [""]; level.length > 0; ) {
    const next: string[] = [];
    await inParallel(level, foldersAtOnce, async (path) => {
      signal?.throwIfAborted();
      next.push(...(await listLevel(folder, path, found)));
    });
    level = next;
  }
  const links = new Map<string, string>();
  for (const { path, target } of found.entries) if (target !== undefined) links.set(path, target);
  for (const [path, target] of links) {
    if (leavesFolder(links, path)) found.refused.push({ path, reason: `link to ${target} leads outside` });
  }
  if (found.refused.length > 0) throw new SourceRefusedError(folder, found.refused);

  const entries = found.entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  const files = entries.reduce((count, entry) => count + (entry.type === "directory" ? 0 : 1), 0);
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  return { root, entries, files, bytes };
}

/** The paths that are new, gone or touched between two listings of a folder, by name. */
export function changesBetween(before: FolderListing, after: FolderListing): string[] {
  const then = new Map([before.root, ...before.entries].map((entry) => [entry.path, entry.fingerprint]));
  const changed: string[] = [];
  for (const { path, fingerprint } of [after.root, ...after.entries]) {
    if (then.get(path) !== fingerprint) changed.push(path);
    then.delete(path);
  }
  return [...changed, ...then.keys()].sort();
}

type Found = { readonly entries: FolderEntry[]; readonly refused: RefusedPath[] };

/** With the files of each listed `filesAtOnce` at a time. */
const foldersAtOnce = 4;

async function describeRoot(folder: string): Promise<FolderEntry> {
  let stats: BigIntStats;
  try {
    stats = await stat(folder, { bigint: true });
  } catch (cause) {
    throw new SourceMissingError(folder, wordsOf(cause), { cause });
  }
  if (!stats.isDirectory()) throw new SourceMissingError(folder, "not a folder");
  return entryOf(".", "directory", stats);
}

/** Adds what is in the folder `parent` to `found`, and returns the folders among it. */
async function listLevel(folder: string, parent: string, found: Found): Promise<string[]> {
  const folders: string[] = [];
  await inParallel(await namesIn(folder, parent, found), filesAtOnce, async (name) => {
    const path = parent === "" ? name : `${parent}/${name}`;
    try {
      const stats = await lstat(`${folder}/${path}`, { bigint: true });
      if (stats.isDirectory()) folders.push(path);
      const entry = await describe(folder, path, stats);
      if ("reason" in entry) found.refused.push(entry);
      else found.entries.push(entry);
    } catch (cause) {
      if (codeOf(cause) !== "ENAMETOOLONG") throw sourceFailure(folder, path, cause);
      found.refused.push({ path, reason: "path too long for this system" });
    }
  });
  return folders;
}

async function namesIn(folder: string, parent: string, found: Found): Promise<string[]> {
  const path = parent === "" ? folder : `${folder}/${parent}`;
  try {
    const names = await readdir(path);
    if (!names.some(mayBeGarbled)) return names;
    const exact = await readdir(path, { encoding: "buffer" });
    for (const bytes of exact.filter(isGarbled)) {
      found.refused.push({ path: `${parent}/${bytes}`.replace(/^\//, ""), reason: "name is not Unicode" });
    }
    return exact.filter((bytes) => !isGarbled(bytes)).map(String);
  } catch (cause) {
    if (parent === "") throw new SourceMissingError(folder, wordsOf(cause), { cause });
    throw sourceFailure(folder, parent, cause);
  }
}

async function describe(
  folder: string,
  path: string,
  stats: BigIntStats,
): Promise<FolderEntry | RefusedPath> {
  if (stats.isFile()) return entryOf(path, "file", stats);
  if (stats.isDirectory()) return entryOf(path, "directory", stats);
  if (stats.isFIFO()) return { path, reason: "a named pipe" };
  if (stats.isSocket()) return { path, reason: "a socket" };
  if (!stats.isSymbolicLink()) return { path, reason: "a device" };
  const target = await readlink(`${folder}/${path}`, { encoding: "buffer" });
  if (isGarbled(target)) return { path, reason: "link to a name that is not Unicode" };
  return { ...entryOf(path, "link", stats), target: String(target) };
}

function entryOf(path: string, type: FolderEntry["type"], stats: BigIntStats): FolderEntry {
  const mode = Number(stats.mode & 0o777n);
  // Of a folder only what it is and may: its times change with what comes and goes in it, which is listed itself.
  // Of the others also the change time, which no program can set back.
  const fingerprint =
    type === "directory"
      ? `${type} ${stats.ino} ${mode}`
      : `${type} ${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
  const bytes = type === "file" ? Number(stats.size) : 0;
  return { path, type, bytes, mode, modifiedMs: Number(stats.mtimeMs), fingerprint };
}

// Node puts U+FFFD where the bytes of a name are not UTF-8; a name may also hold a U+FFFD of its own.
const mayBeGarbled = (name: string): boolean => name.includes("\uFFFD");
const isGarbled = (name: Buffer): boolean => !Buffer.from(name.toString()).equals(name);
