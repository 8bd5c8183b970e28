/**
 * What a site can be told to go wrong, and its addresses while it runs (the `/site/faults` and `/site/addresses` faces).
 */
import { z } from "zod";

import type { Address } from "../domain/address.ts";
import { droppedLines, type SiteFaults, siteFaults } from "../domain/fault.ts";
import type { SiteCode } from "../domain/identifiers.ts";
import type { SiteClient } from "./site-client.ts";

export async function faultsOf(site: SiteClient): Promise<SiteFaults> {
  return await site.ask("/site/faults", siteFaults);
}

/** The share of a full site takes no new file. */
export async function fillShare(site: SiteClient, isFull: boolean): Promise<void> {
  const body = { quotaBytes: isFull ? 0 : null };
  await site.ask("/site/faults/quota", z.unknown(), { method: "PUT", body });
}

/** A bit of the next package file that comes to the site from another is flipped. */
export async function corruptNext(site: SiteClient, from: SiteCode): Promise<void> {
  await site.ask("/site/faults/corrupt", z.unknown(), { method: "POST", body: { from } });
}

/** Resolves with the sites to which a RAS line was up. */
export async function dropLines(site: SiteClient): Promise<readonly SiteCode[]> {
  return (await site.ask("/site/faults/drop", droppedLines, { method: "POST" })).dropped;
}

export async function endFaults(site: SiteClient): Promise<void> {
  await site.ask("/site/faults", z.unknown(), { method: "DELETE" });
}

/** In the order of relative priority. */
export async function setAddresses(
  site: SiteClient,
  to: SiteCode,
  addresses: readonly Address[],
): Promise<void> {
  await site.ask(`/site/addresses/${to}`, z.unknown(), { method: "PUT", body: addresses });
}

/** Throws where the site has no such neighbour. */
export async function addressesTo(site: SiteClient, to: SiteCode): Promise<readonly Address[]> {
  const neighbour = (await site.describe()).neighbours.find(({ code }) => code === to);
  if (!neighbour) throw new Error(`site ${site.code} has no address to ${to}`);
  return neighbour.addresses;
}
