/**
 * The built page. A package and the image have it. A checkout builds it where it is missing or of other sources, in a
 * process of its own, while everything else goes on.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the built page is served from. */
export const pageFolder = fileURLToPath(new URL("./page/dist", import.meta.url));

const builder = fileURLToPath(new URL("../../scripts/build-page.ts", import.meta.url));
const stamp = join(pageFolder, "built-from.txt");

/** What the page is made of and by; of other versions of its libraries, another page is made. */
const sources = [
  "orchestrator/console/page/{src,styles}/**",
  "orchestrator/console/page/index.html",
  "orchestrator/graph/tree-layout.ts",
  "orchestrator/console/compressed-files.ts",
  "scripts/build-page.ts",
  "package-lock.json",
];

/** Of the sources of a checkout, to be left beside what is built of them. */
export async function sourcesDigest(project: string): Promise<string> {
  const files: string[] = [];
  for await (const file of glob(sources, { cwd: project })) if (/\.\w+$/.test(file)) files.push(file);
  const digest = createHash("sha256");
  for (const file of files.sort()) digest.update(`${file}\0`).update(await readFile(join(project, file)));
  return digest.digest("hex");
}

/** Resolves once the page is there, with false where it cannot be: `say` was told why then. */
export async function pageReady(say: (words: string) => void, signal: AbortSignal): Promise<boolean> {
  const isBuilt = existsSync(join(pageFolder, "index.html"));
  if (!existsSync(builder)) {
    if (!isBuilt) say("! the console has no page here: this spoolnet was installed without it");
    return isBuilt;
  }
  const project = fileURLToPath(new URL("../..", import.meta.url));
  if (isBuilt && (await readFile(stamp, "utf8").catch(() => "")) === (await sourcesDigest(project)))
    return true;
  say("building the page of the console (once, some seconds; everything else goes on meanwhile)");
  const failed = await built(signal);
  if (signal.aborted) return false;
  if (failed === undefined) say("the page of the console is ready");
  else say(`! the page of the console could not be built: ${failed}`);
  return failed === undefined;
}

/** Resolves with what the builder said where it failed. */
async function built(signal: AbortSignal): Promise<string | undefined> {
  const child = spawn(process.execPath, [builder], { stdio: ["ignore", "ignore", "pipe"], signal });
  let words = "";
  child.stderr.on("data", (data) => {
    words += data;
  });
  return await new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code) =>
      resolve(code === 0 ? undefined : words.trim().slice(-1000) || `exit code ${code}`),
    );
  });
}
