/**
 * The tree of sites: who is whose parent, what is allowed, and which site is on the way to which.
 * Rules from domain.md section 7: one central site; only primary sites have children; no loops.
 */
import { z } from "zod";

import { type SiteCode, serverName, siteCode } from "./identifiers.ts";

export const siteType = z.enum(["primary", "secondary"]);
export type SiteType = z.infer<typeof siteType>;

/** A site as the other sites of its hierarchy know it. */
export const siteInformation = z.strictObject({
  code: siteCode,
  name: z.string().min(1).max(50),
  type: siteType,
  parent: siteCode.nullable(),
  distributionPoints: z.array(serverName),
});
export type SiteInformation = z.infer<typeof siteInformation>;

/** What the rules below need to know of a site. */
export type TreeSite = { readonly code: SiteCode; readonly type: SiteType; readonly parent: SiteCode | null };

export type HierarchyMistake = { readonly site: SiteCode; readonly message: string };

/** Every breach of the rules of a hierarchy, in the order of `sites`. An empty list means a sound tree. */
export function hierarchyMistakes(sites: readonly TreeSite[]): HierarchyMistake[] {
  const mistakes: HierarchyMistake[] = [];
  const byCode = new Map(sites.map((site) => [site.code, site]));
  const roots = sites.filter((site) => site.parent === null);
  const central = roots[0];
  for (const site of sites) {
    const say = (message: string) => mistakes.push({ site: site.code, message });
    if (site.parent === null) {
      if (site.type === "secondary") say("a secondary site needs a parent");
      if (site !== central)
        say(`a hierarchy has one central site, and ${central?.code} is one already: give a parent`);
      continue;
    }
    if (site.parent === site.code) {
      say("a site cannot be its own parent");
      continue;
    }
    const parent = byCode.get(site.parent);
    if (!parent) {
      say(
        `expected the code of another site as parent, got "${site.parent}" (known: ${[...byCode.keys()].join(", ")})`,
      );
    } else if (parent.type === "secondary") {
      say(`only primary sites have children, and ${parent.code} is a secondary site`);
    }
    const loop = pathUp(byCode, site.code);
    if (loop.at(-1) === site.code) say(`a loop of parents: ${[...loop].join(" -> ")}`);
  }
  if (sites.length > 0 && !central) {
    const first = sites[0];
    if (first)
      mistakes.push({
        site: first.code,
        message: "a hierarchy needs a central site: a primary site without a parent",
      });
  }
  return mistakes;
}

/** The codes from `start` upwards; ends at the top, at an unknown parent, or where a code comes round again. */
function pathUp(byCode: ReadonlyMap<SiteCode, TreeSite>, start: SiteCode): SiteCode[] {
  const path = [start];
  const seen = new Set(path);
  for (let next = byCode.get(start)?.parent; next; next = byCode.get(next)?.parent) {
    path.push(next);
    if (seen.has(next)) break;
    seen.add(next);
  }
  return path;
}

/** The sites whose parent is `code`, in the order given. */
export function childrenOf<Site extends TreeSite>(sites: readonly Site[], code: SiteCode): Site[] {
  return sites.filter((site) => site.parent === code);
}

/** The codes of `code` itself and all sites below it. */
export function subtreeOf(sites: readonly TreeSite[], code: SiteCode): Set<SiteCode> {
  const found = new Set([code]);
  for (const reached of found) {
    for (const child of childrenOf(sites, reached)) found.add(child.code); // a Set goes on over what is added to it
  }
  return found;
}
