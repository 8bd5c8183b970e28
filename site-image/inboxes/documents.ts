/**
 * What is inside the files that components hand each other: each one JSON document with a `version`.
 */
import { z } from "zod";

import { jobId, packageId, requestId, siteCode } from "../../domain/identifiers.ts";
import { distributionPoint, packageDefinition, program, senderType } from "../../domain/package.ts";
import { priority } from "../../domain/priority.ts";
import { packageContent, packageDelta, replicationObject } from "../../domain/replication.ts";
import { sendStatus } from "../../domain/send-request.ts";
import { toSendParts } from "./stages.ts";

const version = z.literal(1);
const preferredSender = z.union([z.literal("*"), senderType]);

/** The name of a job's file: no other word, so that none leads out of the folder. */
const partName = (extension: string) =>
  z.string().refine((name) => jobId.safeParse(name.slice(0, -4)).success && name.endsWith(extension), {
    error: `expected eight digits and ${extension}`,
  });

/** `Distmgr.box/<PackageID>.PKN`: the package changed, look at the database. */
export const packageNotification = z.strictObject({ version, packageId });

/** `Distmgr.box/Incoming/<PackageID>.PKG`: a definition as the parent site knows it. */
export const incomingDefinition = z.strictObject({ version, definition: packageDefinition });

/** `Pkginfo.box/<PackageID>.PKG`: what clients need to run the programs. */
export const packageInformation = z.strictObject({
  version,
  packageId,
  name: z.string(),
  packageVersion: z.string(),
  language: z.string(),
  manufacturer: z.string(),
  sourceVersion: z.int(),
  programs: z.array(program),
});

/** `Pkginfo.box/<PackageID>.NAL`: where clients find the package at this site. */
export const packageLocations = z.strictObject({
  version,
  packageId,
  sourceVersion: z.int(),
  distributionPoints: z.array(z.strictObject({ ...distributionPoint.shape, path: z.string() })),
});

/** `Pkginfo.box/<PackageID>.ICO`: the icon, base64; empty where the package has none. */
export const packageIcon = z.strictObject({ version, packageId, icon: z.base64() });

/** `Replmgr.box/…/<number>.RPT`: something another site must know. */
export const replicationFile = z.strictObject({
  version,
  destination: siteCode,
  priority,
  preferredSender,
  object: replicationObject,
  /** Where it was received and is passed on: as in `receivedReplication`. */
  from: siteCode.optional(),
  receivedMs: z.number().optional(),
});
export type ReplicationFile = z.infer<typeof replicationFile>;

/** `Replmgr.box/Incoming/*.RPT`: what the neighbour `from` said, under its signature, and when (emulated). */
export const receivedReplication = replicationFile.extend({ from: siteCode, receivedMs: z.number() });
export type ReceivedReplication = z.infer<typeof receivedReplication>;

/** A version's content, as the compressed copy or as a delta that makes it out of an earlier one. */
const packageWork = z.strictObject({
  kind: z.literal("package"),
  packageId,
  content: packageContent,
  delta: packageDelta.optional(),
});
export type PackageWork = z.infer<typeof packageWork>;

/** The two kinds of work between sites. */
export const work = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("replication"), objects: z.array(replicationObject).min(1) }),
  packageWork,
]);
export type Work = z.infer<typeof work>;

/** `Schedule.box/<8 digits>.JOB`: a minijob. */
export const minijob = z.strictObject({
  version,
  job: jobId,
  destination: siteCode,
  priority,
  preferredSender,
  work,
});
export type Minijob = z.infer<typeof minijob>;

/** The minijob in a file of this name: of another job it would change the files. */
export const minijobIn = (name: string) =>
  minijob.pipe(
    z.custom<Minijob>((found) => (found as Minijob).job === name, {
      error: "expected the job that the file is named after",
    }),
  );

/** `Outboxes/<sender>/<request>.SRQ`, then `.SRS`. */
export const sendRequest = z.strictObject({
  version,
  request: requestId,
  job: jobId,
  priority,
  preferredSender,
  /** The site to connect to, and the one it is for in the end. */
  destination: siteCode,
  finalSite: siteCode,
  packages: z.array(packageId),
  /** Names in `Tosend`: what is sent is read there, and cleared away. */
  packageFile: partName(toSendParts.package),
  instructionFile: partName(toSendParts.instruction),
  /** Size and SHA-256 of the package file. */
  bytes: z.int().min(0),
  sha256: z.hex().length(64),
  /** What the sender wrote last. */
  status: sendStatus,
  bytesLeft: z.int().min(0),
  /** Bytes the receiver has confirmed. */
  syncPoint: z.int().min(0),
  connects: z.int().min(0),
  /** Failed tries since the last back-off. */
  tries: z.int().min(0),
  /** Emulated milliseconds since the Unix epoch; null where it has not been. */
  createdMs: z.number(),
  firstStartedMs: z.number().nullable(),
  startedMs: z.number().nullable(),
  endedMs: z.number().nullable(),
  nextTryMs: z.number().nullable(),
  /** Why it waits or failed, in words. */
  reason: z.string(),
  /** Senders whose retries it has used up, and until when (emulated) they are not tried again. */
  resting: z.array(z.strictObject({ sender: senderType, untilMs: z.number() })),
});
export type SendRequest = z.infer<typeof sendRequest>;

/** The send request in a file of this name, with the files of its own job. */
export const sendRequestIn = (name: string) =>
  // Piped, for zod compiles a schema that has checks added anew: for each file it was 3 % of a sender's CPU.
  withOwnFiles.pipe(
    z.custom<SendRequest>((request) => (request as SendRequest).request === name, {
      error: "expected the request that the file is named after",
    }),
  );
const withOwnFiles = sendRequest.refine(
  ({ job, packageFile, instructionFile }) =>
    packageFile === job + toSendParts.package && instructionFile === job + toSendParts.instruction,
  { error: "expected the files of its own job" },
);

/** What an instruction says, under the signature of the site that sent it. */
export const instructionBody = z.strictObject({
  request: requestId,
  job: jobId,
  source: siteCode,
  destination: siteCode,
  finalSite: siteCode,
  priority,
  preferredSender,
  /** Size and SHA-256 of the package file that goes with it. */
  bytes: z.int().min(0),
  sha256: z.hex().length(64),
  /** For replication the objects are in the package file; for a package, that file is its compressed copy or a delta. */
  work: z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("replication") }), packageWork]),
});
export type InstructionBody = z.infer<typeof instructionBody>;

/** `<request>.TMP`, then `.SNI`: the body as JSON text, so that what was signed is what is read, byte for byte. */
export const instruction = z.strictObject({ version, body: z.string(), signature: z.base64() });

/** The package file of a replication instruction. */
export const replicationBatch = z.strictObject({ version, objects: z.array(replicationObject).min(1) });
