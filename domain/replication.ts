/**
 * What sites tell each other: the objects in a replication file (.RPT), in a minijob and in an instruction.
 */
import { z } from "zod";

import { siteInformation } from "./hierarchy.ts";
import { type PackageId, packageId, siteCode } from "./identifiers.ts";
import { packageDefinition } from "./package.ts";
import { packageStatus } from "./package-status.ts";
import { statusTally } from "./status-messages.ts";

/** One version of a package's content as its compressed copy. */
export const packageContent = z.strictObject({
  sourceVersion: z.int().min(1),
  /** Size and SHA-256 (hex) of the compressed copy. */
  bytes: z.int().min(0),
  sha256: z.hex().length(64),
  /** Files, and their bytes, once uncompressed: what the receiver makes room for and does not go past. */
  files: z.int().min(0),
  sourceBytes: z.int().min(0),
});
export type PackageContent = z.infer<typeof packageContent>;

/** What makes a version's compressed copy out of that of one before it (domain.md section 3, "Delta replication"). */
export const packageDelta = z.strictObject({
  /** The version before, and the SHA-256 (hex) of its compressed copy. */
  base: z.strictObject({ sourceVersion: z.int().min(1), sha256: z.hex().length(64) }),
  /** Size and SHA-256 (hex) of the delta. */
  bytes: z.int().min(0),
  sha256: z.hex().length(64),
});
export type PackageDelta = z.infer<typeof packageDelta>;

export const replicationObject = z.discriminatedUnion("kind", [
  /** A package's definition for a site and those below it. */
  z.strictObject({ kind: z.literal("package"), definition: packageDefinition }),
  /** The compressed copy, or a delta to it, goes to the site; Replication Manager makes a minijob of its own of it. */
  z.strictObject({
    kind: z.literal("content"),
    packageId,
    content: packageContent,
    delta: packageDelta.optional(),
  }),
  /** Rows of package status on their way up. */
  z.strictObject({ kind: z.literal("packageStatus"), rows: z.array(packageStatus) }),
  /** Status messages in sum on their way up. */
  z.strictObject({ kind: z.literal("statusTally"), rows: z.array(statusTally) }),
  /** Sites that are below the one that says so. */
  z.strictObject({
    kind: z.literal("sites"),
    sites: z.array(siteInformation),
    /** When that was so, by the hierarchy's clock; 0 where a site of an earlier release says it. */
    atMs: z.number().default(0),
  }),
  /** Sites that have been removed, each with those below it. */
  z.strictObject({ kind: z.literal("sitesRemoved"), sites: z.array(siteCode), atMs: z.number() }),
  /** A site holds no copy of a version's content that it was sent; where it is wanted, it is sent again. */
  z.strictObject({
    kind: z.literal("contentRequest"),
    packageId,
    sourceVersion: z.int().min(1),
    site: siteCode,
    /** The version of which it holds a whole copy all the same: a delta can start from there. */
    holds: z.int().min(1).optional(),
  }),
]);
export type ReplicationObject = z.infer<typeof replicationObject>;

/** The packages an object is about. */
export function packagesOf(object: ReplicationObject): PackageId[] {
  switch (object.kind) {
    case "package":
      return [object.definition.id];
    case "packageStatus":
      return [...new Set(object.rows.map((row) => row.packageId))];
    case "content":
    case "contentRequest":
      return [object.packageId];
    case "statusTally":
    case "sites":
    case "sitesRemoved":
      return [];
  }
}
