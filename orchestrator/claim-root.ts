/**
 * A hierarchy's folder is claimed before anything is written to it: it can be written to, and nobody else runs on it.
 */
import { access, constants, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

import { Failure, systemCodeOf } from "./failure.ts";
import { type HierarchyRecord, isAlive, readRecord } from "./hierarchy-record.ts";

/** Makes the folder where it is missing. Resolves with what the last run on it left, if there was one. */
export async function claimRoot(root: string): Promise<HierarchyRecord | undefined> {
  try {
    await makeFolder(root);
    await access(root, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new Failure("environment", `cannot write to the folder ${root}`, { cause });
  }
  const last = await readRecord(root);
  if (last?.pid && last.pid !== process.pid && isAlive(last.pid)) {
    throw new Failure(
      "environment",
      `${root} is in use by process ${last.pid}, which runs the hierarchy "${last.name}": stop it, or use another --root`,
    );
  }
  return last;
}

/** As `mkdir -p`. Node's own goes round for ever where a folder takes no new ones, as below /proc. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder).catch(async (error: unknown) => {
    const code = systemCodeOf(error);
    if (code === "ENOENT" && !(await isFolder(dirname(folder)))) {
      await makeFolder(dirname(folder));
      await mkdir(folder);
    } else if (code !== "EEXIST" || !(await isFolder(folder))) throw error;
  });
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
