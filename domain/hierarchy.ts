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
  const central = roots.find((site) => site.type === "primary");
  for (const site of sites) {
    const say = (message: string) => mistakes.push({ site: site.code, message });
    if (site.parent === null) {
      if (site.type === "secondary") say("expected a parent, as every secondary site has one, found none");
      else if (central && site !== central)
        say(
          `expected a parent, as a hierarchy has one central site and ${central.code} is one already, found none`,
        );
      continue;
    }
    if (site.parent === site.code) {
      say(`expected another site as parent, found "${site.code}" itself`);
      continue;
    }
    const parent = byCode.get(site.parent);
    if (!parent) say(`expected the code of another site as parent, found "${site.parent}"`);
    else if (parent.type === "secondary")
      say(
        `expected a primary site as parent, found "${parent.code}", a secondary site: only primary sites have children`,
      );
    const loop = pathUp(byCode, site.code);
    if (loop.at(-1) === site.code)
      say(`expected parents up to the central site, found a loop of parents: ${loop.join(" -> ")}`);
  }
  const [first] = sites;
  if (first && roots.length === 0) {
    const message = "expected a central site, a primary site without a parent, found none";
    mistakes.push({ site: first.code, message });
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
