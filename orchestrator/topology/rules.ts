/**
 * Rules between the parts of a topology file: the tree of sites, names said once, packages and expectations
 * about what is there. Pure, and lenient in what it reads, so that one slip does not hide the other mistakes.
 */
import { z } from "zod";

import {
  hierarchyMistakes,
  type SiteType,
  siteType,
  subtreeOf,
  type TreeSite,
} from "../../domain/hierarchy.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import { priority } from "../../domain/priority.ts";
import { addressDraft, addressMistakes, type Way } from "./address-rules.ts";
import { hint, type Mistake, shown } from "./mistakes.ts";

const names = z.array(z.string().catch("")).catch([]);
const targets = z.union([z.literal("all"), z.array(z.string().catch(""))]).catch([]);
const siteDraft = z
  .object({
    type: siteType.catch("primary"),
    parent: z.string().nullable().catch(null),
    distributionPoints: names,
    clientAccessPoints: names,
    managementPoints: names,
  })
  .catch({
    type: "primary",
    parent: null,
    distributionPoints: [],
    clientAccessPoints: [],
    managementPoints: [],
  });
const draft = z
  .object({
    sites: z.record(z.string(), siteDraft).catch({}),
    addresses: z.array(addressDraft).catch([]),
    packages: z
      .array(
        z
          .object({
            name: z.string().catch(""),
            site: z.string().catch(""),
            priority: priority.prefault("medium").nullable().catch(null),
            distributionPoints: targets,
          })
          .catch({ name: "", site: "", priority: null, distributionPoints: [] }),
      )
      .catch([]),
    expect: z
      .array(
        z
          .object({ package: z.string().catch(""), on: targets.prefault("all") })
          .catch({ package: "", on: [] }),
      )
      .catch([]),
  })
  .catch({ sites: {}, addresses: [], packages: [], expect: [] });
type Draft = z.infer<typeof draft>;

/** Every breach of the rules, in the order of the file. */
export function ruleMistakes(raw: unknown): Mistake[] {
  const read = draft.parse(raw);
  return [
    ...treeMistakes(read),
    ...serverMistakes(read),
    ...addressMistakes(read, waysOf(read)),
    ...packageMistakes(read),
    ...expectMistakes(read),
  ];
}

/** Where something goes, from parent to child or from child to parent, and with which priority. */
function waysOf(read: Draft): Way[] {
  const news = Object.entries(read.sites).flatMap(([child, { parent }]): Way[] =>
    parent === null
      ? []
      : [
          {
            from: child,
            to: parent,
            priority: "high",
            what: `what ${child} tells of itself goes to ${parent}`,
          },
        ],
  );
  const contents = read.packages.flatMap(({ name, site, priority, distributionPoints }) => {
    const steps = new Map<string, Way>();
    for (const target of priority === null ? [] : targetServers(read, distributionPoints)) {
      for (const [from, to] of stepsDown(read, site, target.site)) {
        const what = `the package "${name}" goes from ${from} to ${to}`;
        steps.set(to, { from, to, priority: priority ?? "medium", what });
      }
    }
    return [...steps.values()];
  });
  return [...news, ...contents];
}

/** Each parent and child on the way down to a site; none where the site is not below. */
function stepsDown(read: Draft, site: string, target: string): [from: string, to: string][] {
  const steps: [string, string][] = [];
  const seen = new Set<string>();
  for (let at = target; at !== site; ) {
    const parent = read.sites[at]?.parent ?? null;
    if (parent === null || seen.has(at)) return [];
    seen.add(at); // parents may go round in a loop, which is told elsewhere
    steps.push([parent, at]);
    at = parent;
  }
  return steps;
}

/** The hierarchy's rules work on any codes here: a wrong one has its own mistake already. */
function treeOf(read: Draft): TreeSite[] {
  return Object.entries(read.sites).map(([code, site]) => ({
    code: code as SiteCode,
    type: site.type satisfies SiteType,
    parent: site.parent as SiteCode | null,
  }));
}

function treeMistakes(read: Draft): Mistake[] {
  return hierarchyMistakes(treeOf(read)).map(({ site, message }) => {
    const parent = read.sites[site]?.parent ?? null;
    const unknown = parent !== null && !(parent in read.sites);
    return {
      path: parent === null ? ["sites", site] : ["sites", site, "parent"],
      isKey: parent === null,
      message: `${message}${
        unknown
          ? hint(
              parent,
              Object.keys(read.sites).filter((code) => code !== site),
            )
          : ""
      }`,
    };
  });
}

/** A server belongs to one site, and a role is given to it once. Names differ by more than capitals. */
function serverMistakes(read: Draft): Mistake[] {
  const mistakes: Mistake[] = [];
  const siteOf = new Map<string, string>();
  for (const [code, site] of Object.entries(read.sites)) {
    for (const role of ["distributionPoints", "clientAccessPoints", "managementPoints"] as const) {
      const inRole = new Set<string>();
      for (const [index, server] of site[role].entries()) {
        const name = server.toUpperCase();
        const say = (message: string) =>
          mistakes.push({ path: ["sites", code, role, index], isKey: false, message });
        const owner = siteOf.get(name);
        if (inRole.has(name)) say(`expected each server once, found ${shown(server)} again`);
        else if (owner !== undefined && owner !== code)
          say(`expected a server of this site, found ${shown(server)}, which is one of ${owner} already`);
        else if (name in read.sites)
          say(`expected a server name that is not the code of a site, found ${shown(server)}`);
        inRole.add(name);
        if (owner === undefined) siteOf.set(name, code);
      }
    }
  }
  return mistakes;
}

function packageMistakes(read: Draft): Mistake[] {
  const codes = Object.keys(read.sites);
  const seen = new Set<string>();
  return read.packages.flatMap((pkg, index) => {
    const mistakes: Mistake[] = [];
    const say = (key: string, message: string) =>
      mistakes.push({ path: ["packages", index, key], isKey: false, message });
    if (pkg.name !== "" && seen.has(pkg.name))
      say("name", `expected each package once, found "${pkg.name}" again`);
    seen.add(pkg.name);
    const site = read.sites[pkg.site];
    if (site?.type === "secondary")
      say(
        "site",
        `expected a primary site, found "${pkg.site}", a secondary site: packages are made at primary sites`,
      );
    else if (!site && pkg.site !== "")
      say("site", `expected the code of a site, found "${pkg.site}"${hint(pkg.site, codes, "known")}`);
    const reach = site ? subtreeOf(treeOf(read), pkg.site as SiteCode) : new Set(codes);
    const path = ["packages", index, "distributionPoints"];
    return [
      ...mistakes,
      ...targetMistakes(read, pkg.distributionPoints, path, reach, `at ${pkg.site} or below it`),
    ];
  });
}

function expectMistakes(read: Draft): Mistake[] {
  const known = read.packages.map((pkg) => pkg.name);
  return read.expect.flatMap((expectation, index) => {
    const pkg = read.packages.find((candidate) => candidate.name === expectation.package);
    if (!pkg) {
      if (expectation.package === "") return [];
      const message = `expected the name of a package of this file, found "${expectation.package}"${hint(expectation.package, known, "known")}`;
      return [{ path: ["expect", index, "package"], isKey: false, message }];
    }
    const sent = new Set(targetServers(read, pkg.distributionPoints).map((target) => target.server));
    const path = ["expect", index, "on"];
    const mistakes = targetMistakes(read, expectation.on, path, new Set(Object.keys(read.sites)), "");
    if (mistakes.length > 0 || expectation.on === "all") return mistakes;
    return expectation.on.flatMap((name, at): Mistake[] => {
      const missed = targetServers(read, [name]).filter((target) => !sent.has(target.server));
      if (missed.length === 0) return [];
      const message = `expected a distribution point that "${pkg.name}" is sent to, found "${name}" (sent to: ${[...sent].join(", ")})`;
      return [{ path: [...path, at], isKey: false, message }];
    });
  });
}

function targetMistakes(
  read: Draft,
  wanted: "all" | readonly string[],
  path: readonly PropertyKey[],
  reach: ReadonlySet<string>,
  where: string,
): Mistake[] {
  if (wanted === "all") return [];
  const all = targetServers(read, "all");
  const known = [...new Set([...all.map((target) => target.server), ...Object.keys(read.sites)])];
  return wanted.flatMap((name, at) => {
    if (name === "") return [];
    const found = targetServers(read, [name]);
    const isSite = name in read.sites;
    let message: string | undefined;
    if (found.length === 0 && isSite)
      message = `expected a site with distribution points, found "${name}" with none`;
    else if (found.length === 0)
      message = `expected a distribution point or a site code, found "${name}"${hint(name, known, "known")}`;
    else if (found.some((target) => !reach.has(target.site)))
      message = `expected a distribution point ${where}, found "${name}"`;
    return message === undefined ? [] : [{ path: [...path, at], isKey: false, message }];
  });
}

/** The distribution points meant by names of servers and codes of sites, each once, in the order of the sites. */
export function targetServers<Server extends string>(
  from: { readonly sites: Readonly<Record<string, { readonly distributionPoints: readonly Server[] }>> },
  wanted: "all" | readonly string[],
): { site: string; server: Server }[] {
  const names = wanted === "all" ? undefined : new Set(wanted.map((name) => name.toUpperCase()));
  return Object.entries(from.sites).flatMap(([site, { distributionPoints }]) =>
    distributionPoints
      .filter((server) => !names || names.has(site.toUpperCase()) || names.has(server.toUpperCase()))
      .map((server) => ({ site, server })),
  );
}
