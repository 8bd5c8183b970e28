/**
 * Rules for the packages of a topology file: names, sites and distribution points that are there. Pure, and as lenient as draft.ts.
 */
import { subtreeOf } from "../../domain/hierarchy.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import type { Draft } from "./draft.ts";
import { hint, type Mistake } from "./mistakes.ts";
import { sitesNamed } from "./site-codes.ts";
import { targetServers } from "./targets.ts";
import { treeOf } from "./ways.ts";

export function packageMistakes(read: Draft): Mistake[] {
  const codes = Object.keys(read.sites);
  const seen = new Set<string>();
  return read.packages.flatMap((pkg, index) => {
    const mistakes: Mistake[] = [];
    const say = (key: string, message: string) =>
      mistakes.push({ path: ["packages", index, key], isKey: false, message });
    if (pkg.name !== "" && seen.has(pkg.name))
      say("name", `expected each package once, found "${pkg.name}" again`);
    seen.add(pkg.name);
    const { source, size } = pkg;
    const isNamed = source !== undefined || size !== undefined;
    if (!isNamed)
      mistakes.push({
        path: ["packages", index],
        isKey: false,
        message: "expected a source, the folder with its files, or a size, like 600 MB, found neither",
      });
    if (source !== undefined && size !== undefined)
      mistakes.push({
        path: ["packages", index, "size"],
        isKey: true,
        message: "expected a source or a size, found both",
      });
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

export function targetMistakes(
  read: Draft,
  wanted: "all" | readonly string[],
  path: readonly PropertyKey[],
  reach: ReadonlySet<string>,
  where: string,
): Mistake[] {
  if (wanted === "all") return [];
  const all = targetServers(read, "all");
  const known = [...new Set([...all.map((target) => target.server), ...Object.keys(read.sites)])];
  const messageOf = (name: string) => {
    const found = targetServers(read, [name]);
    if (found.length === 0 && name in read.sites)
      return `expected a site with distribution points, found "${name}" with none`;
    if (found.length === 0)
      return `expected a distribution point or a site code, found "${name}"${hint(name, known, "known")}`;
    return found.some((target) => !reach.has(target.site))
      ? `expected a distribution point ${where}, found "${name}"`
      : undefined;
  };
  return wanted.flatMap((name, at) => {
    const codes = sitesNamed(name)?.map(({ code }) => code) ?? [name]; // of a range, each site on its own
    const message = name === "" ? undefined : codes.map(messageOf).find((one) => one !== undefined);
    return message === undefined ? [] : [{ path: [...path, at], isKey: false, message }];
  });
}
