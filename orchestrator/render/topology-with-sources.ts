/**
 * A topology file whose packages all have source folders, as what is rendered needs: the sites and the orchestrator see
 * them at the same place. Where packages are given by their size, sources are made, and a copy of the file names them.
 * On disk: `<folder>/sources/<package>/`, `<folder>/<name of the file>.made.yaml`.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import { type Document, isAlias, isMap, isScalar, parseDocument } from "yaml";

import { Failure } from "../failure.ts";
import { withSources } from "../made-sources.ts";
import { loadTopology } from "../topology/load.ts";

/** Resolves with the file to render: `file` itself, or the copy, which is also `told`. */
export async function topologyWithSources(
  file: string,
  folder: string | undefined,
  told: (made: string) => void,
): Promise<string> {
  const topology = await loadTopology(file, { areSitesElsewhere: true });
  const made = topology.packages.find(({ madeBytes }) => madeBytes !== undefined);
  if (!made) return file;
  if (folder === undefined) {
    throw new Failure(
      "usage",
      `the package "${made.name}" is given by its size, and its source is made beside what is written: say where with --output, or give it a source folder`,
    );
  }
  const { packages } = await withSources(topology, resolve(folder));
  const document = parseDocument(await readFile(file, "utf8"));
  for (const [index, { sourceFolder }] of packages.entries()) {
    const found = document.getIn(["packages", index], true);
    const words = isAlias(found) ? found.resolve(document) : found;
    if (!isMap(words)) continue; // it is one, or the file had not been loaded
    words.delete("size");
    words.set("source", sourceFolder); // from wherever the copy is
  }
  nameAbsolute(document, dirname(resolve(file)));
  document.commentBefore = ` ${basename(file)}, with sources made for the packages that it gives by their size.`;
  const copy = join(folder, `${basename(file).replace(/\.ya?ml$/, "")}.made.yaml`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(copy, document.toString());
  } catch (cause) {
    throw new Failure("environment", `cannot write ${copy}`, { cause });
  }
  told(copy);
  return copy;
}

/** Files of certificates are seen from the topology file, and the copy is elsewhere. */
function nameAbsolute(document: Document, folder: string): void {
  const sites = document.get("sites", true);
  const places = isMap(sites) ? sites.items.map(({ key }) => ["sites", isScalar(key) ? key.value : key]) : [];
  for (const place of [["defaults", "site"], ...places]) {
    const found = document.getIn([...place, "tls"], true);
    const words = isAlias(found) ? found.resolve(document) : found;
    if (!isMap(words)) continue;
    for (const { key } of words.items) words.set(key, resolve(folder, String(words.get(key))));
  }
}
