/**
 * The WMI classes of status messages: those of this site one by one, and the sums of this site and those below it.
 */
import { z } from "zod";

import { type SiteCode, siteCode } from "../../../domain/identifiers.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import { statusMessagesOf, statusTallies } from "../../database/status-messages.ts";
import { isoTime, type WmiClass } from "./wmi-class.ts";

/** Status messages in one answer, the newest. */
const mostMessages = 10_000;

export function statusMessageClasses(database: SiteDatabase, site: SiteCode): readonly WmiClass[] {
  return [
    {
      name: "SMS_StatusMessage",
      summary: `The newest ${mostMessages} status messages of this site, oldest first`,
      keys: [],
      shape: z.object({
        RecordID: z.int(),
        MessageID: z.int(),
        Severity: z.string(),
        SiteCode: siteCode,
        Component: z.string(),
        PackageID: z.string().nullable(),
        Time: z.string(),
        Text: z.string(),
      }),
      list: () =>
        statusMessagesOf(database, { limit: mostMessages }).map((message) => ({
          RecordID: message.sequence,
          MessageID: message.id,
          Severity: message.severity,
          SiteCode: site,
          Component: message.component,
          PackageID: message.packageId,
          Time: isoTime(message.emulatedMs),
          Text: message.text,
        })),
    },
    {
      name: "SMS_ComponentSummarizer",
      summary:
        "Status messages in sum: a row a component of this site, and of those below with warnings or errors",
      keys: ["SiteCode", "ComponentName"],
      shape: z.object({
        SiteCode: siteCode,
        ComponentName: z.string(),
        Infos: z.int(),
        Warnings: z.int(),
        Errors: z.int(),
        LastMessageID: z.int(),
        LastText: z.string(),
        LastTime: z.string(),
      }),
      list: () => {
        const rows = Map.groupBy(statusTallies(database, site), (row) => `${row.site} ${row.component}`);
        return [...rows.values()].map((ofOne) => {
          const last = ofOne.reduce((a, b) => (b.lastMs >= a.lastMs ? b : a));
          const count = (severity: string) => ofOne.find((row) => row.severity === severity)?.messages ?? 0;
          return {
            SiteCode: last.site,
            ComponentName: last.component,
            Infos: count("informational"),
            Warnings: count("warning"),
            Errors: count("error"),
            LastMessageID: last.lastId,
            LastText: last.lastText,
            LastTime: isoTime(last.lastMs),
          };
        });
      },
    },
  ];
}
