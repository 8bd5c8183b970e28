/**
 * What a hierarchy leaves on disk for later commands: `<root>/hierarchy.json` (mode 0600, it holds the token) and,
 * in the temporary folder, `spoolnet-<user>/<digest of the root>.json`, which names the root.
 * Both appear by rename. `pid` is null once the hierarchy has stopped in good order.
 */
import { createHash } from "node:crypto";
import { chmod, lstat, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

import { z } from "zod";

import { clockTimeline } from "../domain/clock.ts";
import { siteCode } from "../domain/identifiers.ts";
import { Failure, systemCodeOf } from "./failure.ts";

const hierarchyRecord = z.object({
  version: z.literal(1),
  name: z.string(),
  driver: z.enum(["embedded", "processes", "attached", "docker", "swarm"]).default("embedded"),
  pid: z.int().positive().nullable(),
  /** False where the folder is a temporary one of the run's own, removed at its end. */
  isKept: z.boolean().default(true),
  token: z.string(),
  clock: clockTimeline.nullable(),
  sites: z.array(
    z.object({
      code: siteCode,
      url: z.string(),
      /** Times of this site are shown in it. */
      timeZone: z.string(),
      /** PEM: who may have made its certificate. Default: the authorities that Node knows. */
      authorities: z.string().optional(),
    }),
  ),
});
export type HierarchyRecord = z.infer<typeof hierarchyRecord>;

const rootRecord = z.object({ version: z.literal(1), root: z.string() });

/** Undefined where the folder has none. A file that cannot be read as one is an error: it may be another's. */
export async function readRecord(root: string): Promise<HierarchyRecord | undefined> {
  const file = recordFile(root);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(systemCodeOf(cause) ?? "")) return undefined;
    throw new Failure("environment", `cannot read ${file}`, { cause });
  }
  try {
    return hierarchyRecord.parse(JSON.parse(text));
  } catch (cause) {
    throw new Failure(
      "environment",
      `${file} is not a record of a hierarchy: move it away, or use another --root`,
      {
        cause,
      },
    );
  }
}

export async function writeRecord(root: string, record: HierarchyRecord): Promise<void> {
  await writePrivately(recordFile(root), record);
}

/** The roots of this user's hierarchies, the one started last first. Those that are gone are forgotten. */
export async function rememberedRoots(): Promise<{ root: string; startedMs: number }[]> {
  const roots: { root: string; startedMs: number }[] = [];
  try {
    const folder = await ownFolder();
    for (const name of await readdir(folder)) {
      if (!/^[0-9a-f]{16}\.json$/.test(name)) continue;
      const file = join(folder, name);
      try {
        const { root } = rootRecord.parse(JSON.parse(await readFile(file, "utf8")));
        const { mtimeMs } = await stat(file);
        if (await stat(recordFile(root)).catch(() => undefined)) roots.push({ root, startedMs: mtimeMs });
        else await rm(file, { force: true });
      } catch {
        // Another process forgets it just now, or it is no file of ours.
      }
    }
  } catch {
    return []; // none yet, or the temporary folder was emptied
  }
  return roots.sort((a, b) => b.startedMs - a.startedMs);
}

/** Best effort: a hierarchy runs as well where nobody can find it by itself. */
export async function rememberRoot(root: string): Promise<void> {
  const record: z.infer<typeof rootRecord> = { version: 1, root };
  const name = `${createHash("sha256").update(root).digest("hex").slice(0, 16)}.json`;
  await ownFolder()
    .then((folder) => writePrivately(join(folder, name), record))
    .catch(() => {});
}

/** True where the process is there, also when it is another user's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) === "EPERM";
  }
}

function recordFile(root: string): string {
  return join(root, "hierarchy.json");
}

/** Anybody may make a folder of this name in a shared temporary folder first: only our own is used. */
async function ownFolder(): Promise<string> {
  const { uid } = userInfo();
  const folder = join(tmpdir(), `spoolnet-${uid}`);
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (systemCodeOf(error) !== "EEXIST") throw error;
  });
  const found = await lstat(folder);
  if (!found.isDirectory() || (uid >= 0 && found.uid !== uid)) throw new Error(`${folder} is not ours`);
  return folder;
}

async function writePrivately(file: string, content: unknown): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(content, null, 2)}\n`, { flush: true, mode: 0o600 });
  await chmod(temporary, 0o600); // a file left by a crash keeps the mode it had
  await rename(temporary, file);
}
