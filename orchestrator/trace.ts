/**
 * The story of one package, from the events of all sites: which events are about it, who has what, and what is
 * waited for now. Pure. A claim does not know yet what is in the file, so a file's events are followed by its name.
 */
import {
  type PackageId,
  type RequestId,
  type ServerName,
  type SiteCode,
  siteOfPackage,
} from "../domain/identifiers.ts";
import type { JournalEvent } from "../domain/journal.ts";
import { isInstalled } from "./progress/board.ts";

export type Step = {
  readonly event: JournalEvent;
  /** The part of the way it belongs to: a site's own work like `CEN`, or a hop like `CEN -> CHI`. */
  readonly stage: string;
  /** True for the files in which news of the package travels back up: status, not content. */
  readonly isNews: boolean;
};

/** A copy: on a distribution point, or the site's own compressed copy where `server` is undefined. */
export type Copy = {
  readonly site: SiteCode;
  readonly server: ServerName | undefined;
  readonly sourceVersion: number | undefined;
  readonly since: JournalEvent;
};

/** A file that some component still has to finish with. */
export type OpenFile = {
  readonly file: string;
  readonly last: JournalEvent;
  /** As of its last step. */
  readonly stage: string;
  readonly isNews: boolean;
};

/** What is not finished: a file in an inbox, or something a component said it waits for. */
export type Wait = {
  readonly last: JournalEvent;
  readonly file: string | undefined;
  readonly reason: string | undefined;
  readonly isNews: boolean;
};

export type Story = {
  readonly id: PackageId;
  readonly steps: readonly Step[];
  readonly copies: readonly Copy[];
  readonly waits: readonly Wait[];
};

/** `events` in any order; those of one site are told apart by their sequence, sites by real time. */
export function storyOf(events: readonly JournalEvent[], id: PackageId): Story {
  const ordered = inOrder(events.filter(({ sequence }) => sequence > 0));
  const requests = new Set(
    ordered.flatMap((event) => (isAbout(event, id) && event.request ? [event.request] : [])),
  );
  const upstream = upstreamOf(ordered, requests, id);
  const peerOfJob = new Map(
    ordered.flatMap(({ site, job, peer }) => (job && peer ? [[`${site} ${job}`, peer]] : [])),
  );
  const files = new Map<string, OpenFile>();
  const copies = new Map<string, Copy>();
  const said = new Map<string, JournalEvent>();
  const steps: Step[] = [];
  for (const event of ordered) {
    const source = files.get(`${event.site} ${event.from ?? event.file}`);
    const isOurs =
      event.packages === undefined
        ? (event.request !== undefined && requests.has(event.request)) || source !== undefined
        : isAbout(event, id);
    if (!isOurs) {
      forget(files, event); // the name is used for something else now
      continue;
    }
    const peer = event.peer ?? peerOfJob.get(`${event.site} ${event.job}`);
    const isNews = goesUp(event, peer, upstream, source);
    const stage = stageOf(event, peer, source);
    steps.push({ event, stage, isNews });
    followFile(files, event, stage, isNews);
    followCopy(copies, event);
    followSaid(said, event);
  }
  return { id, steps, copies: [...copies.values()], waits: waitsOf([...files.values()], said) };
}

/** The way to another site begins with the replication file and ends when the Despooler has done with what came. */
function stageOf(
  { site, request, file = "" }: JournalEvent,
  peer: SiteCode | undefined,
  source: OpenFile | undefined,
): string {
  if (/^SMS\/Inboxes\/(Distmgr|Pkginfo)\.box\//.test(file)) return site;
  if (request && peer) {
    const sender = senderOf(request);
    return `${sender} -> ${sender === site ? peer : site}`;
  }
  if (!/^SMS\/Inboxes\/(Replmgr|Schedule|Despoolr)\.box\//.test(file)) return site;
  return source?.stage ?? (peer ? `${site} -> ${peer}` : site);
}

/** A request's name ends with the code of the site that sends it. */
function senderOf(request: RequestId): SiteCode {
  return request.slice(-3) as SiteCode;
}

/** By real time, but never against a site's own count: a machine's clock may be set back. */
function inOrder(events: readonly JournalEvent[]): JournalEvent[] {
  const bySite = Map.groupBy(events, (event) => event.site);
  const placed = [...bySite.values()].flatMap((own) => {
    let latest = 0;
    return own
      .sort((a, b) => a.sequence - b.sequence)
      .map((event) => {
        latest = Math.max(latest, event.realMs);
        return { event, realMs: latest };
      });
  });
  return placed.sort((a, b) => a.realMs - b.realMs).map(({ event }) => event);
}

function isAbout(event: JournalEvent, id: PackageId): boolean {
  return event.packages?.includes(id) ?? false;
}

/** From where each site first got something of the package: what it sends there itself is news, not content. */
function upstreamOf(
  ordered: readonly JournalEvent[],
  requests: ReadonlySet<RequestId>,
  id: PackageId,
): Map<SiteCode, SiteCode> {
  const upstream = new Map<SiteCode, SiteCode>();
  const origin = siteOfPackage(id);
  for (const { site, peer, request, action } of ordered) {
    if (action !== "sending" || !request || !peer || !requests.has(request)) continue;
    const isReached = site === origin || upstream.has(site);
    if (isReached && peer !== origin && !upstream.has(peer)) upstream.set(peer, site);
  }
  return upstream;
}

/** A request says which way it goes; another file goes where the one it was made from went. */
function goesUp(
  { site, request, action, server }: JournalEvent,
  peer: SiteCode | undefined,
  upstream: ReadonlyMap<SiteCode, SiteCode>,
  source: OpenFile | undefined,
): boolean {
  if (action === "recorded" || server !== undefined) return false;
  if (request) {
    const sender = senderOf(request);
    return upstream.get(sender) === (sender === site ? peer : site);
  }
  return source?.isNews ?? (peer !== undefined && upstream.get(site) === peer);
}

function followFile(files: Map<string, OpenFile>, event: JournalEvent, stage: string, isNews: boolean): void {
  const { site, action, file, from } = event;
  if (file === undefined) return;
  if (action === "deleted" || action === "quarantined") {
    forget(files, event);
    return;
  }
  if (from !== undefined && action !== "copied") files.delete(`${site} ${from}`);
  files.set(`${site} ${file}`, { file, last: event, stage, isNews });
}

function forget(files: Map<string, OpenFile>, { site, file, from }: JournalEvent): void {
  files.delete(`${site} ${file}`);
  if (from !== undefined) files.delete(`${site} ${from}`);
}

function followCopy(copies: Map<string, Copy>, event: JournalEvent): void {
  const { site, server, action, sourceVersion } = event;
  const key = `${site} ${server ?? ""}`;
  if (action === "uninstalled") copies.delete(key);
  const isCopy =
    isInstalled(event) || ((action === "compressed" || action === "stored") && server === undefined);
  if (isCopy && copies.get(key)?.sourceVersion !== sourceVersion) {
    copies.set(key, { site, server, sourceVersion, since: event });
  }
}

/**
 * What a component waits for or failed at, until it takes the next file, ends a request or the content is there; of a
 * request, until that goes on, whoever takes it: another sender may, when the address of this one rests.
 */
function followSaid(said: Map<string, JournalEvent>, event: JournalEvent): void {
  const { site, component, action, request, text } = event;
  for (const [key, before] of said) {
    const isOfIt = request !== undefined && before.site === site && before.request === request;
    // Put back, its file says the same again; and the Scheduler says that it waits, too, but not at what it failed.
    if (isOfIt && before.text !== text && action !== "waiting") said.delete(key);
  }
  if (action === "waiting" || action === "failed") said.set(`${site} ${component}`, event);
  else if (action === "claimed" || action === "completed" || action === "withdrawn")
    said.delete(`${site} ${component}`);
  else if (action === "stored" || action === "installed") {
    for (const [key, { site: at }] of said) if (at === site) said.delete(key);
  }
}

/** Files in an inbox wait for a component; those elsewhere are where they belong. A request stands for its parts. */
function waitsOf(files: readonly OpenFile[], said: ReadonlyMap<string, JournalEvent>): Wait[] {
  const work = files.filter(({ file }) =>
    /^SMS\/Inboxes\/(Distmgr|Replmgr|Schedule|Despoolr)\.box\//.test(file),
  );
  const requested = new Set(
    work.filter(({ file }) => /\.SR[QS]$/.test(file)).map(({ last }) => `${last.site} ${last.job}`),
  );
  const waits = work
    .filter(({ file, last }) => !file.includes("/Tosend/") || !requested.has(`${last.site} ${last.job}`))
    .map(({ file, last, isNews }) => {
      const words = last.text ?? said.get(`${last.site} ${last.component}`)?.text;
      return { file, last, isNews, reason: last.action === "created" ? undefined : words };
    });
  const reasons = new Set(waits.map(({ last, reason }) => `${last.site} ${reason}`));
  const others = [...said.values()].filter(({ site, text }) => !reasons.has(`${site} ${text}`));
  return [...waits, ...others.map((last) => ({ last, file: undefined, reason: last.text, isNews: false }))];
}
