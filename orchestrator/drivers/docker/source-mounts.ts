/**
 * Package source folders of this machine inside a site's container: read-only, each at a path of its own below
 * /srv/packages, so that none can cover a folder of the image. Pure.
 */
import { basename } from "node:path";

import { Failure } from "../../failure.ts";
import type { SitePlan, Topology } from "../../topology/plan.ts";

const folder = "/srv/packages";

/** The folders of the packages that a site makes, and `others` at a primary site, each once. */
export function sourcesOf(
  { packages }: Pick<Topology, "packages">,
  site: Pick<SitePlan, "code" | "type">,
  others: readonly string[] = [],
): string[] {
  const own = packages.filter((pkg) => pkg.site === site.code).map((pkg) => pkg.sourceFolder);
  return [...new Set([...own, ...(site.type === "primary" ? others : [])])];
}

/** Where one of `sources`, or a folder below one, is inside. */
export function pathInside(sources: readonly string[], source: string): string {
  const index = sources.findIndex((one) => source === one || source.startsWith(`${one}/`));
  const mounted = sources[index];
  if (mounted === undefined) {
    throw new Failure(
      "usage",
      `${source} is no folder that this site sees: expected one of ${sources.join(", ") || "none"}, or below`,
    );
  }
  const name = basename(mounted).replaceAll(/[^\w.-]+/g, "-") || "root";
  return `${folder}/${index + 1}-${name}${source.slice(mounted.length)}`;
}

export type SourceMount = { Type: "bind"; Source: string; Target: string; ReadOnly: true };

export function sourceMounts(sources: readonly string[]): SourceMount[] {
  return sources.map((source) => ({
    Type: "bind",
    Source: source,
    Target: pathInside(sources, source),
    ReadOnly: true,
  }));
}
