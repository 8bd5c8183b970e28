/**
 * Reads a topology file. Either everything in it is right and comes back as a plan, or every mistake in it is told at
 * once.
 */
import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { Failure, systemCodeOf } from "../failure.ts";
import { type Mistake, mistakesOf, pathWords, valueAt } from "./mistakes.ts";
import { planOf, type Topology } from "./plan.ts";
import { ruleMistakes } from "./rules.ts";
import { topologySchema } from "./schema.ts";
import { sourceText } from "./source-text.ts";
import { tlsFileMistakes } from "./tls-files.ts";
import { TopologyFailure } from "./topology-failure.ts";

/** The file that comes with Spoolnet, for those who name none. */
export const defaultTopology = fileURLToPath(new URL("../../topologies/three-site.yaml", import.meta.url));

export type LoadOptions = {
  /** Sent instead of the first package's own source folder. Not looked at here. */
  readonly source?: string | undefined;
  /** Of a run that is over: the files of its packages may be gone by now, and nobody needs them. */
  readonly isOver?: boolean;
  /** The sites are run by something else: of their certificates, only those of the authorities have to be here. */
  readonly areSitesElsewhere?: boolean;
};

/** Throws a TopologyFailure that names every mistake, each with its line and column. */
export async function loadTopology(file: string, options: LoadOptions = {}): Promise<Topology> {
  return await topologyOf(await readTopology(file), file, options);
}

/** The same of a text. `file` is what mistakes are told of; folders in it are seen from where that is. */
export async function topologyOf(text: string, file: string, options: LoadOptions = {}): Promise<Topology> {
  const { raw, mistakes: ofYaml, placed } = sourceText(text);
  if (raw === undefined) throw new TopologyFailure(file, text, ofYaml);
  const parsed = topologySchema.safeParse(raw);
  const structure = parsed.success ? [] : mistakesOf(parsed.error, raw);
  const told = new Set(structure.map((mistake) => pathWords(mistake.path)));
  const missing = options.isOver
    ? []
    : [...(await missingFiles(file, raw, options)), ...(await tlsFileMistakes(file, raw, options))];
  const others = [...ruleMistakes(raw), ...missing];
  const mistakes = [
    ...ofYaml,
    ...placed([...structure, ...others.filter((mistake) => !told.has(pathWords(mistake.path)))]),
  ];
  if (mistakes.length > 0 || !parsed.success)
    throw new TopologyFailure(
      file,
      text,
      mistakes.sort((a, b) => a.line - b.line || a.column - b.column),
    );
  return planOf(file, parsed.data, options.source);
}

export async function readTopology(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const why = systemCodeOf(cause) === "ENOENT" ? "there is no such file" : (cause as Error).message;
    throw new Failure("usage", `${file}: expected a topology file: ${why}`, { cause });
  }
}

/** A source folder that is not there, or an icon: the site would only find it out later. */
async function missingFiles(file: string, raw: unknown, options: LoadOptions): Promise<Mistake[]> {
  const mistakes: Mistake[] = [];
  const packages = valueAt(raw, ["packages"]);
  for (const index of Array.isArray(packages) ? packages.keys() : []) {
    const path = ["packages", index];
    const [source, size, icon] = ["source", "size", "icon"].map((key) => valueAt(raw, [...path, key]));
    if (typeof source !== "string" || source === "") {
      if (icon === undefined || size === undefined) continue;
      const message = "expected no icon, as a package that is given by its size has none of its files";
      mistakes.push({ path: [...path, "icon"], isKey: true, message });
      continue;
    }
    const folder = resolve(dirname(file), source);
    const isReplaced = index === 0 && options.source !== undefined;
    const isFolder = (await stat(folder).catch(() => undefined))?.isDirectory() ?? false;
    if (!isFolder && !isReplaced) {
      const message = `expected the folder with the package's files, found "${source}", and there is no folder ${folder}`;
      mistakes.push({ path: [...path, "source"], isKey: false, message });
    }
    if (typeof icon !== "string" || icon === "" || !isFolder) continue;
    const found = await stat(resolve(folder, icon)).catch(() => undefined);
    if (!found?.isFile() || found.size > 64 * 1024) {
      const why = found?.isFile() ? `, which has ${found.size} bytes` : ", and there is no such file";
      const message = `expected a file of at most 64 KiB in the source folder, found "${icon}"${why}`;
      mistakes.push({ path: [...path, "icon"], isKey: false, message });
    }
  }
  return mistakes;
}
