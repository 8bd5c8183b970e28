/**
 * Builds the page of the console (`orchestrator/console/page`) with Vite, and compresses its files. Runs by itself on a
 * first start, and as a part of `npm run build` and of the image. What is built appears whole: elsewhere, then by a rename.
 */
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

import { build } from "vite";

import { compressedExtensions, compressible } from "../orchestrator/console/compressed-files.ts";
import { pageFolder, sourcesDigest } from "../orchestrator/console/page-files.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const digest = await sourcesDigest(project);
const isThere = async () =>
  (await readFile(join(pageFolder, "built-from.txt"), "utf8").catch(() => "")) === digest;
/** On the same disk, and where nobody looks: a build that is killed leaves it. */
const unfinished = join(project, "node_modules/.cache", `page.${process.pid}.tmp`);
if (!(await isThere())) {
  process.env.NODE_ENV = "production"; // who starts this may have another, as vitest has, and get React as for development
  try {
    await build({
      configFile: false,
      root: join(project, "orchestrator/console/page"),
      logLevel: "warn",
      build: { outDir: unfinished, emptyOutDir: true },
    });
    await compressFiles(unfinished);
    await writeFile(join(unfinished, "built-from.txt"), digest);
    await rm(pageFolder, { recursive: true, force: true });
    await rename(unfinished, pageFolder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await isThere())) throw error; // else another process was quicker
  }
}

/** As small as they get: it is done once. */
async function compressFiles(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !compressible.has(extname(entry.name))) continue;
    const path = join(entry.parentPath, entry.name);
    const content = await readFile(path);
    await writeFile(path + compressedExtensions.br, await promisify(brotliCompress)(content));
    await writeFile(path + compressedExtensions.gzip, await promisify(gzip)(content, { level: 9 }));
  }
}
