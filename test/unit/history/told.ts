/** Histories to judge: events as the journals of sites have them, numbered for each site in the order given. */
import { type JournalEvent, journalEvent } from "../../../domain/journal.ts";
import { HistoryCheck } from "../../../orchestrator/history/history-check.ts";

export type Told = Readonly<Record<string, unknown>>;

/** Of site CEN where they do not say. */
export function history(...told: readonly Told[]): JournalEvent[] {
  const counts = new Map<unknown, number>();
  return told.map((event, index) => {
    const { site = "CEN" } = event;
    const sequence = (counts.get(site) ?? 0) + 1;
    counts.set(site, sequence);
    const at = { sequence, emulatedMs: Date.UTC(2003, 10, 7) + index * 60_000, realMs: index };
    return journalEvent.parse({ site, component: "SMS_LAN_SENDER", ...at, ...event });
  });
}

/** The rules that are broken, with the site and what is said. */
export function brokenBy(told: readonly Told[], isAtRest = false): string[] {
  const findings = HistoryCheck.of(history(...told)).findings(isAtRest);
  return findings.map(({ rule, site, request, words }) => `${rule}: ${site} ${request ?? ""}: ${words}`);
}

export const digest = (text: string) => text.repeat(64).slice(0, 64);

const outbox = "SMS/Inboxes/Schedule.box/Outboxes/LAN";
const share = "SMS/Inboxes/Despoolr.box/Receive";

/** What site CEN tells of a request for `to`, step by step; `seen` is the last event before it was taken. */
export function requestSteps(request: string, to: string, seen?: number) {
  const about = { request, peer: to, packages: ["CEN00001"], job: "00000001" };
  const [ready, claimed] = [`${outbox}/${request}.SRQ`, `${outbox}/${request}.SRS`];
  return {
    signed: {
      action: "created",
      file: "SMS/Inboxes/Schedule.box/Tosend/00000001.I00",
      digest: digest("a"),
      ...about,
    },
    made: { action: "created", file: ready, ...about },
    taken: { action: "claimed", file: claimed, from: ready, ...(seen !== undefined && { seen }) },
    sending: { action: "sending", offset: 0, bytes: 10, ...about },
    failed: { action: "failed", text: "no answer", ...about },
    putBack: { action: "released", file: ready, from: claimed, text: "no answer", ...about },
    completed: { action: "completed", bytes: 10, file: claimed, ...about },
    withdrawn: { action: "withdrawn", text: "superseded by version 2", ...about },
    cleared: { action: "deleted", file: claimed, text: "OK", ...about },
  } satisfies Record<string, Told>;
}

/** What the receiver tells of it. */
export function receiptSteps(request: string, at: string) {
  const about = { site: at, request, peer: "CEN" };
  return {
    committed: {
      action: "renamed",
      file: `${share}/${request}.SNI`,
      from: `${share}/${request}.TMP`,
      ...about,
    },
    accepted: { action: "accepted", file: `${share}/${request}.IST`, digest: digest("a"), ...about },
    stored: {
      action: "stored",
      file: "SMSPKG/CEN00001.PKG",
      packages: ["CEN00001"],
      sourceVersion: 1,
      ...about,
    },
    dropped: { action: "deleted", file: "SMSPKG/CEN00001.PKG", packages: ["CEN00001"], site: at },
  } satisfies Record<string, Told>;
}

/** A version on a distribution point. */
export function installed(site: string, server: string, sourceVersion = 1, more: Told = {}): Told {
  const files = digest(String(sourceVersion));
  return {
    site,
    action: "installed",
    packages: ["CEN00001"],
    server,
    sourceVersion,
    redistribution: 0,
    digest: files,
    ...more,
  };
}

/** A package from its site to the distribution point of the next, as it should go. */
export function delivery(): Told[] {
  const { signed, made, taken, sending, completed, cleared } = requestSteps("2___1CEN", "CHI", 4);
  const { committed, accepted, stored } = receiptSteps("2___1CEN", "CHI");
  return [
    { action: "started" },
    { site: "CHI", action: "started" },
    installed("CEN", "HQDP"),
    ...[signed, made, taken, sending],
    committed,
    ...[completed, cleared],
    ...[accepted, stored],
    installed("CHI", "CHIDP"),
    { action: "stopped" },
  ];
}
