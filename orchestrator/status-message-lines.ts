/**
 * Status messages of sites, asked of them: in words with those of all sites in order of time, and for programs.
 */
import type { Severity, StatusMessage } from "../domain/status-messages.ts";
import { Failure, wordsOf } from "./failure.ts";
import { sinceOf } from "./since.ts";
import type { SiteClient } from "./site-client.ts";
import { dateAndTime, table } from "./words.ts";

export type SiteMessages =
  | { readonly code: string; readonly health: "does not answer"; readonly why: string }
  | { readonly code: string; readonly timeZone: string; readonly messages: readonly StatusMessage[] };

/** Rejects only where asking again would not help, like a wrong token. */
export async function siteMessages(
  site: SiteClient,
  { severity, since }: { readonly severity?: Severity; readonly since?: string },
): Promise<SiteMessages> {
  try {
    const { timeZone, emulatedMs } = await site.describe();
    const sinceMs = sinceOf(since, emulatedMs ?? 0, timeZone);
    const filter = { ...(Number.isFinite(sinceMs) && { sinceMs }), ...(severity && { severity }) };
    return { code: site.code, timeZone, messages: await site.statusMessages(filter) };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === "usage") throw error;
    return { code: site.code, health: "does not answer", why: wordsOf(error) };
  }
}

export function messageLines(sites: readonly SiteMessages[]): string[] {
  const silent = sites.flatMap((site) =>
    "why" in site ? [`${site.code}  ${site.health}: ${site.why}`] : [],
  );
  const rows = inOrder(sites).map(({ site, timeZone, message }) => [
    dateAndTime(message.emulatedMs, timeZone),
    site,
    String(message.id),
    message.severity,
    message.component,
    message.text,
  ]);
  if (rows.length === 0) return [...silent, "no status messages: nothing that was asked for has happened"];
  const columns = ["Time", "Site", "ID", "Severity", "Component", "Message"];
  return [...silent, ...table([columns, ...rows], new Set([2]))];
}

export function messageFacts(sites: readonly SiteMessages[]): object[] {
  const silent = sites.flatMap((site) => ("why" in site ? [{ type: "site", ...site }] : []));
  return [...silent, ...inOrder(sites).map(({ site, message }) => ({ type: "message", site, ...message }))];
}

function inOrder(sites: readonly SiteMessages[]) {
  return sites
    .flatMap((site) =>
      "messages" in site
        ? site.messages.map((message) => ({ site: site.code, timeZone: site.timeZone, message }))
        : [],
    )
    .sort((a, b) => a.message.emulatedMs - b.message.emulatedMs);
}
