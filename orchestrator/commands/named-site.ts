/**
 * A site as a command's argument names it.
 */
import { type SiteCode, siteCode } from "../../domain/identifiers.ts";
import { Failure } from "../failure.ts";

/** Of `sites`, the one with this code, in capitals or not. A Failure names those there are. */
export function namedSite<Site extends { readonly code: SiteCode }>(
  sites: readonly Site[],
  text: string,
): Site {
  const wanted = siteCode.safeParse(text.toUpperCase());
  const found = sites.find(({ code }) => code === wanted.data);
  if (found) return found;
  const known = sites.map(({ code }) => code).join(", ");
  throw new Failure("usage", `expected the code of a site, found "${text}" (known: ${known})`);
}
