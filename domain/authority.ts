/**
 * What a site may say to another. A parent defines packages and sends their content; a child speaks for itself and the
 * sites below it, and for nobody else. A signature tells who says something, these rules whether it is theirs to say.
 */
import { type SiteInformation, subtreeOf } from "./hierarchy.ts";
import { type SiteCode, siteOfPackage } from "./identifiers.ts";
import type { ReplicationObject } from "./replication.ts";
import type { Relation } from "./site-face.ts";

/** Who says it; `relation` is what it is to the site that hears it. */
export type Speaker = { readonly code: SiteCode; readonly relation: Relation };

export type Hearer = {
  readonly here: SiteCode;
  readonly parent: SiteCode | null;
  /** Every site known here, this one included. */
  readonly sites: readonly SiteInformation[];
  readonly nowMs: number;
};

/**
 * `wait`: news that may be true, and cannot be yet by what is known here: other news, on another way, can make it so.
 * `refuse`: nothing can.
 */
export type Standing =
  | { readonly may: "take" }
  | { readonly may: "wait"; readonly why: string }
  | { readonly may: "refuse"; readonly why: string };

const take: Standing = { may: "take" };
const wait = (why: string): Standing => ({ may: "wait", why });
const refuse = (why: string): Standing => ({ may: "refuse", why });

/** Why site `here` does not take an instruction for `finalSite`; undefined where it does. */
export function whyNotInstructed(
  work: "replication" | "package",
  finalSite: SiteCode,
  from: Speaker,
  { here, sites }: Pick<Hearer, "here" | "sites">,
): string | undefined {
  if (work === "package" && finalSite !== here) return `its content is for site ${finalSite}`;
  if (work === "package" && from.relation !== "parent")
    return "content of packages comes from the parent alone";
  if (finalSite === here) return undefined;
  // What is passed on goes out under this site's signature, so a child could speak to its siblings as their parent.
  if (from.relation !== "parent") return `it is for site ${finalSite}, and a child's is not passed on`;
  return subtreeOf(sites, here).has(finalSite)
    ? undefined
    : `it is for site ${finalSite}, which is not below ${here}`;
}

/** Whether `object` is `from`'s to say, and what is done with it. */
export function standingOf(object: ReplicationObject, from: Speaker, hearer: Hearer): Standing {
  const { here, sites, nowMs } = hearer;
  const isParent = from.relation === "parent";
  if (object.kind === "package" || object.kind === "content") {
    if (!isParent) return refuse("packages come from the parent alone");
    const id = object.kind === "package" ? object.definition.id : object.packageId;
    return subtreeOf(sites, here).has(siteOfPackage(id))
      ? refuse(`package ${id} was not made above this site`)
      : take;
  }
  if (isParent) return refuse("only the sites below tell of themselves");
  switch (object.kind) {
    case "contentRequest":
      return object.site === from.code ? take : refuse(`it asks in the name of site ${object.site}`);
    case "packageStatus":
    case "statusTally": {
      const below = subtreeOf(sites, from.code);
      const other = object.rows.find(({ site }) => !below.has(site));
      if (other?.site === here) return refuse("it tells what this site itself knows");
      return other ? wait(`site ${other.site} is not known to be below site ${from.code}`) : take;
    }
    case "sites":
      return object.atMs > nowMs ? wait(ofTheFuture) : standingOfSites(object.sites, from, hearer);
    case "sitesRemoved": {
      if (object.atMs > nowMs) return wait(ofTheFuture);
      const below = subtreeOf(sites, from.code);
      const known = new Set(sites.map(({ code }) => code));
      // One that is not known at all may have come and gone, and the news of that may still be on its way.
      const other = object.sites.find((code) => code === from.code || (known.has(code) && !below.has(code)));
      return other ? refuse(`site ${other} is not below site ${from.code}`) : take;
    }
  }
}

const ofTheFuture = "it tells of a moment that has not come yet";

/** A claim holds if the tree with it has every site of it below the one that says so, where nobody else has it. */
function standingOfSites(
  claimed: readonly SiteInformation[],
  from: Speaker,
  { here, parent, sites }: Hearer,
): Standing {
  const own = claimed.find(({ code }) => code === from.code);
  if (own && own.parent !== here) return refuse(`site ${from.code} is below ${here}, and says otherwise`);
  const above = claimed.find(({ code }) => code === here || code === parent);
  if (above) return refuse(`site ${above.code} is not below site ${from.code}`);
  const claims = new Map(claimed.map((site) => [site.code, site]));
  const merged = [...sites.filter(({ code }) => !claims.has(code)), ...claims.values()];
  const types = new Map(merged.map(({ code, type }) => [code, type]));
  const childOfSecondary = merged.find((site) => site.parent && types.get(site.parent) === "secondary");
  if (childOfSecondary) return refuse(`site ${childOfSecondary.code} would be below a secondary site`);
  const known = new Set(sites.map(({ code }) => code));
  const knownBelow = subtreeOf(sites, from.code);
  const mergedBelow = subtreeOf(merged, from.code);
  const elsewhere = claimed.find(({ code }) => known.has(code) && !knownBelow.has(code));
  if (elsewhere) return wait(`site ${elsewhere.code} is known to be below another`);
  const adrift = claimed.find(({ code }) => !mergedBelow.has(code));
  return adrift ? wait(`site ${adrift.code} is not known to be below site ${from.code}`) : take;
}
