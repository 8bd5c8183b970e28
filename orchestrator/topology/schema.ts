/**
 * What a topology file may say, key by key. Every message starts with "expected", because the loader goes on
 * with what it found instead. Rules between parts of the file (parents, names, places) are in rules.ts and address-rules.ts.
 */
import { z } from "zod";

import { siteType } from "../../domain/hierarchy.ts";
import { serverName, siteCode } from "../../domain/identifiers.ts";
import { packageDefinition, program } from "../../domain/package.ts";
import { priority } from "../../domain/priority.ts";
import { addressWords } from "./address-words.ts";
import { duration } from "./duration.ts";

const clock = z.strictObject({
  /** When the emulated calendar starts, with its offset from UTC. */
  start: z.iso.datetime({
    offset: true,
    error: 'expected a moment with its offset from UTC, like "2003-11-07T17:30:00-05:00"',
  }),
  /** Emulated seconds to a real one. */
  scale: z
    .number({ error: "expected a number from 1 to 3600 (emulated seconds to a real one)" })
    .min(1, "expected a number from 1 to 3600 (emulated seconds to a real one)")
    .max(3600, "expected a number from 1 to 3600 (emulated seconds to a real one)"),
});

const site = z.strictObject({
  /** Default: the code. */
  name: z.string().trim().min(1, "expected a name").max(50).optional(),
  type: siteType,
  /** Absent for the central site alone. */
  parent: siteCode.optional(),
  timeZone: z
    .string()
    .refine(isTimeZone, "expected an IANA time zone, like America/Chicago")
    .default("Etc/UTC"),
  distributionPoints: z.array(serverName).default([]),
  /** Default: one server, named after the site: CENCAP. */
  clientAccessPoints: z.array(serverName).optional(),
  managementPoints: z.array(serverName).default([]),
});

/** Names of servers, or codes of sites for all of their distribution points. */
const targets = z.union([z.literal("all"), z.array(z.string())], {
  error: 'expected "all" or a list of distribution points and site codes',
});

const definition = packageDefinition.shape;
const softwarePackage = z.strictObject({
  name: definition.name,
  /** The primary site where the package is made. */
  site: siteCode,
  /** The package source folder, relative to the topology file. */
  source: z.string().min(1, "expected a folder"),
  priority: priority.default("medium"),
  /** Distribution points are filled from the compressed copy instead of from the source folder. */
  compressed: z.boolean().default(false),
  version: definition.version,
  manufacturer: definition.manufacturer,
  language: definition.language,
  description: definition.description,
  /** A file, relative to the source folder. */
  icon: z.string().min(1, "expected a file in the source folder").optional(),
  programs: z.array(program).default([]),
  distributionPoints: targets,
});

const expectation = z.strictObject({
  /** The name of a package of this file. */
  package: z.string(),
  on: targets.default("all"),
  /** Emulated time since the clock's start. */
  by: duration,
});

export const topologySchema = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9-]{0,39}$/,
      "expected a name of 1 to 40 small letters, digits and -, like three-site",
    ),
  clock,
  sites: z
    .record(siteCode, site, { error: "expected sites by their codes, like CEN: { type: primary }" })
    .refine((sites) => Object.keys(sites).length > 0, "expected at least one site"),
  /** In the order of relative priority. Parent and child have a standard one each way where none is given. */
  addresses: z.array(addressWords).default([]),
  packages: z.array(softwarePackage).default([]),
  expect: z.array(expectation).default([]),
});
export type TopologyFile = z.infer<typeof topologySchema>;

/** The keys that may stand at `path`; empty where the schema has no keys of its own there. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  let at: unknown = topologySchema;
  for (const key of path) {
    at = bare(at);
    if (at instanceof z.ZodObject) at = at.shape[String(key)];
    else if (at instanceof z.ZodRecord) at = at.valueType;
    else if (at instanceof z.ZodArray) at = at.element;
    else return [];
  }
  at = bare(at);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function bare(schema: unknown): unknown {
  let at = schema;
  while (at instanceof z.ZodDefault || at instanceof z.ZodOptional) at = at.unwrap();
  return at;
}

function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
