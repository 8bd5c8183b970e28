/**
 * Replication Manager.
 * `Replmgr.box/Outbound/{High,Normal,Low}/*.RPT`: what goes to one site at one priority becomes one minijob; a
 * package's compressed copy is a minijob of its own, after the one with its definition.
 * `Replmgr.box/Incoming/*.RPT`: what the Despooler left: for another site it goes back out, for this one it is applied,
 * if it is the sending site's to say (domain/authority.ts). What may be true and cannot be yet waits there.
 */
import { join } from "node:path";

import { standingOf } from "../../../domain/authority.ts";
import type { SiteCode } from "../../../domain/identifiers.ts";
import { type Priority, priorities } from "../../../domain/priority.ts";
import { packagesOf } from "../../../domain/replication.ts";
import { type Component, filesAtOnce, workThrough } from "../../component.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import { knownSites, neighbourByCode } from "../../database/sites.ts";
import type { ClaimedFile } from "../../inboxes/claimed-file.ts";
import { type ReceivedReplication, receivedReplication, replicationFile } from "../../inboxes/documents.ts";
import { Inbox, type Place } from "../../inboxes/inbox.ts";
import type { ReplicationOutbox } from "../../inboxes/replication-outbox.ts";
import { stages } from "../../inboxes/stages.ts";
import { renameDurably } from "../../inboxes/whole-file.ts";
import { makeMinijobs, type OutboundFile } from "./minijobs.ts";
import { keepNews, withoutOutdated } from "./received-news.ts";

type Deps = { place: Place; database: SiteDatabase; outbox: ReplicationOutbox; parent: SiteCode | null };

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
        let taken: OutboundFile[];
        do {
          taken = await this.#take(inbox);
          await makeMinijobs(this.#deps, taken);
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

  async #take(inbox: Inbox): Promise<OutboundFile[]> {
    const names = (await inbox.ready()).slice(0, largestBatch);
    const taken = await Promise.all(
      names.map(async (name): Promise<OutboundFile[]> => {
        const file = await inbox.claim(name);
        const replication = await file?.read(replicationFile);
        return file && replication ? [{ file, replication }] : [];
      }),
    );
    return taken.flat();
  }

  async #receive(replication: ReceivedReplication, file: ClaimedFile): Promise<void> {
    const { place, database, outbox, parent } = this.#deps;
    const packages = packagesOf(replication.object);
    if (replication.destination !== place.site) return this.#passOn(replication, file);
    const object = withoutOutdated(database, replication.object);
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
    database.transaction(() => keepNews(this.#deps, object));
    await outbox.flush(place);
    await file.done({ packages });
    if (object.kind === "sites" || object.kind === "sitesRemoved") this.#incoming.hurry(); // it may be what others wait for
  }

  /** Back out, towards the site that it is for. */
  async #passOn({ destination, priority, object }: ReceivedReplication, file: ClaimedFile): Promise<void> {
    const { folders, reporter } = this.#deps.place;
    const to = join(folders.replicationOutbound(priority), file.name + stages.replication.ready);
    await renameDurably(file.path, to, () =>
      reporter.event({
        action: "renamed",
        file: folders.shown(to),
        from: folders.shown(file.path),
        packages: packagesOf(object),
        peer: destination,
      }),
    );
  }
}
