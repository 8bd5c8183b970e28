/**
 * What a run leaves in its folder for a report afterwards, beside the journals of its sites: its topology file, and what
 * its scenario and chance made happen, which no site tells.
 * On disk: `<root>/topology.yaml`, of the last run on the folder; `<root>/scenario.jsonl`, a line for each thing that
 * was made to happen, of all runs on it. A line that is not whole is of a run that was killed, and is passed over.
 */
import { appendFileSync } from "node:fs";
import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import { siteCode } from "../../domain/identifiers.ts";
import { Failure, systemCodeOf } from "../failure.ts";
import type { Happening } from "./happenings.ts";

const pairs = z.array(z.tuple([siteCode, siteCode]));
const happening = z.object({
  emulatedMs: z.number(),
  source: z.string(),
  text: z.string(),
  cut: pairs,
  restored: pairs,
});

/** Keeps the text of the topology that is run. */
export async function keepTopology(root: string, file: string): Promise<void> {
  const kept = join(root, "topology.yaml");
  try {
    await writeFile(`${kept}.tmp`, await readFile(file));
    await rename(`${kept}.tmp`, kept);
  } catch (cause) {
    throw new Failure("environment", `cannot keep ${file} in ${root}`, { cause });
  }
}

/** Undefined in a folder of which no run has kept it. */
export async function keptTopology(root: string): Promise<string | undefined> {
  const kept = join(root, "topology.yaml");
  return (await stat(kept).catch(() => undefined))?.isFile() ? kept : undefined;
}

/** At once, so that it is there also if this process is killed next. Begins a line: the last one may not be whole. */
export function keepHappening(root: string, happened: Happening): void {
  appendFileSync(join(root, "scenario.jsonl"), `\n${JSON.stringify(happened)}\n`);
}

/** In the order in which they happened. */
export async function keptHappenings(root: string): Promise<Happening[]> {
  const text = await readFile(join(root, "scenario.jsonl"), "utf8").catch((error: unknown) => {
    if (systemCodeOf(error) === "ENOENT") return "";
    throw error;
  });
  return text.split("\n").flatMap((line) => {
    try {
      return [happening.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}
