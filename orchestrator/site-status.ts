/**
 * How a site is, asked of it: its health, its time, what lies in its inboxes and what it is sending. In words, and for
 * programs.
 */
import type { SendRequestStatus } from "../domain/send-request.ts";
import { Failure, wordsOf } from "./failure.ts";
import type { SiteClient } from "./site-client.ts";
import { bytesWords, dateAndTime, dayAndTime, siteWords, table } from "./words.ts";

export type SiteStatus =
  | { readonly code: string; readonly health: "does not answer"; readonly why: string }
  | {
      readonly code: string;
      readonly name: string;
      readonly health: string;
      readonly timeZone: string;
      /** Null while the site waits for a clock. */
      readonly emulatedMs: number | null;
      readonly inboxes: readonly { readonly inbox: string; readonly files: number }[];
      readonly requests: readonly SendRequestStatus[];
    };

/** Rejects only where asking again would not help, like a wrong token. */
export async function siteStatus(site: SiteClient): Promise<SiteStatus> {
  try {
    const [health, description, inboxes, requests] = await Promise.all([
      site.healthWords(),
      site.describe(),
      site.inboxes(),
      site.sendRequests(),
    ]);
    const { code, name, timeZone, emulatedMs } = description;
    return { code, name, health, timeZone, emulatedMs, inboxes, requests };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === "usage") throw error;
    return { code: site.code, health: "does not answer", why: wordsOf(error) };
  }
}

const columns = [
  "Request",
  "State",
  "Priority",
  "To",
  "Carries",
  "Left",
  "Of",
  "Connects",
  "Next try",
  "Reason",
];

export function statusLines(sites: readonly SiteStatus[]): string[] {
  return sites.flatMap((site, index) => [...(index > 0 ? [""] : []), ...linesOf(site)]);
}

function linesOf(site: SiteStatus): string[] {
  if (!("requests" in site)) return [`${site.code}  ${site.health}: ${site.why}`];
  const { timeZone, emulatedMs, health, requests } = site;
  const time = emulatedMs === null ? "no clock yet" : dateAndTime(emulatedMs, timeZone);
  const queued = site.inboxes.filter(({ files }) => files > 0);
  const rows = requests.map((request) => [
    request.request,
    request.state,
    request.priority,
    request.finalSite === request.destination
      ? request.destination
      : `${request.finalSite} via ${request.destination}`,
    carries(request),
    bytesWords(request.bytesLeft),
    bytesWords(request.bytes),
    String(request.connects),
    request.nextTryMs === null ? "" : dayAndTime(request.nextTryMs, timeZone),
    request.reason,
  ]);
  return [
    `${siteWords(site)}  ${health}  ${time}`,
    `  inboxes: ${queued.map(({ inbox, files }) => `${inbox} ${files}`).join(", ") || "all empty"}`,
    ...(rows.length === 0
      ? ["  nothing is being sent, and nothing waits to be sent"]
      : table([columns, ...rows], new Set([5, 6, 7])).map((line) => `  ${line}`)),
  ];
}

function carries({ packages, sourceVersion }: SendRequestStatus): string {
  if (sourceVersion !== null) return `${packages.join(" ")} version ${sourceVersion}`;
  return packages.length === 0 ? "news of sites" : `news of ${packages.join(" ")}`;
}

/** For programs: a line a site, and a line a request. */
export function statusFacts(sites: readonly SiteStatus[]): object[] {
  return sites.flatMap((site): object[] => {
    if (!("requests" in site)) return [{ type: "site", ...site }];
    const { requests, ...rest } = site;
    return [
      { type: "site", ...rest },
      ...requests.map((request) => ({ type: "request", site: site.code, ...request })),
    ];
  });
}
