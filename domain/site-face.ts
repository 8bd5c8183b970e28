/**
 * What a site and its orchestrator say to each other over HTTP (the `/site` face): who the site is, the clock,
 * and its neighbours. Attaching a child is telling both sites about each other.
 */
import { z } from "zod";

import { address, mostAddresses, siteShare } from "./address.ts";
import { clockTimeline } from "./clock.ts";
import { siteInformation } from "./hierarchy.ts";
import { siteCode } from "./identifiers.ts";
import { siteLinks } from "./link.ts";

/** An Ed25519 public key: SPKI in DER, base64. */
export const publicKey = z.base64().min(40).max(200);

export const relation = z.enum(["parent", "child"]);
export type Relation = z.infer<typeof relation>;

/** What a site is told about a neighbour: `relation` is what the neighbour is to it. */
export const neighbour = z.strictObject({
  code: siteCode,
  relation,
  publicKey,
  /** Where to send to. */
  share: siteShare,
  /** How, in the order of relative priority. */
  addresses: z.array(address).min(1).max(mostAddresses).readonly(),
  /** What it will show when it sends here. */
  accepts: z.strictObject({ account: z.string().min(1).max(64), secret: z.string().min(16).max(256) }),
});
export type Neighbour = z.infer<typeof neighbour>;

/** `GET /site` */
export const siteDescription = z.strictObject({
  ...siteInformation.shape,
  /** IANA name: its own times, and the schedules of its addresses, are told in it. */
  timeZone: z.string(),
  publicKey,
  clock: clockTimeline.nullable(),
  emulatedMs: z.number().nullable(),
  /** The emulated WAN around it, as it was told by `PUT /site/links`. */
  links: siteLinks,
  /** The last emulated moment in the journal, null before the first. */
  lastEventMs: z.number().nullable(),
  neighbours: z.array(
    z.strictObject({ code: siteCode, relation, url: z.string(), addresses: z.array(address).readonly() }),
  ),
  /** The sites known here, this one included. */
  sites: z.array(siteInformation),
});
export type SiteDescription = z.infer<typeof siteDescription>;

/** `GET /site/resources`: what the process of the site has used since it started. */
export const siteResources = z.strictObject({
  /** Tells whether two sites share a process, and then its use. */
  process: z.string(),
  cpuSeconds: z.number().min(0),
  residentBytes: z.number().min(0),
});
export type SiteResources = z.infer<typeof siteResources>;
