/**
 * Changes to a link while its sites run. What a site has been told is asked of it first, so that whoever else changed
 * something else is not undone.
 */
import type { SiteCode } from "../domain/identifiers.ts";
import { type Link, openLink } from "../domain/link.ts";
import type { SiteClient } from "./site-client.ts";

/** The way from a site to another is `change` of what it was. Resolves with what it is. */
export async function changeWay(site: SiteClient, to: SiteCode, change: (link: Link) => Link): Promise<Link> {
  const { links } = await site.describe();
  const changed = change(links.to[to] ?? openLink);
  await site.setLinks({ ...links, to: { ...links.to, [to]: changed } });
  return changed;
}

export const cutLink = (link: Link): Link => ({ ...link, isCut: true });
export const uncutLink = (link: Link): Link => ({ ...link, isCut: false });

/** What is not given stays. */
export function slowedTo(
  bytesPerSecond: number | undefined,
  latencyMs: number | undefined,
): (link: Link) => Link {
  return (link) => ({
    ...link,
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
  });
}

/** As fast as the file declares it; whether it is cut stays. */
export function asFastAs(declared: Link): (link: Link) => Link {
  return ({ isCut }) => ({ ...declared, isCut });
}
