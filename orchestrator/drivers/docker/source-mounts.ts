/**
 * Package source folders of this machine inside a site's container: read-only, each at a path of its own below
 * /srv/packages, so that none can cover a folder of the image. Pure.
 */
import { basename } from "node:path";

import type { SiteCode } from "../../../domain/identifiers.ts";
import type { Topology } from "../../topology/plan.ts";

const folder = "/srv/packages";

/** The folders of the packages that a site makes, each once, in the order of the topology. */
export function sourcesOf({ packages }: Pick<Topology, "packages">, site: SiteCode): string[] {
  return [...new Set(packages.filter((pkg) => pkg.site === site).map((pkg) => pkg.sourceFolder))];
}

/** Where a folder of `sources` is inside. */
export function pathInside(sources: readonly string[], source: string): string {
  const index = sources.indexOf(source);
  if (index < 0) throw new Error(`${source} is not a package source folder of this site`);
  const name = basename(source).replaceAll(/[^\w.-]+/g, "-") || "root";
  return `${folder}/${index + 1}-${name}`;
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
