/**
 * Status messages: number, severity, words, who raises it, and where that is from (domain.md section 6). Numbers below
 * 10000 are the field's own; ours, for what no source names, start at 30000. docs/operations.md lists them.
 */
import { z } from "zod";

import { packageId, siteCode } from "./identifiers.ts";

export const severity = z.enum(["informational", "warning", "error"]);
export type Severity = z.infer<typeof severity>;

/**
 * Where a number, its severity and its component are from: a knowledge base article or manual, a community page that
 * quotes them, a guess after later versions, or this project.
 */
export type SourceMark = "documented" | "community" | "guess" | "ours";

type Row = readonly [severity: Severity, words: string, components: readonly string[], mark: SourceMark];

const distributionManager = ["SMS_DISTRIBUTION_MANAGER"];
/** Any component may raise it. */
const any: readonly string[] = [];

export const statusMessages = {
  500: ["informational", "component started", any, "guess"],
  502: ["informational", "component stopped", any, "guess"],
  2300: ["informational", "beginning to process package", distributionManager, "community"],
  2301: ["informational", "successfully processed package", distributionManager, "community"],
  2302: ["error", "failed to process package", distributionManager, "documented"],
  2306: [
    "error",
    "the package source folder does not exist or cannot be read",
    distributionManager,
    "community",
  ],
  2311: ["informational", "created or updated the package", distributionManager, "community"],
  2328: ["error", "failed to copy package to distribution point", distributionManager, "documented"],
  2330: [
    "informational",
    "successfully distributed package to distribution point",
    distributionManager,
    "community",
  ],
  2335: [
    "informational",
    "instructed Scheduler and Sender to send package to child site",
    distributionManager,
    "guess",
  ],
  2339: [
    "informational",
    "instructed Scheduler and Sender to send package information to child site",
    distributionManager,
    "documented",
  ],
  2342: [
    "informational",
    "starting to distribute package to distribution point",
    distributionManager,
    "community",
  ],
  2372: ["informational", "waiting for the content of a package", distributionManager, "community"],
  3400: ["error", "no address leads to a site", ["SMS_SCHEDULER"], "documented"],
  3500: [
    "warning",
    "cannot connect to a site",
    ["SMS_LAN_SENDER", "SMS_ASYNC_RAS_SENDER", "SMS_ISDN_RAS_SENDER"],
    "documented",
  ],
  4400: ["informational", "received package", ["SMS_DESPOOLER"], "community"],
  4402: ["error", "failed to merge a delta to the compressed package", ["SMS_DESPOOLER"], "community"],
  30000: ["error", "a file in an inbox could not be read and was put in quarantine", any, "ours"],
  30001: ["error", "an instruction was refused", ["SMS_SITE_SHARE", "SMS_DESPOOLER"], "ours"],
  30002: ["warning", "the package source changed while it was read", distributionManager, "ours"],
  30003: ["error", "the package source has content that cannot be distributed", distributionManager, "ours"],
  30004: [
    "warning",
    "asked the sending site for the content again",
    [...distributionManager, "SMS_DESPOOLER"],
    "ours",
  ],
  30005: ["informational", "removed package", distributionManager, "ours"],
  30010: ["error", "the site's disk fails", ["SMS_SITE_COMPONENT_MANAGER"], "ours"],
  30011: ["informational", "the site's disk works again", ["SMS_SITE_COMPONENT_MANAGER"], "ours"],
} as const satisfies Record<number, Row>;

export type StatusMessageId = keyof typeof statusMessages;

/** A status message as a site keeps it and tells of it. */
export const statusMessage = z.strictObject({
  /** Counts the messages of one site from 1. */
  sequence: z.int().min(1),
  id: z.int(),
  severity,
  component: z.string(),
  packageId: packageId.nullable(),
  text: z.string(),
  /** Milliseconds since the Unix epoch, on the emulated calendar. */
  emulatedMs: z.number(),
});
export type StatusMessage = z.infer<typeof statusMessage>;

/** `GET /site/status-messages`, oldest first. */
export const statusMessageList = z.strictObject({ messages: z.array(statusMessage) });

/** The messages of one component and severity at one site in sum: warnings and errors travel up to the central site. */
export const statusTally = z.strictObject({
  site: siteCode,
  component: z.string(),
  severity,
  /** How many there were: rises, so that an older message cannot undo a newer one. */
  messages: z.int().min(1),
  /** The last of them. */
  lastId: z.int(),
  lastText: z.string(),
  lastMs: z.number(),
});
export type StatusTally = z.infer<typeof statusTally>;
