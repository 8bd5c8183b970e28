/**
 * The folders that a package can be made of: those of this machine where the sites see them as well, and those that
 * packages of the hierarchy are made of already.
 */
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { Failure, wordsOf } from "../failure.ts";
import type { FoldersView } from "./live-entries.ts";

type Deps = {
  /** True where a site sees this machine's folders under the same paths. */
  readonly areShared: boolean;
  readonly known: readonly string[];
};

const mostFolders = 500;

export async function foldersIn(
  wanted: string | undefined,
  { areShared, known }: Deps,
): Promise<FoldersView> {
  if (!areShared) return { folder: null, above: null, folders: [], known };
  const folder = resolve(wanted ?? (known[0] ? dirname(known[0]) : homedir()));
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const folders = entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => join(folder, name))
      .sort()
      .slice(0, mostFolders);
    const above = dirname(folder);
    return { folder, above: above === folder ? null : above, folders, known };
  } catch (cause) {
    throw new Failure("usage", `cannot look into ${folder}: ${wordsOf(cause)}`, { cause });
  }
}
