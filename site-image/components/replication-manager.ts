/**
 * Replication Manager.
 * `Replmgr.box/Outbound/{High,Normal,Low}/*.RPT`: what goes to one site at one priority becomes one minijob; a
 * package's compressed copy is a minijob of its own, after the one with its definition.
 * `Replmgr.box/Incoming/*.RPT`: what the Despooler left: for another site it goes back out, for this one it is applied,
 * if it is the sending site's to say (domain/authority.ts). What may be true and cannot be yet waits there.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";

import { standingOf } from "../../domain/authority.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import type { Subject } from "../../domain/journal.ts";
import { type Priority, priorities } from "../../domain/priority.ts";
import { packagesOf, type ReplicationObject } from "../../domain/replication.ts";
import { type Component, filesAtOnce, workThrough } from "../component.ts";
import { jobFor } from "../database/counters.ts";
import { addOutboundReplication } from "../database/outbound-replication.ts";
import { rememberPackageStatus } from "../database/package-status.ts";
import { forgetSentContent, rememberHeldContent } from "../database/packages.ts";
import { isOutdated, isRemoved, isThereSince, removeSites } from "../database/removed-sites.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import { knownSites, neighbourByCode, rememberSite } from "../database/sites.ts";
import { rememberStatusTally } from "../database/status-messages.ts";
import type { ClaimedFile } from "../inboxes/claimed-file.ts";
import {
  type Minijob,
  type ReceivedReplication,
  type ReplicationFile,
  receivedReplication,
  replicationFile,
  type Work,
} from "../inboxes/documents.ts";
import { Inbox, type Place, putDocuments } from "../inboxes/inbox.ts";
import type { ReplicationOutbox } from "../inboxes/replication-outbox.ts";
import { stages } from "../inboxes/stages.ts";
import { renameDurably } from "../inboxes/whole-file.ts";

type Deps = { place: Place; database: SiteDatabase; outbox: ReplicationOutbox; parent: SiteCode | null };
type Taken = { readonly file: ClaimedFile; readonly replication: ReplicationFile };

/** At most so many replication files in one minijob, so that one instruction stays small. */
const largestBatch = 500;

/** Emulated milliseconds until news that cannot be true yet is looked at again, unless other news comes. */
const lookAgainMs = 5 * 60_000;
/** Emulated milliseconds after which it is refused. */
const waitAtMostMs = 7 * 24 * 60 * 60_000;

export class ReplicationManager implements Component {
  readonly name = "SMS_REPLICATION_MANAGER";
  readonly log = "replmgr";
  readonly #deps: Deps;
  readonly #outbound: readonly Inbox[];
  readonly #incoming: Inbox;

  constructor(deps: Deps) {
    this.#deps = deps;
    const { place } = deps;
    this.#outbound = priorities.map((priority) => this.#inboxOf(priority));
    this.#incoming = new Inbox(place.folders.replicationIncoming, stages.replication, place);
  }

  async recover(): Promise<void> {
    for (const inbox of [...this.#outbound, this.#incoming]) await inbox.recover();
    await this.#deps.outbox.flush(this.#deps.place);
  }

  async run(signal: AbortSignal): Promise<void> {
    const incoming = workThrough(
      {
        place: this.#deps.place,
        inbox: this.#incoming,
        schema: receivedReplication,
        concurrency: filesAtOnce,
        handle: (replication, file) => this.#receive(replication, file),
      },
      signal,
    );
    this.#deps.place.disk.onOver(() => void this.#flushOutbox(), signal);
    await Promise.all([incoming, ...this.#outbound.map((inbox) => this.#sendFrom(inbox, signal))]);
  }

  /** Whoever added rows while the disk failed may have nothing more to do. */
  async #flushOutbox(): Promise<void> {
    const { place, outbox } = this.#deps;
    try {
      await outbox.flush(place);
    } catch (error) {
      place.reporter.error("cannot write replication files; tried again with the next", error);
    }
  }

  #inboxOf(priority: Priority): Inbox {
    const { place } = this.#deps;
    return new Inbox(place.folders.replicationOutbound(priority), stages.replication, place);
  }

  async #sendFrom(inbox: Inbox, signal: AbortSignal): Promise<void> {
    let hasFailed = false;
    for await (const changed of inbox.changes(signal)) {
      if (hasFailed && changed !== "all") continue; // what moved is what was put back
      try {
        if (hasFailed) await inbox.putBackClaimed();
        hasFailed = false;
        let taken: Taken[];
        do {
          taken = await this.#take(inbox);
          await this.#makeJobs(taken);
          await Promise.all(
            taken.map(({ file, replication }) => file.done({ packages: packagesOf(replication.object) })),
          );
        } while (taken.length === largestBatch);
      } catch (error) {
        hasFailed = true;
        const { reporter, clock } = this.#deps.place;
        reporter.error("cannot make minijobs; tried again later", error);
        void clock.sleep(inbox.retryMs(), signal).then(() => inbox.look());
      }
    }
  }

  async #take(inbox: Inbox): Promise<Taken[]> {
    const names = (await inbox.ready()).slice(0, largestBatch);
    const taken = await Promise.all(
      names.map(async (name): Promise<Taken[]> => {
        const file = await inbox.claim(name);
        const replication = await file?.read(replicationFile);
        return file && replication ? [{ file, replication }] : [];
      }),
    );
    return taken.flat();
  }

  /** One minijob a destination and preferred sender, then one for each compressed copy. */
  async #makeJobs(taken: readonly Taken[]): Promise<void> {
    const batches = Map.groupBy(
      taken.filter(({ replication }) => replication.object.kind !== "content"),
      ({ replication: { destination, preferredSender } }) => `${destination} ${preferredSender}`,
    );
    const wanted: { origin: string; replication: ReplicationFile; work: Work }[] = [];
    for (const batch of batches.values()) {
      const first = batch[0];
      if (!first) continue;
      // The same files again after a crash are the same job; one file more and it is another.
      const origin = `batch ${sha256(batch.map(({ file }) => file.name).join())}`;
      const objects = batch.map(({ replication }) => replication.object);
      wanted.push({ origin, replication: first.replication, work: { kind: "replication", objects } });
    }
    for (const { file, replication } of taken) {
      const { object } = replication;
      if (object.kind !== "content") continue;
      const work = { ...object, kind: "package" } as const;
      wanted.push({ origin: `content ${file.name}`, replication, work });
    }
    const { place, database } = this.#deps;
    const jobs = database.transaction(() =>
      wanted.map(({ origin, replication, work }): Minijob => {
        const { destination, priority, preferredSender } = replication;
        return { version: 1, job: jobFor(database, origin), destination, priority, preferredSender, work };
      }),
    );
    await putDocuments(
      place,
      jobs.map((job) => ({
        path: join(place.folders.scheduler, job.job + stages.minijob.ready),
        document: job,
        subject: subjectOfJob(job),
      })),
    );
    for (const { job, destination, priority, work } of jobs)
      place.reporter.info(
        `Created minijob ${job} for site ${destination}, ${priority} priority: ${wordsOf(work)}`,
      );
  }

  async #receive(replication: ReceivedReplication, file: ClaimedFile): Promise<void> {
    const { place, database, outbox, parent } = this.#deps;
    const packages = packagesOf(replication.object);
    if (replication.destination !== place.site) {
      const to = join(
        place.folders.replicationOutbound(replication.priority),
        file.name + stages.replication.ready,
      );
      const { folders, reporter } = place;
      await renameDurably(file.path, to, () =>
        reporter.event({
          action: "renamed",
          file: folders.shown(to),
          from: folders.shown(file.path),
          packages,
          peer: replication.destination,
        }),
      );
      return;
    }
    const object = this.#withoutOutdated(replication.object);
    if (object.kind === "package" || object.kind === "content") {
      return file.quarantine(`a package's ${object.kind} does not come in here`, { packages });
    }
    const { from, receivedMs } = replication;
    const subject = { packages, peer: from };
    const speaker = neighbourByCode(database, from);
    if (!speaker) return file.done(subject); // it was removed meanwhile, and what it told with it
    const nowMs = place.clock.now();
    const standing = standingOf(object, speaker, {
      ...{ here: place.site, parent, nowMs },
      sites: knownSites(database),
    });
    if (standing.may !== "take") {
      const text = `what site ${from} tells is not taken: ${standing.why}`;
      if (standing.may === "wait" && nowMs - receivedMs < waitAtMostMs) {
        place.reporter.info(text);
        return file.release(lookAgainMs, { ...subject, text });
      }
      place.reporter.status(30001, text);
      return file.quarantine(standing.why, subject);
    }
    database.transaction(() => this.#apply(object));
    await outbox.flush(place);
    await file.done({ packages });
    if (object.kind === "sites" || object.kind === "sitesRemoved") this.#incoming.hurry(); // it may be what others wait for
  }

  /** News of sites without those of which later news has come on another way. */
  #withoutOutdated(object: ReplicationObject): ReplicationObject {
    const { database } = this.#deps;
    switch (object.kind) {
      case "packageStatus":
        return { ...object, rows: object.rows.filter(({ site }) => !isRemoved(database, site)) };
      case "sites":
        return {
          ...object,
          sites: object.sites.filter(({ code }) => !isOutdated(database, code, object.atMs)),
        };
      case "sitesRemoved":
        return { ...object, sites: object.sites.filter((code) => !isOutdated(database, code, object.atMs)) };
      default:
        return object;
    }
  }

  /** Keeps what is news, and tells the parent what it should know too, in one transaction. */
  #apply(object: Exclude<ReplicationObject, { kind: "package" | "content" }>): void {
    const { database, parent, place } = this.#deps;
    const tellParent = (priority: Priority, news: ReplicationObject) => {
      if (!parent) return;
      addOutboundReplication(database, { destination: parent, priority, preferredSender: "*", object: news });
    };
    switch (object.kind) {
      case "packageStatus": {
        const rows = object.rows.filter(
          (row) => !isRemoved(database, row.site) && rememberPackageStatus(database, row),
        );
        if (rows.length > 0) tellParent("low", { kind: "packageStatus", rows });
        for (const row of rows) {
          const { site, server, state, sourceVersion } = row;
          place.reporter.event({
            action: "recorded",
            packages: [row.packageId],
            sourceVersion,
            peer: site,
            ...(server && { server }),
            text: `site ${site}${server && `, ${server}`}: ${state}`,
          });
        }
        return;
      }
      case "statusTally": {
        // The summarizer tells the parent in its own time.
        for (const row of object.rows)
          if (row.site !== place.site && !isRemoved(database, row.site)) rememberStatusTally(database, row);
        return;
      }
      case "sites": {
        const { atMs } = object;
        const sites = object.sites.filter(
          (site) => isThereSince(database, site.code, atMs) && rememberSite(database, site),
        );
        if (sites.length > 0) tellParent("high", { kind: "sites", sites, atMs });
        for (const site of sites) {
          place.reporter.event({
            action: "recorded",
            peer: site.code,
            text: `site ${site.code} is below ${site.parent}`,
          });
        }
        return;
      }
      case "sitesRemoved": {
        const { atMs } = object;
        const sites = removeSites(database, place.site, object.sites, atMs);
        if (sites.length > 0) tellParent("high", { kind: "sitesRemoved", sites, atMs });
        for (const code of sites)
          place.reporter.event({ action: "recorded", peer: code, text: `site ${code} was removed` });
        return;
      }
      case "contentRequest": {
        const { packageId, site, sourceVersion, holds = 0 } = object;
        rememberHeldContent(database, packageId, site, holds);
        if (!forgetSentContent(database, packageId, site, sourceVersion)) return;
        place.reporter.info(`Site ${site} holds no content of package ${packageId} version ${sourceVersion}`);
        return;
      }
    }
  }
}

function subjectOfJob({ job, destination: peer, work }: Minijob): Subject {
  if (work.kind === "package")
    return { packages: [work.packageId], job, peer, sourceVersion: work.content.sourceVersion };
  return { packages: [...new Set(work.objects.flatMap((object) => packagesOf(object)))], job, peer };
}

function wordsOf(work: Work): string {
  if (work.kind !== "package") return `${work.objects.length} replication objects`;
  const { delta, packageId, content } = work;
  const what = delta ? `delta from version ${delta.base.sourceVersion}` : "compressed copy";
  return `${what} of package ${packageId} version ${content.sourceVersion}`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
