/**
 * Packages that a topology file gives by their size alone: a source folder is made for each, of bytes that do not
 * compress. Same seed and name, same bytes, so a run that goes on finds what it left.
 * On disk: `<root>/sources/<package>/content-001.bin`, ...; a folder appears whole, by rename.
 */
import { createCipheriv, createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import { Failure } from "./failure.ts";
import type { PackagePlan, Topology } from "./topology/plan.ts";

/** A package is files of this size, and the rest. */
const fileBytes = 8 * 1024 * 1024;
const blockBytes = 1024 * 1024;

/** The topology with a source folder for every package, made where there is none yet. */
export async function withSources(topology: Topology, root: string): Promise<Topology> {
  const packages: PackagePlan[] = [];
  for (const plan of topology.packages) {
    if (plan.madeBytes === undefined) {
      packages.push(plan);
      continue;
    }
    const folder = join(root, "sources", folderNameOf(plan.name));
    try {
      await makeSource(folder, plan.madeBytes, `${topology.seed}/${plan.name}`);
    } catch (cause) {
      throw new Failure("environment", `cannot make a source of ${plan.madeBytes} bytes in ${folder}`, {
        cause,
      });
    }
    packages.push({ ...plan, sourceFolder: folder });
  }
  return { ...topology, packages };
}

/** Words as they are; any other name, like `..`, with what tells it from all others. */
function folderNameOf(name: string): string {
  if (/^\w+(?:[ .]\w+)*$/.test(name) && !name.endsWith(".tmp")) return name.replaceAll(" ", "-");
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${name.replaceAll(/\W+/g, "-")}-${digest}`;
}

async function makeSource(folder: string, bytes: number, seed: string): Promise<void> {
  if (existsSync(folder)) {
    if ((await madeBytesIn(folder)) === bytes) return;
    await rm(folder, { recursive: true }); // of another size: the topology has changed since
  }
  const unfinished = `${folder}.tmp`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const next = seededBytes(seed);
  for (let at = 0, number = 1; at < bytes; at += fileBytes, number++) {
    const name = `content-${String(number).padStart(3, "0")}.bin`;
    await using file = await open(join(unfinished, name), "w");
    const end = Math.min(fileBytes, bytes - at);
    for (let written = 0; written < end; written += blockBytes) {
      await file.writeFile(next(Math.min(blockBytes, end - written)));
    }
  }
  await rename(unfinished, folder);
}

/** How many bytes a folder of ours has. Throws for one that is not. */
async function madeBytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) {
    if (!/^content-\d{3,}\.bin$/.test(name)) throw new Error(`${name} is not of our making`);
    bytes += (await stat(join(folder, name))).size;
  }
  return bytes;
}

/** A stream of bytes that only the seed decides: AES in counter mode over zeros. */
function seededBytes(seed: string): (bytes: number) => Buffer {
  const key = createHash("sha256").update(seed).digest();
  const cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  return (bytes) => cipher.update(Buffer.alloc(bytes));
}
