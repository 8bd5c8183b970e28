/**
 * A site as a topology file writes it, and what `defaults` may say of every site. What is left out is filled in by
 * plan.ts; rules between sites are in rules.ts.
 */
import { z } from "zod";

import { siteType } from "../../domain/hierarchy.ts";
import { serverName, siteCode } from "../../domain/identifiers.ts";
import { accessWords } from "./link-words.ts";
import { sendersWords } from "./sender-words.ts";
import { shareWords } from "./share-words.ts";
import { isTemplate } from "./site-codes.ts";
import { tlsWords } from "./tls-words.ts";

const expectedServer = "expected a server name of 1 to 15 letters, digits, - or _";
const serverTemplate = z
  .string()
  .refine((text) => isTemplate(text, (name) => serverName.safeParse(name).success), expectedServer);

const servers = z.array(serverTemplate).optional();

export const siteWords = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, "expected a name")
    .max(50)
    .optional()
    .meta({
      description:
        "For people. {site} stands for the code, {number} for what a range counts. Without it, the code.",
      examples: ["Chicago", "Branch {number}"],
    }),
  type: siteType.optional().meta({
    description:
      "A primary site makes packages and has children; a secondary site has a parent and neither of them. Wanted for every site.",
  }),
  parent: siteCode.optional().meta({
    description: "The primary site above it. The central site alone has none.",
    examples: ["CEN"],
  }),
  timeZone: z
    .string()
    .refine(isTimeZone, {
      error: "expected an IANA time zone, like America/Chicago",
      params: { names: Intl.supportedValuesOf("timeZone") },
    })
    .optional()
    .meta({
      description: "An IANA time zone. The schedules of what the site sends are read on its clock.",
      default: "Etc/UTC",
      examples: ["America/Chicago"],
    }),
  distributionPoints: servers.meta({
    description: "Servers that clients fetch packages from. {site} and {number} are filled in.",
    default: [],
    examples: [["CHIDP1", "CHIDP2"], ["{site}DP"]],
  }),
  clientAccessPoints: servers.meta({
    description: "Servers that tell clients of packages. {site} and {number} are filled in.",
    default: ["{site}CAP"],
    examples: [["CHICAP"]],
  }),
  managementPoints: servers.meta({
    description: "Management points. {site} and {number} are filled in.",
    default: [],
    examples: [["CHIMP"]],
  }),
  access: accessWords.optional(),
  senders: sendersWords.optional(),
  share: shareWords.optional(),
  tls: tlsWords.optional(),
});
export type SiteWords = z.infer<typeof siteWords>;

export function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
