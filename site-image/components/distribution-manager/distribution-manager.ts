/**
 * Distribution Manager: for each package that a wake-up file (`Distmgr.box/<PackageID>.PKN`) names, it compares what
 * the site database says should be with what is, and does what is missing: compresses, copies to the distribution
 * points of this site, writes the files for clients, and writes a replication file for each child site concerned.
 * `Distmgr.box/Incoming/<PackageID>.PKG` brings the definitions that the parent site sent.
 * It can be killed anywhere and woken again: what is done is found done.
 */

import { type ChildShare, distributionPlan } from "../../../domain/distribution-plan.ts";
import { type SiteCode, siteOfPackage } from "../../../domain/identifiers.ts";
import type { PackageDefinition } from "../../../domain/package.ts";
import type { ReplicationObject } from "../../../domain/replication.ts";
import { type Component, filesAtOnce, workThrough } from "../../component.ts";
import {
  ArchiveDamagedError,
  ContentError,
  SourceChangedError,
  SourceMissingError,
} from "../../content/content-error.ts";
import { addOutboundReplication } from "../../database/outbound-replication.ts";
import { packageById, rememberPackage, rememberReplicated, replicatedTo } from "../../database/packages.ts";
import { isRemoved } from "../../database/removed-sites.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import { knownSites } from "../../database/sites.ts";
import type { ClaimedFile } from "../../inboxes/claimed-file.ts";
import { incomingDefinition, packageNotification } from "../../inboxes/documents.ts";
import { Inbox, type Place } from "../../inboxes/inbox.ts";
import type { ReplicationOutbox } from "../../inboxes/replication-outbox.ts";
import { stages } from "../../inboxes/stages.ts";
import { errorText } from "../../reporter.ts";
import { removeClientFiles, writeClientFiles } from "./client-files.ts";
import { CompressedCopies } from "./compressed-copy.ts";
import { DistributionPoints } from "./distribution-points.ts";
import { PackageContent } from "./package-content.ts";

export type DistributionSettings = {
  /** Packages processed at a time. 1 to 7, default 3 (domain.md section 3). */
  readonly threads: number;
  /** Emulated milliseconds until a package that failed is tried again. Default 30 minutes. */
  readonly retryDelayMs: number;
  /** Tries before a package is left failed. Default 100. */
  readonly tries: number;
};

export const standardDistribution: DistributionSettings = {
  threads: 3,
  retryDelayMs: 30 * 60_000,
  tries: 100,
};

type Deps = {
  place: Place;
  database: SiteDatabase;
  outbox: ReplicationOutbox;
  parent: SiteCode | null;
  servers: ConstructorParameters<typeof DistributionPoints>[0]["servers"];
  settings: DistributionSettings;
};

export class DistributionManager implements Component {
  readonly name = "SMS_DISTRIBUTION_MANAGER";
  readonly log = "distmgr";
  readonly #deps: Deps;
  readonly #notifications: Inbox;
  readonly #incoming: Inbox;
  readonly #copies: CompressedCopies;
  readonly #points: DistributionPoints;
  readonly #content: PackageContent;
  /** Failed tries of each package since it last went well or this process started. */
  readonly #failures = new Map<string, number>();

  constructor(deps: Deps) {
    this.#deps = deps;
    const { place } = deps;
    this.#notifications = new Inbox(place.folders.distributionManager, stages.packageNotification, place);
    this.#incoming = new Inbox(place.folders.distributionManagerIncoming, stages.incomingDefinition, place);
    this.#copies = new CompressedCopies(deps);
    this.#points = new DistributionPoints(deps);
    this.#content = new PackageContent({ ...deps, copies: this.#copies, points: this.#points });
  }

  async recover(): Promise<void> {
    await this.#notifications.recover();
    await this.#incoming.recover();
    await this.#copies.recover();
    await this.#points.recover();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { place, settings } = this.#deps;
    await Promise.all([
      workThrough(
        {
          place,
          inbox: this.#incoming,
          schema: incomingDefinition,
          concurrency: filesAtOnce,
          handle: ({ definition }, file) => this.#takeDefinition(definition, file),
        },
        signal,
      ),
      workThrough(
        {
          place,
          inbox: this.#notifications,
          schema: packageNotification,
          concurrency: settings.threads,
          handle: ({ packageId }, file, stop) => this.#wake(packageId, file, stop),
        },
        signal,
      ),
    ]);
  }

  /** Keeps a definition from the parent, unless it is older than what is held; the trigger then wakes this component. */
  async #takeDefinition(definition: PackageDefinition, file: ClaimedFile): Promise<void> {
    const { place, database } = this.#deps;
    const { id, sourceVersion } = definition;
    place.reporter.info(`~Processing incoming file ${file.name}${stages.incomingDefinition.ready}`);
    if (siteOfPackage(id) === place.site)
      return file.quarantine("this site made the package itself", { packages: [id] });
    const isNews = rememberPackage(database, definition);
    if (isNews) {
      place.reporter.status(2311, `${definition.name} (${id}), source version ${sourceVersion}`, id);
      place.reporter.event({ action: "recorded", packages: [id], sourceVersion, text: "definition kept" });
    }
    await file.done({ packages: [id] });
  }

  async #wake(id: PackageDefinition["id"], file: ClaimedFile, signal: AbortSignal): Promise<void> {
    const { place, database, settings } = this.#deps;
    const definition = packageById(database, id);
    const subject = { packages: [id] };
    if (!definition) return file.done(subject);
    try {
      await this.#process(definition, signal);
    } catch (error) {
      if (signal.aborted) return file.release(0, subject);
      // A disk that fails is no fault of the package, and for how long it does uses up none of its tries.
      const isDisk = place.reporter.diskFailed(error);
      const failures = (this.#failures.get(id) ?? 0) + (isDisk ? 0 : 1);
      this.#failures.set(id, failures);
      const again = isRetryable(error) && failures < settings.tries;
      this.#reportFailure(definition, error);
      const { servers } = distributionPlan(definition, place.site, knownSites(database), []);
      await this.#points.setAllMissing(definition, servers, again ? "retry" : "failed", errorText(error));
      if (!again) return file.done(subject);
      const when = isDisk
        ? "again when the disk works"
        : `retry ${failures} of ${settings.tries} in ${settings.retryDelayMs / 60_000} minutes`;
      const text = `${when}: ${errorText(error)}`;
      place.reporter.event({ action: "waiting", ...subject, sourceVersion: definition.sourceVersion, text });
      const delayMs = isDisk ? this.#notifications.retryMs() : settings.retryDelayMs;
      return file.release(delayMs, { ...subject, text });
    }
    this.#failures.delete(id);
    await file.done(subject);
  }

  #reportFailure(definition: PackageDefinition, error: unknown): void {
    const { reporter } = this.#deps.place;
    const { id, name } = definition;
    const why = errorText(error);
    if (error instanceof SourceMissingError) reporter.status(2306, why, id);
    else if (error instanceof SourceChangedError) reporter.status(30002, why, id);
    else if (error instanceof ContentError && !error.retryable) reporter.status(30003, why, id);
    reporter.status(2302, `${name} (package ID = ${id}): ${why}`, id);
  }

  async #process(definition: PackageDefinition, signal: AbortSignal): Promise<void> {
    const { place, database } = this.#deps;
    const { id, name } = definition;
    place.reporter.status(2300, `"${name}" (package ID = ${id})`, id);
    const plan = distributionPlan(definition, place.site, knownSites(database), replicatedTo(database, id));
    // Who takes content away comes first, so that what is not wanted never waits for what cannot be had.
    await this.#points.uninstallBut(definition, plan.servers);
    if (definition.deleted) await removeClientFiles(place, definition);
    // Children are told at once; those that need content get it when it is here.
    const isHere = await this.#content.prepare(definition, plan, signal);
    await this.#tellChildren(definition, plan.children);
    const failures: unknown[] = [];
    if (isHere) {
      for (const server of plan.servers) {
        await this.#points
          .install(definition, server, (staging, before) =>
            this.#content.fill(definition, staging, before, signal),
          )
          .catch((error: unknown) => {
            failures.push(error); // one that fails must not keep it from the others
            if (!signal.aborted) place.reporter.status(2328, `${id}, ${server}: ${errorText(error)}`, id);
          });
      }
    }
    if (!definition.deleted) {
      const holders = plan.servers.filter((server) => this.#points.holds(definition, server));
      await writeClientFiles(place, definition, holders);
    }
    if (failures[0]) throw failures[0];
    if (isHere) place.reporter.status(2301, `"${name}" (package ID = ${id})`, id);
  }

  /** Replication files for each child that lacks something, with the row that says it was told, in one transaction. */
  async #tellChildren(definition: PackageDefinition, children: readonly ChildShare[]): Promise<void> {
    const { place, database, outbox } = this.#deps;
    const held = this.#copies.held(definition);
    for (const { child, definition: share, needsDefinition, needsContent } of children) {
      const content = needsContent && held ? held : null;
      if (!needsDefinition && !content) continue; // the content is still to come
      if (isRemoved(database, child)) continue; // meanwhile
      const { id, priority, preferredSender, definitionVersion } = share;
      const before = replicatedTo(database, id).find(({ site }) => site === child);
      const delta = content && before && this.#copies.delta(share, before.heldVersion);
      database.transaction(() => {
        rememberReplicated(database, id, {
          site: child,
          definitionVersion,
          sourceVersion: content?.sourceVersion ?? before?.sourceVersion ?? 0,
          cancelledAt: content ? 0 : (before?.cancelledAt ?? 0),
        });
        const send = (object: ReplicationObject) =>
          addOutboundReplication(database, { destination: child, priority, preferredSender, object });
        if (needsDefinition) send({ kind: "package", definition: share });
        if (content) send({ kind: "content", packageId: id, content, ...(delta && { delta }) });
      });
      if (delta) {
        const versions = `from version ${delta.base.sourceVersion} to ${content?.sourceVersion}`;
        place.reporter.info(`Needs to send the delta of package ${id} ${versions} to site ${child}`);
      } else if (content) {
        place.reporter.info(`Needs to send the compressed package for package ${id} to site ${child}`);
      }
      if (content) {
        place.reporter.status(2335, `${id} version ${content.sourceVersion}, site ${child}`, id);
      } else {
        place.reporter.status(2339, `${id}, site ${child}`, id);
      }
    }
    await outbox.flush(place);
  }
}

/** Trying again helps unless the content itself is at fault; a damaged copy is asked for anew elsewhere. */
function isRetryable(error: unknown): boolean {
  return !(error instanceof ContentError) || error.retryable || error instanceof ArchiveDamagedError;
}
