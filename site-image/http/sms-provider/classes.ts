/**
 * The WMI classes that the SMS Provider serves.
 */
import { z } from "zod";

import { packageId, type SiteCode, serverName, siteCode } from "../../../domain/identifiers.ts";
import { type CopyState, copyStateNumber, type PackageStatus } from "../../../domain/package-status.ts";
import { packageStatuses } from "../../database/package-status.ts";
import { packageById, packageIds } from "../../database/packages.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import { knownSites, neighbours } from "../../database/sites.ts";
import type { RequestControl } from "../request-control.ts";
import {
  addressType,
  distributionPointBody,
  newPackage,
  packageChanges,
  packageInstance,
  programBody,
} from "./package-properties.ts";
import type { Packages } from "./packages.ts";
import { sendRequestClass } from "./send-requests.ts";
import { statusMessageClasses } from "./status-message-classes.ts";
import { type Instance, isoTime, type Keys, type WmiClass } from "./wmi-class.ts";

type Deps = { packages: Packages; database: SiteDatabase; requests: RequestControl; site: SiteCode };

/** SMS_PackageStatusDistPointsSummarizer.State, by the state a distribution point reported. */
const summaryState = {
  INSTALLED: 0,
  INSTALL_PENDING: 1,
  INSTALL_RETRYING: 2,
  INSTALL_FAILED: 3,
  REMOVAL_PENDING: 4,
} as const;
type SummaryState = keyof typeof summaryState;

export function wmiClasses({ packages, database, requests, site }: Deps): readonly WmiClass[] {
  const definitions = () =>
    packageIds(database)
      .map((id) => packageById(database, id))
      .filter((definition) => definition !== undefined)
      .filter((definition) => !definition.deleted);
  return [
    {
      name: "SMS_Package",
      summary: "Software packages",
      keys: ["PackageID"],
      shape: packageInstance,
      list: () => definitions().map((definition) => packages.instance(definition)),
      create: { body: newPackage, run: (body: z.infer<typeof newPackage>) => packages.create(body) },
      update: {
        body: packageChanges,
        run: (keys, body: z.infer<typeof packageChanges>) => packages.update(key(keys, "PackageID"), body),
      },
      remove: (keys) => packages.remove(key(keys, "PackageID")),
      actions: {
        RefreshPkgSource: {
          summary: "Take a new version from the source folder (update distribution points)",
          run: (keys) => packages.refresh(key(keys, "PackageID")),
        },
        Redistribute: {
          summary: "Install the present version once more on every distribution point",
          run: (keys) => packages.redistribute(key(keys, "PackageID")),
        },
      },
    },
    {
      name: "SMS_Program",
      summary: "Programs: the command lines that clients run from a package",
      keys: ["PackageID", "ProgramName"],
      shape: programBody.extend({ PackageID: packageId }),
      list: () =>
        definitions().flatMap(({ id, programs }) =>
          programs.map(({ name, commandLine, comment }) => ({
            PackageID: id,
            ProgramName: name,
            CommandLine: commandLine,
            Comment: comment,
          })),
        ),
      create: {
        body: programBody.extend({ PackageID: packageId }),
        run: async ({ PackageID, ProgramName, CommandLine, Comment }: Record<string, string>) => {
          const [id, name, commandLine, comment] = [PackageID, ProgramName, CommandLine, Comment].map(String);
          await packages.addProgram(`${id}`, {
            name: `${name}`,
            commandLine: `${commandLine}`,
            comment: `${comment}`,
          });
          return { PackageID, ProgramName, CommandLine, Comment };
        },
      },
      remove: (keys) => packages.removeProgram(key(keys, "PackageID"), key(keys, "ProgramName")),
    },
    {
      name: "SMS_DistributionPoint",
      summary: "Where packages should be: a row a package and distribution point",
      keys: ["PackageID", "SiteCode", "ServerName"],
      shape: distributionPointBody.extend({ PackageID: packageId, ServerNALPath: z.string() }),
      list: () =>
        definitions().flatMap(({ id, distributionPoints }) =>
          distributionPoints.map(({ site, server }) => distributionPointInstance(id, site, server)),
        ),
      create: {
        body: distributionPointBody.extend({ PackageID: packageId }),
        run: async (body: z.infer<typeof distributionPointBody> & { PackageID: string }) => {
          await packages.addDistributionPoint(body.PackageID, {
            site: body.SiteCode,
            server: body.ServerName,
          });
          return distributionPointInstance(body.PackageID, body.SiteCode, body.ServerName);
        },
      },
      remove: (keys) =>
        packages.removeDistributionPoint(key(keys, "PackageID"), {
          site: key(keys, "SiteCode"),
          server: key(keys, "ServerName"),
        }),
    },
    {
      name: "SMS_Site",
      summary: "This site and the sites below it",
      keys: ["SiteCode"],
      shape: z.object({
        SiteCode: siteCode,
        SiteName: z.string(),
        Type: z.union([z.literal(1), z.literal(2)]),
        ReportingSiteCode: z.string(),
        DistributionPoints: z.array(serverName),
      }),
      list: () =>
        knownSites(database).map(({ code, name, type, parent, distributionPoints }) => ({
          SiteCode: code,
          SiteName: name,
          Type: type === "primary" ? 2 : 1,
          ReportingSiteCode: parent ?? "",
          DistributionPoints: distributionPoints,
        })),
    },
    {
      name: "SMS_SCI_Address",
      summary: "The addresses of this site: how it reaches its neighbours",
      keys: ["DesSiteCode", "AddressType"],
      shape: z.object({
        DesSiteCode: siteCode,
        AddressType: z.string(),
        Order: z.int(),
        Url: z.string(),
        UserName: z.string(),
      }),
      list: () =>
        neighbours(database).flatMap(({ code, share, addresses }) =>
          addresses.map((address, index) => ({
            DesSiteCode: code,
            AddressType: addressType[address.sender],
            Order: index + 1,
            Url: share.url,
            UserName: share.account,
          })),
        ),
    },
    sendRequestClass(requests),
    {
      name: "SMS_PackageStatus",
      summary:
        "What each site and distribution point reported last of a package (Type 1 is a site, 2 a distribution point)",
      keys: ["PackageID", "SiteCode", "ServerName"],
      shape: z.object({
        PackageID: packageId,
        SiteCode: siteCode,
        ServerName: z.string(),
        Type: z.union([z.literal(1), z.literal(2)]),
        Status: z.int(),
        StatusText: z.string(),
        SourceVersion: z.int(),
        UpdateTime: z.string(),
        Reason: z.string(),
      }),
      list: () =>
        packageStatuses(database).map((row) => ({
          PackageID: row.packageId,
          SiteCode: row.site,
          ServerName: row.server,
          Type: row.server === "" ? 1 : 2,
          Status: copyStateNumber[row.state],
          StatusText: row.state,
          SourceVersion: row.sourceVersion,
          UpdateTime: isoTime(row.changedMs),
          Reason: row.reason,
        })),
    },
    {
      name: "SMS_PackageStatusDistPointsSummarizer",
      summary: "Who has which version: a row a package and distribution point that has it or should",
      keys: ["PackageID", "SiteCode", "ServerName"],
      shape: z.object({
        PackageID: packageId,
        SiteCode: siteCode,
        ServerName: serverName,
        SourceVersion: z.int(),
        State: z.int(),
        StateText: z.enum(Object.keys(summaryState) as SummaryState[]),
        LastCopied: z.string().nullable(),
        Reason: z.string(),
      }),
      list: () => summaries(database),
    },
    ...statusMessageClasses(database, site),
  ];
}

/** What is wanted, and what each reported; a place that has not reported the wanted version is pending. */
function summaries(database: SiteDatabase): Instance[] {
  const found: Instance[] = [];
  for (const id of packageIds(database)) {
    const definition = packageById(database, id);
    if (!definition) continue;
    const rows = packageStatuses(database, id).filter(({ server }) => server !== "");
    const wanted = definition.deleted ? [] : definition.distributionPoints;
    for (const { site, server } of wanted) {
      const row = rows.find((held) => held.site === site && held.server === server);
      found.push(summaryOf({ packageId: id, site, server }, stateOf(row, definition.sourceVersion), row));
    }
    for (const row of rows) {
      const isWanted = wanted.some(({ site, server }) => site === row.site && server === row.server);
      if (!isWanted && row.state !== "removed") found.push(summaryOf(row, "REMOVAL_PENDING", row));
    }
  }
  return found;
}

function stateOf(row: PackageStatus | undefined, wantedVersion: number): SummaryState {
  const byState: Partial<Record<CopyState, SummaryState>> = {
    installed: row?.sourceVersion === wantedVersion ? "INSTALLED" : "INSTALL_PENDING",
    retry: "INSTALL_RETRYING",
    failed: "INSTALL_FAILED",
  };
  return (row && byState[row.state]) ?? "INSTALL_PENDING";
}

function summaryOf(
  { packageId: id, site, server }: Pick<PackageStatus, "packageId" | "site" | "server">,
  state: SummaryState,
  row: PackageStatus | undefined,
): Instance {
  return {
    PackageID: id,
    SiteCode: site,
    ServerName: server,
    SourceVersion: row?.sourceVersion ?? 0,
    State: summaryState[state],
    StateText: state,
    LastCopied: row ? isoTime(row.changedMs) : null,
    Reason: row?.reason ?? "",
  };
}

function distributionPointInstance(id: string, site: string, server: string): Instance {
  const ServerNALPath = `["Display=\\\\${server}\\"]MSWNET:["SMS_SITE=${site}"]\\\\${server}\\`;
  return { PackageID: id, SiteCode: site, ServerName: server, ServerNALPath };
}

function key(keys: Keys, name: string): string {
  return keys[name] ?? ""; // the path was checked to give every key
}
