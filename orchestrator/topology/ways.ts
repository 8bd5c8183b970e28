/**
 * What goes where in a topology file: every step from parent to child, or from child to parent, that something takes.
 */
import type { TreeSite } from "../../domain/hierarchy.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import type { Way } from "./address-rules.ts";
import type { Draft } from "./draft.ts";
import { targetServers } from "./targets.ts";

/** Where something goes, from parent to child or from child to parent, and with which priority. */
export function waysOf(read: Draft): Way[] {
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
export function stepsDown(read: Draft, site: string, target: string): [from: string, to: string][] {
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
export function treeOf(read: Draft): TreeSite[] {
  return Object.entries(read.sites).map(([code, site]) => ({
    code: code as SiteCode,
    type: site.type ?? "primary",
    parent: site.parent as SiteCode | null,
  }));
}
