/**
 * SMS_SendRequest: the send requests of a site as instances of a class. Ours: the field shows them only in its logs.
 */
import { z } from "zod";

import { packageId, requestId, siteCode } from "../../../domain/identifiers.ts";
import { priorityNumber } from "../../../domain/priority.ts";
import { type SendRequestStatus, sendStatus } from "../../../domain/send-request.ts";
import type { RequestControl } from "../request-control.ts";
import { isoTime, type WmiClass } from "./wmi-class.ts";

const time = z.string().nullable();

export function sendRequestClass(control: RequestControl): WmiClass {
  return {
    name: "SMS_SendRequest",
    summary: "What this site is sending or has waiting to be sent, in the order in which it goes",
    keys: ["RequestID"],
    shape: z.object({
      RequestID: requestId,
      JobID: z.string(),
      State: sendStatus,
      Priority: z.int(),
      AddressType: z.string(),
      DesSiteCode: siteCode,
      FinalSiteCode: siteCode,
      PackageIDs: z.array(packageId),
      SourceVersion: z.int().nullable(),
      TotalBytes: z.int(),
      BytesLeft: z.int(),
      SyncPoint: z.int(),
      Connects: z.int(),
      FirstStartTime: time,
      StartTime: time,
      NextTryTime: time,
      Held: z.boolean(),
      Reason: z.string(),
    }),
    list: async () => (await control.list()).map(instanceOf),
    actions: {
      Cancel: {
        summary: "Send it no more, and its content not again until the package is changed",
        run: ({ RequestID = "" }) => control.act("cancel", RequestID),
      },
      Hold: {
        summary: "Keep it waiting until it is released",
        run: ({ RequestID = "" }) => control.act("hold", RequestID),
      },
      Release: {
        summary: "Let one that is held go on from the byte it had",
        run: ({ RequestID = "" }) => control.act("release", RequestID),
      },
    },
  };
}

function instanceOf(status: SendRequestStatus): Record<string, unknown> {
  const at = (ms: number | null) => (ms === null ? null : isoTime(ms));
  return {
    RequestID: status.request,
    JobID: status.job,
    State: status.state,
    Priority: priorityNumber[status.priority],
    AddressType: status.sender ?? "",
    DesSiteCode: status.destination,
    FinalSiteCode: status.finalSite,
    PackageIDs: status.packages,
    SourceVersion: status.sourceVersion,
    TotalBytes: status.bytes,
    BytesLeft: status.bytesLeft,
    SyncPoint: status.syncPoint,
    Connects: status.connects,
    FirstStartTime: at(status.firstStartedMs),
    StartTime: at(status.startedMs),
    NextTryTime: at(status.nextTryMs),
    Held: status.wish === "hold",
    Reason: status.reason,
  };
}
