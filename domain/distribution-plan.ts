/**
 * What Distribution Manager has to see to for a package at one site: which of its own distribution points, and what
 * each child site must be told and sent. Pure: the component carries it out.
 * Fan-out: a child gets one copy, for itself and all sites below it (domain.md section 5).
 */
import { childrenOf, subtreeOf, type TreeSite } from "./hierarchy.ts";
import type { ServerName, SiteCode } from "./identifiers.ts";
import type { PackageDefinition } from "./package.ts";

/** What a child was told last: the versions of the definition and of the content, 0 for none. */
export type Told = {
  readonly site: SiteCode;
  readonly definitionVersion: number;
  readonly sourceVersion: number;
  /** The definition's version at which an administrator cancelled that content; 0 where nobody did. */
  readonly cancelledAt: number;
};

export type ChildShare = {
  readonly child: SiteCode;
  /** The definition with the distribution points that concern the child and those below it. */
  readonly definition: PackageDefinition;
  readonly needsDefinition: boolean;
  readonly needsContent: boolean;
};

export type DistributionPlan = {
  /** Distribution points of this site that are to have the package. */
  readonly servers: readonly ServerName[];
  /** Child sites that lack something. */
  readonly children: readonly ChildShare[];
  /** True if a child has, or is to have, the compressed copy. */
  readonly childrenNeedCopy: boolean;
};

/** The plan for `definition` at site `here`. A deleted package is wanted nowhere, and every child told of it is told so. */
export function distributionPlan(
  definition: PackageDefinition,
  here: SiteCode,
  sites: readonly TreeSite[],
  told: readonly Told[],
): DistributionPlan {
  const wanted = definition.deleted ? [] : definition.distributionPoints;
  const hasContent = definition.source !== "none";
  const children: ChildShare[] = [];
  let childrenNeedCopy = false;
  for (const { code: child } of childrenOf(sites, here)) {
    const below = subtreeOf(sites, child);
    const distributionPoints = wanted.filter(({ site }) => below.has(site));
    const last = told.find(({ site }) => site === child);
    if (distributionPoints.length === 0 && !last) continue; // it never heard of the package, and need not
    const concerned = distributionPoints.length > 0 && hasContent;
    childrenNeedCopy ||= concerned;
    const needsDefinition = (last?.definitionVersion ?? 0) < definition.definitionVersion;
    const { sourceVersion = 0, cancelledAt = 0 } = last ?? {};
    // What an administrator cancelled is sent again once the package is changed, whatever the change is.
    const isChanged = cancelledAt > 0 && cancelledAt < definition.definitionVersion;
    const needsContent = concerned && (sourceVersion < definition.sourceVersion || isChanged);
    if (needsDefinition || needsContent) {
      children.push({
        child,
        definition: { ...definition, distributionPoints },
        needsDefinition,
        needsContent,
      });
    }
  }
  const servers = hasContent ? wanted.filter(({ site }) => site === here).map(({ server }) => server) : [];
  return { servers, children, childrenNeedCopy };
}
