/**
 * A site: the only place where its parts are put together. It starts its HTTP faces at once and its components as
 * soon as it has a clock; when it is disposed of, everything in hand is finished or put back.
 */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { senderComponent } from "../domain/address.ts";
import type { ClockTimeline } from "../domain/clock.ts";
import type { SiteCode } from "../domain/identifiers.ts";
import { noLinks, type SiteLinks } from "../domain/link.ts";
import { senderType } from "../domain/package.ts";
import { settingsOf } from "../domain/sender-settings.ts";
import { TimeZone } from "../domain/time-zone.ts";
import type { Component } from "./component.ts";
import { Despooler } from "./components/despooler/despooler.ts";
import {
  DistributionManager,
  standardDistribution,
} from "./components/distribution-manager/distribution-manager.ts";
import { InboxManager } from "./components/inbox-manager.ts";
import { ReplicationManager } from "./components/replication-manager/replication-manager.ts";
import { Scheduler } from "./components/scheduler/scheduler.ts";
import { SqlMonitor } from "./components/sql-monitor.ts";
import { StatusSummarizer } from "./components/status-summarizer.ts";
import { keepClock, keepLinks, keptClock, keptLinks } from "./database/settings.ts";
import { SiteDatabase } from "./database/site-database.ts";
import { rememberSite } from "./database/sites.ts";
import { DiskTrouble } from "./disk-trouble.ts";
import { Faults } from "./faults.ts";
import { recoverShare } from "./http/share-recovery.ts";
import { type SiteHealth, siteApp } from "./http/site-app.ts";
import { SiteServer } from "./http/site-server.ts";
import type { Place } from "./inboxes/inbox.ts";
import { ReplicationOutbox } from "./inboxes/replication-outbox.ts";
import { Journal } from "./journal.ts";
import { LogFile, type LogRecord } from "./log-file.ts";
import { Reporter } from "./reporter.ts";
import { keepPrivateFolder } from "./security/private-files.ts";
import { SiteKey } from "./security/site-key.ts";
import { Sender } from "./senders/sender.ts";
import { SiteConnections } from "./senders/site-connections.ts";
import { transferOver, withdrawalOver } from "./senders/transfer.ts";
import { Wan } from "./senders/wan.ts";
import type { SiteConfig } from "./site-config.ts";
import { SiteFolders } from "./site-folders.ts";
import { SiteLock } from "./site-lock.ts";
import { tellingNews } from "./site-news.ts";
import { StatusMessages } from "./status-messages.ts";
import { SystemClock } from "./system-clock.ts";

export interface StartedSite extends AsyncDisposable {
  readonly code: SiteCode;
  /** Where its HTTP faces are, like http://127.0.0.1:2003. */
  readonly url: string;
}

/** Starts a site. Rejects when its folder cannot be written, another process has it, or its port is in use. */
export async function startSite(
  config: SiteConfig,
  options: { /** Is given every log line as well. */ readonly tell?: (record: LogRecord) => void } = {},
): Promise<StartedSite> {
  await using owned = new AsyncDisposableStack();
  const server = owned.use(await SiteServer.listen(config));
  makeFolder(config.root);
  const folders = new SiteFolders(config.root, config.code);
  owned.use(new SiteLock(config.root));
  const database = owned.use(new SiteDatabase(folders.database));
  const kept = config.clock ?? keptClock(database);
  const clock = kept ? new SystemClock(kept) : SystemClock.untold();
  const disk = new DiskTrouble({ root: config.root, clock });
  const journal = owned.use(new Journal({ file: folders.journal, site: config.code, clock, disk }));
  const messages = new StatusMessages({ database, disk });
  const key = SiteKey.open(folders.privateKey);
  const { code, name, type, parent, distributionPoints } = config;
  rememberSite(database, { code, name, type, parent, distributionPoints });

  mkdirSync(folders.logs, { recursive: true });
  const logs = new Map<string, LogFile>(); // some components share one
  const place = (component: string, name: string): Place => {
    const log =
      logs.get(name) ??
      owned.use(
        new LogFile({ ...options, folder: folders.logs, name, timeZone: config.timeZone, clock, disk }),
      );
    logs.set(name, log);
    const reporter = new Reporter({ component, log, journal, messages, disk, clock });
    return { site: code, folders, clock, disk, reporter, flushed: () => database.flushed() };
  };
  const places = {
    site: place("SMS_SITE_COMPONENT_MANAGER", "sitecomp"),
    share: place("SMS_SITE_SHARE", "smssite"),
    provider: place("SMS_PROVIDER", "smsprov"),
    hierarchy: place("SMS_HIERARCHY_MANAGER", "hman"),
    scheduler: place("SMS_SCHEDULER", "sched"),
  };
  const zone = new TimeZone(config.timeZone);
  const outbox = new ReplicationOutbox(database);
  const connections = owned.use(new SiteConnections(config.tls?.authority));
  const [transfer, withdrawal] = [transferOver(connections), withdrawalOver(connections)];
  const wan = new Wan({ clock, site: config.code });
  wan.links = keptLinks(database) ?? noLinks;
  const deps = { database, outbox, parent, key };
  const senders = senderType.options.map(
    (type) =>
      new Sender({
        database,
        zone,
        type,
        transfer,
        withdrawal,
        wan,
        place: place(senderComponent[type], "sender"),
        settings: settingsOf(config.senders, type),
      }),
  );
  const components: readonly Component[] = [
    new SqlMonitor({ ...deps, place: place("SMS_SQL_MONITOR", "smsdbmon") }),
    new DistributionManager({
      ...deps,
      place: place("SMS_DISTRIBUTION_MANAGER", "distmgr"),
      servers: distributionPoints,
      settings: standardDistribution,
    }),
    new InboxManager({ ...config, place: place("SMS_INBOX_MANAGER", "inboxmgr") }),
    new ReplicationManager({ ...deps, place: place("SMS_REPLICATION_MANAGER", "replmgr") }),
    new Scheduler({ ...deps, zone, place: places.scheduler }),
    ...senders,
    new Despooler({ ...deps, place: place("SMS_DESPOOLER", "despool") }),
    new StatusSummarizer({ ...deps, place: place("SMS_COMPONENT_STATUS_SUMMARIZER", "compsumm") }),
  ];

  const stop = new AbortController();
  let health: SiteHealth = "starting";
  let running: Promise<void> = Promise.resolve();
  const { reporter } = places.site;
  for (const component of components) await component.recover();
  await recoverShare({ place: places.share, database });

  disk.onOver(() => journal.flush(), stop.signal);
  const watchingDisk = disk.run({ reporter, database }, stop.signal);

  const tellNews = tellingNews(
    {
      site: { folder: config.root, site: code, timeZone: config.timeZone },
      senders: config.senders,
      clock,
      database,
      wan,
    },
    stop.signal,
  );
  const begin = (timeline: ClockTimeline) => {
    clock.timeline = timeline;
    keepClock(database, timeline);
    tellNews();
    if (health === "healthy") return;
    health = "healthy";
    reporter.event({ action: "started" });
    running = Promise.all([runAll(components, reporter, stop.signal), wan.run(stop.signal)]).then(() => {});
  };
  const app = siteApp({
    config,
    place: places.hierarchy,
    places,
    database,
    journal,
    key,
    outbox,
    zone,
    senders,
    clock: () => (health === "healthy" ? clock.timeline : null),
    setClock: begin,
    faults: new Faults(database),
    dropLines: () => senders.flatMap((sender) => sender.dropLine() ?? []),
    wan,
    setLinks: (links: SiteLinks) => {
      keepLinks(database, links);
      wan.links = links;
    },
    health: () => health,
    signal: stop.signal,
  });
  server.serve(app);
  owned.defer(async () => {
    health = "stopping";
    reporter.info(`site ${code} stops`);
    stop.abort();
    await Promise.all([running, watchingDisk]);
    await server[Symbol.asyncDispose](); // before the journal and the database close under a request
    reporter.event({ action: "stopped" });
  });
  if (kept) begin(kept);
  else health = "waiting for a clock";
  reporter.info(`site ${code} (${name}) is at ${server.url}, its folder is ${config.root}`);
  const started = owned.move();
  return { code, url: server.url, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

/** Runs all components. One that cannot go on is reported; the others go on. */
async function runAll(
  components: readonly Component[],
  reporter: Reporter,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    components.map(async (component) => {
      reporter.status(500, component.name);
      try {
        await component.run(signal);
        reporter.status(502, component.name);
      } catch (error) {
        reporter.error(
          `component ${component.name} has stopped and does its work again after a restart`,
          error,
        );
      }
    }),
  );
}

function makeFolder(root: string): void {
  try {
    makeMissing(root);
    keepPrivateFolder(root);
  } catch (cause) {
    throw new Error(`cannot make the site's folder ${root}`, { cause });
  }
}

/** One folder at a time: Node's own recursive mkdir never ends below a folder that takes none, like /proc. */
function makeMissing(folder: string): void {
  if (existsSync(folder)) return;
  makeMissing(dirname(folder));
  mkdirSync(folder);
}
