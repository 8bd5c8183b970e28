/**
 * What must be true of the sites in the end, as their folders and databases tell: the package whole on every
 * distribution point, once, and nothing left behind anywhere.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { lstat, open, readdir, readFile, readlink } from "node:fs/promises";
import { join, relative } from "node:path";

import { journalEvent } from "../../../domain/journal.ts";
import type { Point } from "../../support/package-administrator.ts";
import type { SiteProcess } from "../../support/site-processes.ts";
import { rowsOf, unfinished, unlikeTheirRows } from "../../support/site-rest.ts";

type Site = Pick<SiteProcess, "code" | "root">;

/** What is left to do at all sites; nothing in it is rest. */
export async function leftToDo(sites: readonly Site[]): Promise<string[]> {
  const left = await Promise.all(
    sites.map(async ({ code, root }) => (await unfinished(root)).map((what) => `${code}: ${what}`)),
  );
  return left.flat();
}

/** Where a package is not on the distribution points as it is in its source. */
export async function differences(
  sites: readonly Site[],
  id: string,
  source: string,
  points: readonly Point[],
): Promise<string[]> {
  const wanted = await describe(source);
  const found: string[] = [];
  for (const { code, root } of sites) {
    for (const [at, server] of points) {
      if (at !== code) continue;
      const copy = join(root, "SiteSystems", server, "SMSPKGC$", id);
      const there = existsSync(copy) ? await describe(`${copy}/`) : "nothing";
      if (there !== wanted) found.push(`${copy} is not its source:\n${there}\n--- expected\n${wanted}`);
    }
  }
  return found;
}

/** What names a package that is gone everywhere, and files that nobody finished, wherever they are in a site. */
export async function remains(sites: readonly Site[], id: string): Promise<string[]> {
  const found: string[] = [];
  for (const { code, root } of sites) {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const path = relative(root, join(entry.parentPath, entry.name));
      const isTemporary = /\.(tmp|link)$/.test(entry.name) || path.startsWith("SMSPKG/Temp/");
      if (isTemporary || entry.name.includes(id)) found.push(`${code}: ${path} is still there`);
    }
  }
  return found;
}

/** What is wrong with the databases: damage, copies that are not what their rows say, status that did not arrive. */
export async function badRows(sites: readonly Site[], id: string): Promise<string[]> {
  const found: string[] = [];
  const status = `SELECT * FROM package_status WHERE package_id = '${id}' AND site = `;
  const [central] = sites;
  for (const { code, root } of sites) {
    const verdict = JSON.stringify(rowsOf(root, "PRAGMA integrity_check"));
    if (verdict !== '[{"integrity_check":"ok"}]') found.push(`${code}: the database is damaged: ${verdict}`);
    found.push(...(await unlikeTheirRows(root)).map((what) => `${code}: ${what}`));
    const sql = `${status}'${code}' ORDER BY server`;
    const [own, known] = [root, central?.root ?? root].map((at) => JSON.stringify(rowsOf(at, sql)));
    if (own !== known) found.push(`CEN knows of ${code}: ${known}\n--- it is\n${own}`);
  }
  return found;
}

/**
 * Versions that were installed, stored or received more than once, by what the journals say from those bytes on.
 * `takenBack`: a rename that the journal tells of may be taken back by a loss of power and done again; an installation
 * is told of when it lasts.
 */
export async function twice(
  sites: readonly Site[],
  starts: ReadonlyMap<string, number>,
  takenBack: boolean,
): Promise<string[]> {
  const found: string[] = [];
  for (const { code, root } of sites) {
    const seen = new Set<string>();
    for (const { action, packages, sourceVersion, server, file } of await journalFrom(
      root,
      starts.get(code) ?? 0,
    )) {
      const isCommit = action === "renamed" && file?.endsWith(".SNI");
      const isLasting = action === "installed" || (!takenBack && (action === "stored" || isCommit));
      if (!isLasting) continue;
      const what = isCommit ? `committed ${file}` : `${action} ${packages} ${sourceVersion} ${server ?? ""}`;
      if (seen.has(what)) found.push(`${code}: ${what} more than once`);
      seen.add(what);
    }
  }
  return found;
}

export function journalLength({ root }: Site): Promise<number> {
  return lstat(join(root, "journal.jsonl")).then(
    ({ size }) => size,
    () => 0,
  );
}

async function journalFrom(root: string, start: number) {
  await using file = await open(join(root, "journal.jsonl"), "r");
  const { size } = await file.stat();
  const text = Buffer.alloc(Math.max(0, size - start));
  await file.read(text, 0, text.length, start);
  const lines = text.toString("utf8").split("\n").slice(0, -1);
  return lines.map((line) => journalEvent.parse(JSON.parse(line)));
}

/** Everything in a folder that a copy must have too, a line each. */
async function describe(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const lines = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const shown = relative(folder, path);
    if (entry.isSymbolicLink()) return `${shown} -> ${await readlink(path)}`;
    const mode = ((await lstat(path)).mode & 0o777).toString(8);
    if (entry.isDirectory()) return `${shown}/ ${mode}`;
    return `${shown} ${mode} ${createHash("sha256")
      .update(await readFile(path))
      .digest("hex")}`;
  });
  return (await Promise.all(lines)).sort().join("\n");
}
