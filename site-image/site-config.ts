/**
 * What a site is told when it starts: by its environment in a container, by the driver when embedded.
 * Neighbours, addresses and keys are not here: they come by `PUT /site/neighbours/<code>` and are kept in the
 * site database.
 */
import { z } from "zod";

import { clockMoment, clockTimeline } from "../domain/clock.ts";
import { hierarchyMistakes, siteType } from "../domain/hierarchy.ts";
import { serverName, siteCode } from "../domain/identifiers.ts";
import { intakeLimits } from "../domain/intake-limits.ts";
import { parseByteSize } from "../domain/quantity.ts";
import { siteSenders } from "../domain/sender-settings.ts";
import type { SiteTls } from "./security/tls-files.ts";

export const siteConfig = z
  .strictObject({
    code: siteCode,
    name: z.string().trim().min(1).max(50),
    type: siteType,
    parent: siteCode.nullable(),
    /** IANA name; schedules of this site's addresses are read in it. */
    timeZone: z.string().refine(isTimeZone, "expected an IANA time zone like America/Chicago"),
    distributionPoints: z.array(serverName),
    clientAccessPoints: z.array(serverName),
    managementPoints: z.array(serverName),
    /** What is set on its senders; those not named are standard. */
    senders: siteSenders,
    /** The site's folder; made when missing. */
    root: z.string().min(1),
    host: z.string().min(1),
    /** 0 takes any free port. */
    port: z.int().min(0).max(65_535),
    /** What an administrator or orchestrator shows as a bearer token. */
    administratorToken: z.string().min(16),
    /** What its server takes at a time, for all its faces; one more is closed at once. Default 1024. */
    connections: z.int().min(1).max(65_535).optional(),
    /** What its share takes in at a time. Default: the standard limits. */
    intake: intakeLimits.optional(),
    /** With it the site speaks HTTPS alone (security/tls-files.ts). Default: plain HTTP. */
    tls: z.custom<SiteTls>().optional(),
    /** Null: the one kept from the last run, else the site waits to be told by `PUT /site/clock`. */
    clock: z.union([clockTimeline, clockMoment.transform((moment) => [moment])]).nullable(),
  })
  .superRefine((config, context) => {
    // Alone, a site can check its own part of the tree; the whole tree is the orchestrator's to check.
    if (config.parent === null && config.type === "primary") return;
    const parent = config.parent && { code: config.parent, type: "primary" as const, parent: null };
    for (const { message } of hierarchyMistakes(parent ? [parent, config] : [config])) {
      context.addIssue({ code: "custom", message, path: ["parent"] });
    }
  });
export type SiteConfig = z.infer<typeof siteConfig>;

function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

/** Each setting of a site's container: what it sets, and whether it must be there. */
export const siteEnvironment = {
  SPOOLNET_SITE_CODE: "the site's code, like CEN (required)",
  SPOOLNET_SITE_NAME: "its name (default: the code)",
  SPOOLNET_SITE_TYPE: "primary or secondary (default: primary)",
  SPOOLNET_PARENT_SITE: "the parent's code (default: none, a central site)",
  SPOOLNET_TIME_ZONE: "an IANA time zone (default: Etc/UTC)",
  SPOOLNET_DISTRIBUTION_POINTS: "servers, separated by commas (default: none)",
  SPOOLNET_CLIENT_ACCESS_POINTS: "servers, separated by commas (default: none)",
  SPOOLNET_MANAGEMENT_POINTS: "servers, separated by commas (default: none)",
  SPOOLNET_SENDERS:
    'what is set on its senders as JSON: {"LAN":{"allSites":5,"perSite":3,"retries":2,"retryDelayMs":60000}} (default: standard)',
  SPOOLNET_ROOT: "the site's folder (default: /var/lib/spoolnet/site)",
  SPOOLNET_HOST: "the address to listen at (default: 127.0.0.1)",
  SPOOLNET_PORT: "the port to listen at, 0 for any (default: 2003)",
  SPOOLNET_ADMINISTRATOR_TOKEN: "the administrator's token (this or the file is required)",
  SPOOLNET_ADMINISTRATOR_TOKEN_FILE: "a file that holds it; made with a new token when missing",
  SPOOLNET_TLS_CERTIFICATE_FILE: "its certificate as PEM; with it the site speaks HTTPS (default: HTTP)",
  SPOOLNET_TLS_KEY_FILE: "the key of the certificate as PEM",
  SPOOLNET_TLS_CA_FILE:
    "the authority that the certificates of other sites must come from, as PEM (default: the public ones)",
  SPOOLNET_CONNECTIONS: "connections at a time, from senders and everyone else (default: 1024)",
  SPOOLNET_INTAKE_TRANSFERS:
    "transfers that its share takes in at a time; further senders are told to come again (default: 40)",
  SPOOLNET_INTAKE_MEMORY: "for what has come and is not written yet, like 16 MiB (default: 16 MiB)",
  SPOOLNET_CLOCK: 'the clock as JSON: [{"realMs":…,"emulatedMs":…,"scale":…}] (default: told later)',
} as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a site's configuration from its environment; every mistake is named in the one error it throws. */
export function siteConfigFrom(environment: Environment, administratorToken: string | undefined): SiteConfig {
  const list = (text: string | undefined) =>
    (text ?? "")
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "");
  const code = environment.SPOOLNET_SITE_CODE;
  const parsed = siteConfig.safeParse(
    {
      code,
      name: environment.SPOOLNET_SITE_NAME ?? code,
      type: environment.SPOOLNET_SITE_TYPE ?? "primary",
      parent: environment.SPOOLNET_PARENT_SITE || null,
      timeZone: environment.SPOOLNET_TIME_ZONE ?? "Etc/UTC",
      distributionPoints: list(environment.SPOOLNET_DISTRIBUTION_POINTS),
      clientAccessPoints: list(environment.SPOOLNET_CLIENT_ACCESS_POINTS),
      managementPoints: list(environment.SPOOLNET_MANAGEMENT_POINTS),
      senders: environment.SPOOLNET_SENDERS ? jsonOr(environment.SPOOLNET_SENDERS) : {},
      root: environment.SPOOLNET_ROOT ?? "/var/lib/spoolnet/site",
      host: environment.SPOOLNET_HOST ?? "127.0.0.1",
      port: Number(environment.SPOOLNET_PORT ?? "2003"),
      administratorToken,
      connections: numberIn(environment.SPOOLNET_CONNECTIONS),
      intake: {
        transfers: numberIn(environment.SPOOLNET_INTAKE_TRANSFERS),
        memoryBytes: bytesIn(environment.SPOOLNET_INTAKE_MEMORY),
      },
      clock: environment.SPOOLNET_CLOCK ? jsonOr(environment.SPOOLNET_CLOCK) : null,
    },
    { reportInput: true },
  );
  if (parsed.success) return parsed.data;
  const known = Object.entries(siteEnvironment).map(([name, meaning]) => `  ${name}: ${meaning}`);
  const mistakes = parsed.error.issues.map(({ path, message, input }) => {
    const isSecret = path[0] === "administratorToken";
    return `  ${path.join(".") || "site"}: ${message}${isSecret ? "" : `, got ${JSON.stringify(input ?? null)}`}`;
  });
  throw new Error(
    `the site's environment has mistakes:\n${mistakes.join("\n")}\nwhat can be set:\n${known.join("\n")}`,
  );
}

function numberIn(text: string | undefined): number | undefined {
  return text === undefined || text === "" ? undefined : Number(text);
}

/** What is no size stays as it is written: the schema then says what it expected. */
function bytesIn(text: string | undefined): number | string | undefined {
  return text === undefined || text === "" ? undefined : (parseByteSize(text) ?? text);
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // the schema then says what it expected
  }
}
