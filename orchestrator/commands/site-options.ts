/**
 * What the commands that ask running sites share: the options that say where these are, and a client for each.
 */
import type { Command } from "commander";

import { type Environment, runningSites, type SiteOptions } from "../running-sites.ts";
import { SiteClient } from "../site-client.ts";
import { systemWallClock } from "../wall-clock.ts";

export const siteOptionsHelp = `
Without --root and --site-url it is the hierarchy you started last, while that runs.
With --site-url, the token comes from SPOOLNET_ADMINISTRATOR_TOKEN or SPOOLNET_ADMINISTRATOR_TOKEN_FILE, and authorities
of https: URLs that are not public from NODE_EXTRA_CA_CERTS.
Where nothing was started, SPOOLNET_SITE_URL (like http://{site}:2003) leads to the sites of the default topology.
`;

export function withSiteOptions(command: Command): Command {
  return command
    .option("--root <folder>", "the hierarchy that runs on this folder")
    .option("--site-url <code=url...>", "where running sites are", (value: string, before: string[] = []) => [
      ...before,
      value,
    ]);
}

/** Does `work` with the sites and lets go of them. */
export async function withSites<Result>(
  options: SiteOptions,
  environment: Environment,
  work: (sites: readonly SiteClient[]) => Promise<Result>,
): Promise<Result> {
  const { sites, token } = await runningSites(options, environment, systemWallClock);
  await using owned = new AsyncDisposableStack();
  const clients = sites.map((site) =>
    owned.use(new SiteClient({ ...site, administratorToken: token, wallClock: systemWallClock })),
  );
  return await work(clients);
}
