/**
 * The journal: what happens to each file and package at a site, one event a line, only ever appended to.
 * Every site writes its own; `spoolnet trace` and the console read them all together.
 */
import { z } from "zod";

import { jobId, packageId, requestId, serverName, siteCode } from "./identifiers.ts";
import { severity } from "./status-messages.ts";

/** What happened. The first seven are the life of a file, the rest is what a component did or waits for. */
export const journalAction = z.enum([
  "created",
  "claimed",
  "released",
  "renamed",
  "updated",
  "deleted",
  "quarantined",
  "recorded", // rows written to the site database
  "compressed",
  "stored", // the compressed copy is in SMSPKG
  "installed", // on a distribution point, whole
  "uninstalled",
  "copied", // mirrored to a client access point or management point
  "sending", // a transfer begins or goes on; `offset` says from which byte
  "received", // a whole file is on the SMS_SITE share
  "accepted", // an instruction is carried out: its signature is that of a neighbour
  "completed",
  "failed",
  "withdrawn", // a send request that is not to be sent any more; `text` says why
  "waiting",
  "progress", // bytes on their way; shown to who watches, never written to the journal file
  "message", // a status message, in `text`; shown to who watches, kept in the site database
  "attached",
  "detached", // a neighbour was removed
  "dialling", // a RAS line
  "connected",
  "hung up", // `text` says how long it was connected
  "started",
  "stopped",
]);
export type JournalAction = z.infer<typeof journalAction>;

export const journalEvent = z.strictObject({
  /** Counts the events of one site from 1, without gaps. 0 for what is only shown, never kept. */
  sequence: z.int().min(0),
  site: siteCode,
  /** The component's name as in the logs, like SMS_DISTRIBUTION_MANAGER. */
  component: z.string(),
  action: journalAction,
  emulatedMs: z.number(),
  /** Real time, with fractions of a millisecond. Orders the events of sites on one machine. */
  realMs: z.number(),
  /** Path below the site's folder, with `/`. For a rename, the new name. */
  file: z.string().optional(),
  /** For a rename or a claim: the name before. */
  from: z.string().optional(),
  packages: z.array(packageId).optional(),
  sourceVersion: z.int().optional(),
  job: jobId.optional(),
  request: requestId.optional(),
  /** The other site, where one is concerned. */
  peer: siteCode.optional(),
  /** The distribution point or other site system, where one is concerned. */
  server: serverName.optional(),
  /** SHA-256 in hex: of an instruction as it was signed, or of what the files of an installed version are. */
  digest: z.hash("sha256").optional(),
  /** Of an installed version: which redistribution it was installed for. */
  redistribution: z.int().min(0).optional(),
  /** Of a sender's claim: the last event before it looked through its outbox. */
  seen: z.int().min(0).optional(),
  bytes: z.number().optional(),
  offset: z.number().optional(),
  /** The number and severity of a status message. */
  message: z.int().optional(),
  severity: severity.optional(),
  text: z.string().optional(),
});
export type JournalEvent = z.infer<typeof journalEvent>;

/** What a component says of an event; the journal adds the rest. */
export type JournalEntry = Omit<JournalEvent, "sequence" | "site" | "component" | "emulatedMs" | "realMs">;

/** What an event is about: the part of an entry that follows a package through all its files. */
export type Subject = Pick<
  JournalEntry,
  "packages" | "sourceVersion" | "job" | "request" | "peer" | "server" | "digest"
>;
