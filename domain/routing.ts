/**
 * Which site comes next on the way to another. A site knows itself, its parent, its direct addresses and what
 * its children told it of the sites below them; never the whole hierarchy (domain.md section 5).
 */
import { childrenOf, subtreeOf, type TreeSite } from "./hierarchy.ts";
import type { SiteCode } from "./identifiers.ts";

export type Routes = {
  readonly here: SiteCode;
  readonly parent: SiteCode | null;
  /** Every site known here, this one included. */
  readonly sites: readonly TreeSite[];
  /** The sites this one has an address for. */
  readonly addresses: ReadonlySet<SiteCode>;
};

/**
 * The site to send to next for `destination`: the destination itself where there is a direct address, else the
 * child it lies below, else the parent. Undefined where no address leads there (status message 3400).
 */
export function nextSite(routes: Routes, destination: SiteCode): SiteCode | undefined {
  if (routes.addresses.has(destination)) return destination;
  const child = childrenOf(routes.sites, routes.here).find((site) =>
    subtreeOf(routes.sites, site.code).has(destination),
  );
  const next = child?.code ?? routes.parent;
  return next && routes.addresses.has(next) ? next : undefined;
}
