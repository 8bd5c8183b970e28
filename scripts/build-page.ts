/**
 * Builds the page of the console (`orchestrator/console/page`) with Vite. Runs by itself on a first start, and as a part
 * of `npm run build` and of the image. What is built appears whole: beside, then by a rename.
 */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "vite";

import { pageFolder, sourcesDigest } from "../orchestrator/console/page-files.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const digest = await sourcesDigest(project);
const isThere = async () =>
  (await readFile(join(pageFolder, "built-from.txt"), "utf8").catch(() => "")) === digest;
const beside = `${pageFolder}.${process.pid}.tmp`;
if (!(await isThere())) {
  try {
    await build({
      configFile: false,
      root: join(project, "orchestrator/console/page"),
      logLevel: "warn",
      build: { outDir: beside, emptyOutDir: true },
    });
    await writeFile(join(beside, "built-from.txt"), digest);
    await rm(pageFolder, { recursive: true, force: true });
    await rename(beside, pageFolder);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    if (!(await isThere())) throw error; // else another process was quicker
  }
}
