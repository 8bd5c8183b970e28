/**
 * Reads a topology file into a plan that can be carried out: paths absolute, defaults filled in, parents before
 * their children. Either everything in the file is right, or every mistake in it is told at once.
 */
import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";

import { type Address, standardAddress } from "../../domain/address.ts";
import { childrenOf, type SiteInformation } from "../../domain/hierarchy.ts";
import type { ServerName, SiteCode } from "../../domain/identifiers.ts";
import type { DistributionPoint, PackageDefinition, Program } from "../../domain/package.ts";
import type { Priority } from "../../domain/priority.ts";
import { Failure, systemCodeOf } from "../failure.ts";
import { addressOf } from "./address-words.ts";
import { type Mistake, mistakesOf, pathWords, valueAt } from "./mistakes.ts";
import { ruleMistakes, targetServers } from "./rules.ts";
import { type TopologyFile, topologySchema } from "./schema.ts";

/** The file that comes with Spoolnet, for those who name none. */
export const defaultTopology = fileURLToPath(new URL("../../topologies/three-site.yaml", import.meta.url));

export type SitePlan = SiteInformation & {
  readonly timeZone: string;
  readonly clientAccessPoints: readonly ServerName[];
  readonly managementPoints: readonly ServerName[];
};

export type PackagePlan = Pick<
  PackageDefinition,
  "name" | "version" | "manufacturer" | "language" | "description"
> & {
  readonly site: SiteCode;
  /** Absolute. */
  readonly sourceFolder: string;
  readonly priority: Priority;
  readonly compressed: boolean;
  /** Absolute. */
  readonly iconFile: string | undefined;
  readonly programs: readonly Program[];
  readonly distributionPoints: readonly DistributionPoint[];
};

/** How one site reaches its parent or its child. */
export type AddressesPlan = {
  readonly from: SiteCode;
  readonly to: SiteCode;
  /** In the order of relative priority; at least one. */
  readonly addresses: readonly Address[];
};

export type Expectation = {
  readonly package: string;
  readonly on: readonly DistributionPoint[];
  /** Emulated milliseconds since the clock's start. */
  readonly byMs: number;
};

export type Topology = {
  readonly file: string;
  readonly name: string;
  /** `startMs` is on the emulated calendar, milliseconds since the Unix epoch. */
  readonly clock: { readonly startMs: number; readonly scale: number };
  /** Parents before their children. */
  readonly sites: readonly SitePlan[];
  /** For each child in the order of `sites`: from its parent down to it, and up again. */
  readonly addresses: readonly AddressesPlan[];
  readonly packages: readonly PackagePlan[];
  readonly expectations: readonly Expectation[];
};

export type LoadOptions = {
  /** Sent instead of the first package's own source folder. Not looked at here. */
  readonly source?: string | undefined;
};

/** Throws one usage failure that names every mistake, each with its file, line and column. */
export async function loadTopology(file: string, options: LoadOptions = {}): Promise<Topology> {
  const text = await readTopology(file);
  const places = new LineCounter();
  const document = parseDocument(text, { lineCounter: places, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = places.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  if (document.errors.length > 0) {
    throw new Failure(
      "usage",
      document.errors.map((error) => `${at(error.pos[0])}: ${error.message}`).join("\n"),
    );
  }
  // A code like 007 is a number to YAML and a name to us: keys are what the file says, letter by letter.
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key) && typeof key.value !== "string") key.value = key.source ?? String(key.value);
    },
  });
  const raw: unknown = document.toJS() ?? {};
  const parsed = topologySchema.safeParse(raw);
  const structure = parsed.success ? [] : mistakesOf(parsed.error, raw);
  const told = new Set(structure.map((mistake) => pathWords(mistake.path)));
  const others = [...ruleMistakes(raw), ...(await missingFiles(file, raw, options))];
  const mistakes = [...structure, ...others.filter((mistake) => !told.has(pathWords(mistake.path)))];
  if (mistakes.length > 0 || !parsed.success) {
    const lines = mistakes
      .map((mistake) => ({ mistake, offset: offsetOf(document.contents, mistake) }))
      .sort((a, b) => a.offset - b.offset)
      .map(
        ({ mistake, offset }) => `${at(offset)}: ${pathWords(mistake.path) || "file"}: ${mistake.message}`,
      );
    throw new Failure("usage", lines.join("\n"));
  }
  return planOf(file, parsed.data, options);
}

async function readTopology(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const why = systemCodeOf(cause) === "ENOENT" ? "there is no such file" : (cause as Error).message;
    throw new Failure("usage", `${file}: expected a topology file: ${why}`, { cause });
  }
}

/** Where in the file the path leads, or the last place on the way that is there. */
function offsetOf(contents: Node | null, mistake: Mistake): number {
  let offset = contents?.range?.[0] ?? 0;
  let node: unknown = contents;
  for (const [depth, key] of mistake.path.entries()) {
    const isLast = depth === mistake.path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (!pair) break;
      const place = isLast && !mistake.isKey && pair.value ? pair.value : pair.key;
      offset = (place as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else break;
    if (isAlias(node)) break; // the mistake is shown where the alias is used
  }
  return offset;
}

/** A source folder that is not there, or an icon: the site would only find it out later. */
async function missingFiles(file: string, raw: unknown, options: LoadOptions): Promise<Mistake[]> {
  const mistakes: Mistake[] = [];
  const packages = valueAt(raw, ["packages"]);
  for (const index of Array.isArray(packages) ? packages.keys() : []) {
    const path = ["packages", index];
    const [source, icon] = ["source", "icon"].map((key) => valueAt(raw, [...path, key]));
    if (typeof source !== "string" || source === "") continue;
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

function planOf(file: string, topology: TopologyFile, options: LoadOptions): Topology {
  const sites = Object.entries(topology.sites).map(
    ([code, site]): SitePlan => ({
      ...site,
      code: code as SiteCode, // a key that the schema has checked
      name: site.name ?? code,
      parent: site.parent ?? null,
      clientAccessPoints: site.clientAccessPoints ?? [`${code}CAP` as ServerName],
    }),
  );
  const pointsOf = (wanted: "all" | readonly string[], within: ReadonlySet<string>): DistributionPoint[] =>
    targetServers({ sites: topology.sites }, wanted)
      .map(({ site, server }) => ({ site: site as SiteCode, server }))
      .filter(({ site }) => within.has(site));
  const packages = topology.packages.map((pkg, index): PackagePlan => {
    const source = resolve(dirname(file), pkg.source);
    const reach = new Set(withDescendants(sites, pkg.site).map((site) => site.code));
    return {
      ...pkg,
      sourceFolder: index === 0 && options.source !== undefined ? options.source : source,
      iconFile: pkg.icon === undefined ? undefined : resolve(source, pkg.icon),
      distributionPoints: pointsOf(pkg.distributionPoints, reach),
    };
  });
  const expectations = topology.expect.map(({ package: name, on, by }): Expectation => {
    const sent = packages.find((pkg) => pkg.name === name)?.distributionPoints ?? [];
    const wanted = pointsOf(on, new Set(sites.map((site) => site.code)));
    const isSent = ({ server }: DistributionPoint) => sent.some((point) => point.server === server);
    return { package: name, on: wanted.filter(isSent), byMs: by };
  });
  const parentsFirst = sites
    .filter((site) => site.parent === null)
    .flatMap((root) => withDescendants(sites, root.code));
  const addressesPlan = (from: SiteCode, to: SiteCode): AddressesPlan => {
    const given = topology.addresses.filter((words) => words.from === from && words.to === to);
    return { from, to, addresses: given.length > 0 ? given.map(addressOf) : [standardAddress] };
  };
  return {
    file,
    name: topology.name,
    clock: { startMs: Date.parse(topology.clock.start), scale: topology.clock.scale },
    sites: parentsFirst,
    addresses: parentsFirst.flatMap(({ code, parent }) =>
      parent === null ? [] : [addressesPlan(parent, code), addressesPlan(code, parent)],
    ),
    packages,
    expectations,
  };
}

/** How `from` reaches `to`, its parent or its child. Throws where it is neither. */
export function addressesFrom(topology: Topology, from: SiteCode, to: SiteCode): readonly Address[] {
  const plan = topology.addresses.find((one) => one.from === from && one.to === to);
  if (!plan) throw new Error(`there is no way from site ${from} to site ${to} in this topology`);
  return plan.addresses;
}

/** A site and all below it, each parent before its children. */
function withDescendants(sites: readonly SitePlan[], code: SiteCode): SitePlan[] {
  const site = sites.find((candidate) => candidate.code === code);
  return [
    ...(site ? [site] : []),
    ...childrenOf(sites, code).flatMap((child) => withDescendants(sites, child.code)),
  ];
}
