/**
 * Who has which version of a package: a row a site (its compressed copy) and a row a distribution point.
 * States are those of PkgStatus (domain.md section 3); rows travel up to the central site.
 */
import { z } from "zod";

import { packageId, serverName, siteCode } from "./identifiers.ts";

/** With the number that PkgStatus gives it. */
export const copyStateNumber = {
  none: 0,
  sent: 1,
  received: 2,
  installed: 3,
  retry: 4,
  failed: 5,
  removed: 6,
} as const;
export const copyState = z.enum(["none", "sent", "received", "installed", "retry", "failed", "removed"]);
export type CopyState = z.infer<typeof copyState>;

export const packageStatus = z.strictObject({
  packageId,
  site: siteCode,
  /** The distribution point, or empty for the site's own compressed copy. */
  server: z.union([z.literal(""), serverName]),
  state: copyState,
  /** The source version this is about: held where installed or received, wanted otherwise. */
  sourceVersion: z.int().min(0),
  redistribution: z.int().min(0),
  /** Rises with each change of this row where it is written, so that an older message cannot undo a newer one. */
  sequence: z.int().min(1),
  /** Emulated time of the change, milliseconds since the Unix epoch. */
  changedMs: z.number(),
  /** Why, where the state alone does not say it. */
  reason: z.string(),
});
export type PackageStatus = z.infer<typeof packageStatus>;
