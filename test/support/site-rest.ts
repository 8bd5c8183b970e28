/**
 * What a site still has to do, as its folder tells: files in inboxes, half-made content, rows that wait.
 * Reads only, and needs nothing of the site's code, which may run meanwhile.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, readlink } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Everything that is not at rest; nothing in it is nothing left to do. */
export async function unfinished(root: string): Promise<string[]> {
  const inboxes = await filesBelow(join(root, "SMS/Inboxes"));
  const information = join(root, "SMS/Inboxes/Pkginfo.box");
  const left = [
    ...inboxes.filter((file) => !file.startsWith(`${information}/`) || !/\.(PKG|NAL|ICO)$/.test(file)),
    ...(await filesBelow(join(root, "SMSPKG/Temp"))),
    ...(await namesIn(root)).filter((name) => name.endsWith(".tmp")),
    ...(await unshownVersions(root)),
    ...(await mirrorDifferences(root, information)),
  ].map((file) => relative(root, join(root, relative(root, file))));
  return [...left, ...(await waitingRows(root))];
}

/** Files of `SMSPKG` that are not what the site database says of them, and rows without their file. */
export async function unlikeTheirRows(root: string): Promise<string[]> {
  const rows = rowsOf<{ file: string; sha256: string }>(
    root,
    `SELECT package_id || '.PKG' AS file, sha256 FROM stored_content
     UNION ALL SELECT package_id || '.DLT.' || base_version, sha256 FROM stored_delta`,
  );
  const found: string[] = [];
  const files = (await namesIn(join(root, "SMSPKG"))).filter((name) => name !== "Temp");
  for (const name of new Set([...files, ...rows.map(({ file }) => file)])) {
    const row = rows.find(({ file }) => name === file);
    const content = await readFile(join(root, "SMSPKG", name)).catch(() => undefined);
    const digest = content && createHash("sha256").update(content).digest("hex");
    if (digest !== row?.sha256)
      found.push(`SMSPKG/${name}: its digest is ${digest}, its row says ${row?.sha256}`);
  }
  return found;
}

export function rowsOf<Row>(root: string, sql: string): Row[] {
  const database = new DatabaseSync(join(root, "site.db"), { readOnly: true, timeout: 1000 });
  try {
    return database.prepare(sql).all() as Row[];
  } finally {
    database.close();
  }
}

async function waitingRows(root: string): Promise<string[]> {
  const counts = rowsOf<{ what: string; count: number }>(
    root,
    `SELECT 'upload' AS what, count(*) AS count FROM upload
     UNION ALL SELECT 'outbound_replication', count(*) FROM outbound_replication
     UNION ALL SELECT 'wakeup', count(*) FROM wakeup WHERE done = 0`,
  );
  return counts.filter(({ count }) => count > 0).map(({ what, count }) => `${count} rows in ${what}`);
}

/** Versions in a package share that its links do not show. */
async function unshownVersions(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const server of await namesIn(join(root, "SiteSystems"))) {
    const share = join(root, "SiteSystems", server, "SMSPKGC$");
    const links = (await namesIn(share)).filter((name) => name !== ".versions");
    const shown = await Promise.all(links.map(async (name) => basename(await readlink(join(share, name)))));
    const versions = await namesIn(join(share, ".versions"));
    found.push(
      ...versions.filter((name) => !shown.includes(name)).map((name) => join(share, ".versions", name)),
    );
  }
  return found;
}

async function mirrorDifferences(root: string, information: string): Promise<string[]> {
  const found: string[] = [];
  for (const server of await namesIn(join(root, "SiteSystems"))) {
    const folders = (await namesIn(join(root, "SiteSystems", server))).filter((name) =>
      /^(CAP|MP)_/.test(name),
    );
    for (const folder of folders) {
      const mirror = join(root, "SiteSystems", server, folder, "Pkginfo.box");
      for (const name of new Set([...(await namesIn(information)), ...(await namesIn(mirror))])) {
        const [original, copy] = await Promise.all([information, mirror].map((at) => textOf(join(at, name))));
        if (original !== copy) found.push(join(mirror, name));
      }
    }
  }
  return found;
}

async function filesBelow(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

async function namesIn(folder: string): Promise<string[]> {
  return existsSync(folder) ? await readdir(folder) : [];
}

async function textOf(file: string): Promise<string | undefined> {
  return await readFile(file, "utf8").catch(() => undefined);
}
