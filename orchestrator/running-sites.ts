/**
 * Where the sites of a running hierarchy are, for the commands that ask them: as `--site-url` says, as the record in
 * `--root` says, as the hierarchy that this user started last left word, or as the environment says in a container
 * beside the sites.
 */
import { resolve } from "node:path";

import { siteCode } from "../domain/identifiers.ts";
import { tokenFrom } from "./administrator-token.ts";
import { Failure } from "./failure.ts";
import { isAlive, readRecord } from "./hierarchy-record.ts";
import { runningHierarchies } from "./running-hierarchies.ts";
import type { SiteClientOptions } from "./site-client.ts";
import { authoritiesOf } from "./site-tls.ts";
import { siteUrls } from "./site-urls.ts";
import { defaultTopology, loadTopology } from "./topology/load.ts";
import type { Topology } from "./topology/plan.ts";
import type { WallClock } from "./wall-clock.ts";

export type SiteAt = Pick<SiteClientOptions, "code" | "url" | "authorities">;

/** Sites with what they know their administrator by. */
export type LocatedSites = { readonly sites: readonly SiteAt[]; readonly token: string };

export type SiteOptions = { readonly root?: string; readonly siteUrl?: readonly string[] };
export type Environment = Readonly<Record<string, string | undefined>>;

const whereToLook =
  "give --root <folder> of a run, or --site-url <code=url> of running sites, or start a hierarchy with spoolnet run or up";

export function noHierarchy(found = "no hierarchy of yours was found"): never {
  throw new Failure("usage", `${found}: ${whereToLook}`);
}

/** Throws a Failure where no hierarchy runs. */
export async function runningSites(
  { root, siteUrl = [] }: SiteOptions,
  environment: Environment,
  wallClock: WallClock,
): Promise<LocatedSites> {
  if (siteUrl.length > 0) return await sitesGiven(siteUrl, environment);
  if (root !== undefined) {
    const record = await readRecord(resolve(root));
    return record?.pid && isAlive(record.pid)
      ? record
      : noHierarchy(`${root}: no hierarchy runs on this folder`);
  }
  const [last] = await runningHierarchies(wallClock);
  if (last?.token) return { sites: last.sites, token: last.token };
  return (await sitesFromEnvironment(environment)) ?? noHierarchy("no hierarchy of yours runs");
}

/** As `--site-url` names them, one by one. */
export async function sitesGiven(pairs: readonly string[], environment: Environment): Promise<LocatedSites> {
  const urlOf = siteUrls(pairs, undefined);
  const sites = pairs
    .map((pair) => siteCode.parse(pair.slice(0, 3)))
    .map((code) => ({ code, url: urlOf(code) ?? "" }));
  return { sites, token: (await tokenFrom(environment)) ?? noToken() };
}

/** In a container beside the sites, which has run nothing itself: those of a topology, by default the usual one. */
export async function sitesFromEnvironment(
  environment: Environment,
  topology?: Topology,
): Promise<LocatedSites | undefined> {
  const template = environment.SPOOLNET_SITE_URL;
  const token = template && (await tokenFrom(environment));
  if (!token) return undefined;
  const urlOf = siteUrls([], template);
  const { sites } = topology ?? (await loadTopology(defaultTopology, { areSitesElsewhere: true }));
  const found = sites.map(async (plan): Promise<SiteAt> => {
    return { code: plan.code, url: urlOf(plan.code) ?? "", authorities: await authoritiesOf(plan) };
  });
  return { sites: await Promise.all(found), token };
}

function noToken(): never {
  throw new Failure(
    "usage",
    "--site-url: expected the sites' token in SPOOLNET_ADMINISTRATOR_TOKEN, or a file in SPOOLNET_ADMINISTRATOR_TOKEN_FILE",
  );
}
