/**
 * A software package, its programs and where it should be: what an administrator defines, and what travels.
 * Names and numbers are those of the public WMI classes SMS_Package and SMS_Program (domain.md section 3).
 */
import { z } from "zod";

import { packageId, serverName, siteCode } from "./identifiers.ts";
import { priority } from "./priority.ts";

/** Where the content comes from (PkgSourceFlag): nothing, the source folder as it is, or the compressed copy. */
export const packageSource = z.enum(["none", "direct", "compressed"]);
export type PackageSource = z.infer<typeof packageSource>;

/** A command line clients can run from the package. */
export const program = z.strictObject({
  name: z.string().trim().min(1).max(50),
  commandLine: z.string().min(1).max(255),
  comment: z.string().max(127).default(""),
});
export type Program = z.infer<typeof program>;

/** Where a package should be: a distribution point of a site. */
export const distributionPoint = z.strictObject({ site: siteCode, server: serverName });
export type DistributionPoint = z.infer<typeof distributionPoint>;

/** A sender's type, by the name of its outbox folder (domain.md section 1). */
export const senderType = z.enum(["LAN", "RASAsynch", "RASISDN"]);
export type SenderType = z.infer<typeof senderType>;

/**
 * A package as every site knows it. A site below the one that made it holds the same definition, with the
 * distribution points that concern it and the sites under it.
 */
export const packageDefinition = z.strictObject({
  id: packageId,
  name: z.string().trim().min(1).max(50),
  version: z.string().max(32).default(""),
  language: z.string().max(32).default(""),
  manufacturer: z.string().max(32).default(""),
  description: z.string().max(127).default(""),
  source: packageSource,
  priority,
  /** The sender to use where there is a choice; "*" is no preference (domain.md section 3). */
  preferredSender: z.union([z.literal("*"), senderType]),
  /** Counts the content: 1 for the first, one more with every refresh of the source (domain.md section 3). */
  sourceVersion: z.int().min(1),
  /** Counts every change of the definition itself. A site ignores what is older than it holds. */
  definitionVersion: z.int().min(1),
  /** True once the administrator deleted it: the definition then travels to say so. */
  deleted: z.boolean(),
  /** Counts "redistribute": a higher number installs the same version again. */
  redistribution: z.int().min(0),
  programs: z.array(program),
  distributionPoints: z.array(distributionPoint),
  /** An icon for clients, base64, at most 64 KiB; empty where there is none. */
  icon: z.base64().max(88_000),
});
export type PackageDefinition = z.infer<typeof packageDefinition>;
