/**
 * The SMS Provider of a primary site: packages, sites and who has what, under the names of the public WMI classes.
 */
import { z } from "zod";

import { type PackageId, packageId, serverName, siteCode } from "../domain/identifiers.ts";
import type { Program } from "../domain/package.ts";
import { priorityNumber } from "../domain/priority.ts";
import type { Ask } from "./site-connection.ts";
import type { PackagePlan } from "./topology/plan.ts";

const site = z.object({
  SiteCode: siteCode,
  SiteName: z.string(),
  Type: z.union([z.literal(1), z.literal(2)]),
  ReportingSiteCode: z.string(),
  DistributionPoints: z.array(serverName),
});
export type ListedSite = z.infer<typeof site>;

const softwarePackage = z.object({
  PackageID: packageId,
  Name: z.string(),
  SourceVersion: z.int(),
  PkgSourcePath: z.string(),
});
export type ListedPackage = z.infer<typeof softwarePackage>;

/** State of a copy, as SMS_PackageStatusDistPointsSummarizer numbers it. */
export const copyStates = ["installed", "pending", "retrying", "failed", "removal pending"] as const;
export type CopyStateWord = (typeof copyStates)[number];

const copy = z
  .object({
    PackageID: packageId,
    SiteCode: siteCode,
    ServerName: serverName,
    SourceVersion: z.int(),
    State: z
      .int()
      .min(0)
      .max(copyStates.length - 1),
    LastCopied: z.string().nullish(),
    Reason: z.string().nullish(),
  })
  .transform((row) => ({
    packageId: row.PackageID,
    site: row.SiteCode,
    server: row.ServerName,
    sourceVersion: row.SourceVersion,
    state: copyStates[row.State] as CopyStateWord,
    reason: row.Reason ?? "",
  }));
export type CopyStatus = z.infer<typeof copy>;

const listOf = <Row extends z.ZodType>(row: Row) => z.object({ value: z.array(row) });
const wmi = "/AdminService/wmi";

export class SmsProvider {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  async sites(): Promise<ListedSite[]> {
    return (await this.#ask(`${wmi}/SMS_Site`, listOf(site))).value;
  }

  async packages(): Promise<ListedPackage[]> {
    return (await this.#ask(`${wmi}/SMS_Package`, listOf(softwarePackage))).value;
  }

  /** Resolves once the package is in the site database; `icon` is base64, or empty. */
  async addPackage(plan: PackagePlan, icon: string): Promise<ListedPackage> {
    const body = {
      Name: plan.name,
      PkgSourceFlag: plan.compressed ? 3 : 2,
      PkgSourcePath: plan.sourceFolder,
      Priority: priorityNumber[plan.priority],
      PreferredAddressType: "*",
      Version: plan.version,
      Manufacturer: plan.manufacturer,
      Language: plan.language,
      Description: plan.description,
      ...(icon === "" ? {} : { Icon: icon }),
      Programs: plan.programs.map(programBody),
      DistributionPoints: plan.distributionPoints.map(({ site: at, server }) => ({
        SiteCode: at,
        ServerName: server,
      })),
    };
    return await this.#ask(`${wmi}/SMS_Package`, softwarePackage, { method: "POST", body });
  }

  /** A new version is taken from the source folder. */
  async refreshPackage(id: PackageId): Promise<void> {
    await this.#act(id, "RefreshPkgSource");
  }

  /** The same version is installed once more on each distribution point. */
  async redistributePackage(id: PackageId): Promise<void> {
    await this.#act(id, "Redistribute");
  }

  async removePackage(id: PackageId): Promise<void> {
    await this.#ask(`${wmi}/SMS_Package('${id}')`, z.unknown(), { method: "DELETE" });
  }

  async #act(id: PackageId, action: string): Promise<void> {
    await this.#ask(`${wmi}/SMS_Package('${id}')/AdminService.${action}`, z.unknown(), {
      method: "POST",
      body: {},
    });
  }

  /** Where a package should be, and what is known here of each place. */
  async copies(id: PackageId): Promise<CopyStatus[]> {
    const filter = encodeURIComponent(`PackageID eq '${id}'`);
    return (await this.#ask(`${wmi}/SMS_PackageStatusDistPointsSummarizer?$filter=${filter}`, listOf(copy)))
      .value;
  }
}

function programBody({ name, commandLine, comment }: Program): Record<string, string> {
  return { ProgramName: name, CommandLine: commandLine, ...(comment === "" ? {} : { Comment: comment }) };
}
