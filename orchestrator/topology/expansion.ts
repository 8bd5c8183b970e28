/**
 * What is said once, for each that it is said of: ranges of sites, lists of ends, and defaults. The same for what the
 * schema has passed (plan.ts) and for what may have mistakes (draft.ts).
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import { endSites, type NamedSite, sitesNamed } from "./site-codes.ts";

export type ExpandedSite<Site> = NamedSite & {
  /** As the file has it: the code or the range. */
  readonly key: string;
  readonly site: Site;
};

/** Every site with its own words, or those for every site. In the order of the file; a code that is named twice comes twice. */
export function expandSites<Site extends { readonly parent?: string | undefined }>(
  sites: Readonly<Record<string, Site>>,
  defaults: Site | undefined,
): ExpandedSite<Site>[] {
  return Object.entries(sites).flatMap(([key, own]) =>
    // A key that names no site has its own mistake, and what is said of it may still be right.
    (sitesNamed(key) ?? [{ code: key as SiteCode, number: "" }]).map(({ code, number }) => {
      const others = defaults?.parent === code ? { ...defaults, parent: undefined } : defaults;
      return { code, number, key, site: withDefaults(own, others) };
    }),
  );
}

/** What is given goes before what is given for all. */
export function withDefaults<Words extends object>(own: Words, others: Words | undefined): Words {
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  return { ...others, ...Object.fromEntries(given) } as Words;
}

export type Pair = {
  readonly from: string;
  readonly to: string;
  /** Which of a list it was, where there is a list. */
  readonly fromPath: readonly number[];
  readonly toPath: readonly number[];
};

export type Ends = string | readonly string[];

/** Each site of the one end with each of the other. */
export function pairsOf(from: Ends, to: Ends): Pair[] {
  const others = endSites(to);
  return endSites(from).flatMap((one) =>
    others.map((other) => ({ from: one.code, to: other.code, fromPath: one.path, toPath: other.path })),
  );
}
