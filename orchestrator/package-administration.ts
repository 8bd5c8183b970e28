/**
 * The packages of a hierarchy that runs, found and made through the SMS Providers of its primary sites.
 */
import type { DistributionPoint } from "../domain/package.ts";
import { priority } from "../domain/priority.ts";
import { Failure } from "./failure.ts";
import type { SiteClient } from "./site-client.ts";
import type { ListedPackage } from "./sms-provider.ts";
import type { PackagePlan } from "./topology/plan.ts";
import { targetServers } from "./topology/targets.ts";

/** With the site where it was made, which alone may change it. */
export type OwnPackage = { readonly site: SiteClient; readonly listed: ListedPackage };

export async function ownPackages(sites: readonly SiteClient[]): Promise<OwnPackage[]> {
  const found = await Promise.all(
    sites.map(async (site) => {
      if ((await site.describe()).type === "secondary") return [];
      const listed = await site.provider.packages();
      return listed
        .filter(({ PackageID: id }) => id.startsWith(site.code))
        .map((one) => ({ site, listed: one }));
    }),
  );
  return found.flat().sort((a, b) => a.listed.PackageID.localeCompare(b.listed.PackageID));
}

/** By its id or its name. A Failure names those there are. */
export async function findPackage(sites: readonly SiteClient[], text: string): Promise<OwnPackage> {
  const all = await ownPackages(sites);
  const named = all.filter(({ listed }) => listed.PackageID === text.toUpperCase() || listed.Name === text);
  const [found, another] = named;
  if (found && !another) return found;
  const known = (another ? named : all).map(({ listed }) => `${listed.PackageID} ${listed.Name}`).join(", ");
  const what = another
    ? `expected the id, as several packages are called "${text}"`
    : `expected the id or name of a package, found "${text}"`;
  throw new Failure("usage", `${what} (known: ${known || "none"})`);
}

export type NewPackage = {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /** Default: the central site. */
  readonly site?: string;
  /** `all`, or names of distribution points and codes of sites with commas. */
  readonly on: string;
  readonly priority: string;
};

/** A Failure names the sites and the distribution points there are, where others were wanted. */
export async function newPackagePlan(
  sites: readonly SiteClient[],
  wanted: NewPackage,
): Promise<{ site: SiteClient; plan: PackagePlan }> {
  const described = await Promise.all(sites.map(async (site) => ({ site, is: await site.describe() })));
  const primaries = described.filter(({ is }) => is.type === "primary");
  const at = primaries.find(({ is }) =>
    wanted.site === undefined ? is.parent === null : is.code === wanted.site.toUpperCase(),
  );
  if (!at) {
    const known = primaries.map(({ is }) => is.code).join(", ");
    throw new Failure(
      "usage",
      `--site: expected the code of a primary site, found "${wanted.site ?? "none"}" (known: ${known})`,
    );
  }
  const below = Object.fromEntries(at.is.sites.map((one) => [one.code, one]));
  const names = wanted.on === "all" ? ["all"] : wanted.on.split(",").map((name) => name.trim());
  for (const name of names) {
    if (name === "all" || targetServers({ sites: below }, [name]).length > 0) continue;
    const known = targetServers({ sites: below }, "all")
      .map(({ server }) => server)
      .join(", ");
    const expected = `a distribution point of ${at.is.code} or below it, or a site that has some`;
    throw new Failure("usage", `--on: expected ${expected}, found "${name}" (known: ${known || "none"})`);
  }
  const points = targetServers({ sites: below }, names.includes("all") ? "all" : names);
  const plan: PackagePlan = {
    name: wanted.name,
    site: at.is.code,
    sourceFolder: wanted.folder,
    priority: priority.parse(wanted.priority),
    compressed: false,
    iconFile: undefined,
    programs: [],
    distributionPoints: points as DistributionPoint[],
    ...{ version: "", manufacturer: "", language: "", description: "" },
  };
  return { site: at.site, plan };
}
