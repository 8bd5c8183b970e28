/**
 * The folder of a run: the user's own, which is kept, or a fresh one in the temporary folder, removed at the end.
 */
import { mkdtemp, realpath, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve, sep } from "node:path";

import { Failure } from "./failure.ts";

export type RunRoot = AsyncDisposable & { readonly folder: string; readonly isKept: boolean };

/** `folder` is made later, by who writes to it first. */
export async function runRoot(folder: string | undefined): Promise<RunRoot> {
  if (folder !== undefined) {
    return { folder: resolve(folder), isKept: true, [Symbol.asyncDispose]: async () => {} };
  }
  const fresh = await mkdtemp(join(tmpdir(), "spoolnet-")).catch((cause: unknown) => {
    throw new Failure("environment", `cannot make a folder in ${tmpdir()}: free some space, or give --root`, {
      cause,
    });
  });
  return {
    folder: fresh,
    isKept: false,
    [Symbol.asyncDispose]: () => rm(fresh, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** Refuses a root inside a package's source: the package would be made of its own copies. */
export async function checkApart(root: string, sourceFolder: string): Promise<void> {
  const source = await realpath(sourceFolder).catch(() => resolve(sourceFolder));
  const way = relative(source, await realpath(root).catch(() => root));
  if (way === ".." || way.startsWith(`..${sep}`)) return;
  throw new Failure(
    "usage",
    `--root ${root} is inside the package source ${sourceFolder}: the package would be made of its own copies; use a folder elsewhere`,
  );
}

/** A folder to be sent, absolute. `where` it was given is told where it is none. */
export async function sourceFolder(folder: string, where = "--source"): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return resolve(folder);
  throw new Failure(
    "usage",
    `${where}: expected a folder, found "${folder}"${found ? ", which is a file" : ", and there is none"}`,
  );
}
