/**
 * Packages in the words of the public WMI class SMS_Package, and back (domain.md section 3).
 */
import { z } from "zod";

import { packageId, serverName, siteCode, siteOfPackage } from "../../../domain/identifiers.ts";
import type { PackageDefinition, PackageSource, SenderType } from "../../../domain/package.ts";
import { type Priority, priorities, priorityNumber } from "../../../domain/priority.ts";
import type { Instance } from "./wmi-class.ts";

const sourceFlag = { none: 1, direct: 2, compressed: 3 } as const satisfies Record<PackageSource, number>;

/** The address types of the field (domain.md section 1). */
export const addressType = {
  LAN: "MS_LAN",
  RASAsynch: "MS_ASYNC_RAS",
  RASISDN: "MS_ISDN_RAS",
} as const satisfies Record<SenderType, string>;

export const programBody = z.strictObject({
  ProgramName: z.string().trim().min(1).max(50),
  CommandLine: z.string().min(1).max(255),
  Comment: z.string().max(127).default(""),
});

export const distributionPointBody = z.strictObject({ SiteCode: siteCode, ServerName: serverName });

/** What an administrator may set, each with its meaning in domain.md section 3. */
const properties = {
  Name: z.string().trim().min(1).max(50),
  Version: z.string().max(32),
  Language: z.string().max(32),
  Manufacturer: z.string().max(32),
  Description: z.string().max(127),
  PkgSourceFlag: z.union(
    [z.literal(1), z.literal(2), z.literal(3)],
    "expected 1 (no source), 2 (source folder) or 3 (compressed copy)",
  ),
  PkgSourcePath: z.string().max(4096),
  Priority: z.union([z.literal(1), z.literal(2), z.literal(3)], "expected 1 (high), 2 (medium) or 3 (low)"),
  PreferredAddressType: z.enum(["*", "MS_LAN", "MS_ASYNC_RAS", "MS_ISDN_RAS"]),
  Icon: z.base64().max(88_000),
} as const;

export const packageChanges = z.strictObject(properties).partial();
export type PackageChanges = z.infer<typeof packageChanges>;

export const newPackage = z.strictObject({
  ...packageChanges.shape,
  Name: properties.Name,
  Programs: z.array(programBody).max(1000).optional(),
  DistributionPoints: z.array(distributionPointBody).max(10_000).optional(),
});

export const packageInstance = z.object({
  ...properties,
  PackageID: packageId,
  SourceVersion: z.int(),
  StoredPkgVersion: z.int(),
  SourceSite: siteCode,
});

/** The definition's fields that a change sets. */
export function fieldsOf(changes: PackageChanges): Partial<PackageDefinition> {
  const preferred = Object.entries(addressType).find(
    ([, type]) => type === changes.PreferredAddressType,
  )?.[0];
  return withoutUndefined({
    name: changes.Name,
    version: changes.Version,
    language: changes.Language,
    manufacturer: changes.Manufacturer,
    description: changes.Description,
    source: sourceOf(changes.PkgSourceFlag),
    priority: priorityOf(changes.Priority),
    preferredSender: changes.PreferredAddressType && ((preferred ?? "*") as SenderType | "*"),
    icon: changes.Icon,
  });
}

export function instanceOf(
  definition: PackageDefinition,
  sourceFolder: string,
  storedVersion: number,
): Instance {
  return {
    PackageID: definition.id,
    Name: definition.name,
    Version: definition.version,
    Language: definition.language,
    Manufacturer: definition.manufacturer,
    Description: definition.description,
    PkgSourceFlag: sourceFlag[definition.source],
    PkgSourcePath: sourceFolder,
    Priority: priorityNumber[definition.priority],
    PreferredAddressType: definition.preferredSender === "*" ? "*" : addressType[definition.preferredSender],
    Icon: definition.icon,
    SourceVersion: definition.sourceVersion,
    StoredPkgVersion: storedVersion,
    SourceSite: siteOfPackage(definition.id),
  };
}

function sourceOf(flag: number | undefined): PackageSource | undefined {
  return (Object.keys(sourceFlag) as PackageSource[]).find((source) => sourceFlag[source] === flag);
}

function priorityOf(number: number | undefined): Priority | undefined {
  return priorities.find((priority) => priorityNumber[priority] === number);
}

function withoutUndefined<Fields extends object>(fields: Fields): Partial<PackageDefinition> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
