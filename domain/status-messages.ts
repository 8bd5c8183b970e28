/**
 * Status messages: number, severity and words. Numbers below 10000 are the field's own (domain.md section 6);
 * ours, for what no source names, start at 30000.
 */
export type Severity = "informational" | "warning" | "error";

export const statusMessages = {
  500: ["informational", "component started"],
  502: ["informational", "component stopped"],
  2300: ["informational", "beginning to process package"],
  2301: ["informational", "successfully processed package"],
  2302: ["error", "failed to process package"],
  2303: ["informational", "successfully refreshed package"],
  2306: ["error", "the package source folder does not exist or cannot be read"],
  2311: ["informational", "created or updated the package"],
  2321: ["error", "failed to decompress package"],
  2328: ["error", "failed to copy package to distribution point"],
  2330: ["informational", "successfully distributed package to distribution point"],
  2335: ["informational", "instructed Scheduler and Sender to send package to child site"],
  2339: ["informational", "instructed Scheduler and Sender to send package information to child site"],
  2342: ["informational", "starting to distribute package to distribution point"],
  2372: ["informational", "waiting for the content of a package"],
  3400: ["error", "no address leads to a site"],
  3500: ["warning", "cannot connect to a site"],
  4400: ["informational", "received package"],
  30000: ["error", "a file in an inbox could not be read and was put in quarantine"],
  30001: ["error", "an instruction was refused"],
  30002: ["warning", "the package source changed while it was read"],
  30003: ["error", "the package source has content that cannot be distributed"],
  30004: ["warning", "asked the sending site for the content again"],
  30005: ["informational", "removed package"],
  30006: ["error", "a component met an error it did not expect and tries again"],
} as const satisfies Record<number, readonly [severity: Severity, words: string]>;

export type StatusMessageId = keyof typeof statusMessages;
