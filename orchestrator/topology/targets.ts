/**
 * Distribution points as packages and expectations name them.
 */
import { z } from "zod";

import { sitesNamed } from "./site-codes.ts";

/** Names of servers, or codes of sites and ranges of them for all of their distribution points. */
export const targets = z.union([z.literal("all"), z.array(z.string())], {
  error: 'expected "all" or a list of distribution points and site codes',
});

/**
 * The distribution points meant by names of servers, codes of sites and ranges of them, each once, in the order of
 * the sites.
 */
export function targetServers<Server extends string>(
  from: { readonly sites: Readonly<Record<string, { readonly distributionPoints: readonly Server[] }>> },
  wanted: "all" | readonly string[],
): { site: string; server: Server }[] {
  const names = wanted === "all" ? undefined : new Set(wanted.flatMap(namesOf));
  return Object.entries(from.sites).flatMap(([site, { distributionPoints }]) =>
    distributionPoints
      .filter((server) => !names || names.has(site.toUpperCase()) || names.has(server.toUpperCase()))
      .map((server) => ({ site, server })),
  );
}

function namesOf(wanted: string): string[] {
  const name = wanted.toUpperCase();
  return sitesNamed(name)?.map(({ code }) => code) ?? [name];
}
