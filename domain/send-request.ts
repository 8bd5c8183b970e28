/**
 * Send requests as an administrator sees them: `GET /site/send-requests`, SMS_SendRequest, `spoolnet status`.
 * What may be wished of one, and in what words its state is told (domain.md section 4, "Statuses").
 */
import { z } from "zod";

import { jobId, packageId, requestId, siteCode } from "./identifiers.ts";
import { senderType } from "./package.ts";
import { priority } from "./priority.ts";

/** A send request's status, in the field's words. */
export const sendStatus = z.enum(["NONE", "CONNECTING", "SENDING", "ERROR", "SUSPENDED", "CANCELLED", "OK"]);
export type SendStatus = z.infer<typeof sendStatus>;

/** What is wished of a request that has not ended: nothing, that it waits, or that it is sent no more. */
export const requestWish = z.enum(["", "hold", "cancel", "supersede"]);
export type RequestWish = z.infer<typeof requestWish>;

/** What an administrator can do to a request, by the last part of `POST /site/send-requests/<id>/<action>`. */
export const requestAction = z.enum(["cancel", "hold", "release"]);
export type RequestAction = z.infer<typeof requestAction>;

export const heldByAdministrator = "held by an administrator";
export const cancelledByAdministrator = "cancelled by an administrator";

export const sendRequestStatus = z.strictObject({
  request: requestId,
  job: jobId,
  state: sendStatus,
  priority,
  /** The sender that has it; null while it waits in `Schedule.box/Requests`. */
  sender: senderType.nullable(),
  /** The site to connect to, and the one it is for in the end. */
  destination: siteCode,
  finalSite: siteCode,
  packages: z.array(packageId),
  /** The version of the package whose content it carries; null where it carries definitions or status. */
  sourceVersion: z.int().nullable(),
  wish: requestWish,
  bytes: z.int(),
  bytesLeft: z.int(),
  /** Bytes the receiver has confirmed. */
  syncPoint: z.int(),
  connects: z.int(),
  tries: z.int(),
  /** Emulated milliseconds since the Unix epoch; null where it has not been. */
  createdMs: z.number(),
  firstStartedMs: z.number().nullable(),
  startedMs: z.number().nullable(),
  nextTryMs: z.number().nullable(),
  /** Why it waits, in words; empty while it is sent. */
  reason: z.string(),
});
export type SendRequestStatus = z.infer<typeof sendRequestStatus>;

/** `GET /site/send-requests`: in the order in which they go. */
export const sendRequestList = z.strictObject({ requests: z.array(sendRequestStatus) });

/** `GET /site/inboxes`: the files in each, packages at Distmgr, minijobs, what waits at each sender. */
export const inboxDepths = z.strictObject({
  inboxes: z.array(z.strictObject({ inbox: z.string(), files: z.int().min(0) })),
});
export type InboxDepths = z.infer<typeof inboxDepths>;
