/**
 * Scheduler: from a minijob in `Schedule.box` it makes the package file and the instruction in `Tosend` and a send
 * request for a sender (request-dispatch.ts); what a sender has marked completed it clears (completed-requests.ts).
 * The package file of a compressed copy or a delta is a hard link to it: made at once, and unchanged when SMSPKG moves on.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { link, mkdir } from "node:fs/promises";
import { join } from "node:path";

import { distributionPlan } from "../../../domain/distribution-plan.ts";
import type { PackageId, SiteCode } from "../../../domain/identifiers.ts";
import { senderType } from "../../../domain/package.ts";
import { packagesOf } from "../../../domain/replication.ts";
import { nextSite } from "../../../domain/routing.ts";
import type { TimeZone } from "../../../domain/time-zone.ts";
import { type Component, filesAtOnce, workThrough } from "../../component.ts";
import { forgetSentContent, packageById, storedContent } from "../../database/packages.ts";
import { isRemoved } from "../../database/removed-sites.ts";
import { endRequest, requestFor } from "../../database/send-requests.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import { addressRevision, knownSites, neighbours } from "../../database/sites.ts";
import { storedDelta } from "../../database/stored-deltas.ts";
import type { ClaimedFile } from "../../inboxes/claimed-file.ts";
import {
  type InstructionBody,
  type Minijob,
  minijobIn,
  type PackageWork,
  type SendRequest,
} from "../../inboxes/documents.ts";
import { Inbox, type Place, putDocument } from "../../inboxes/inbox.ts";
import { stages, toSendParts } from "../../inboxes/stages.ts";
import { flushFolder, removeDurably, sweepUnfinished, writeWhole } from "../../inboxes/whole-file.ts";
import { digestOfSigned, type SiteKey } from "../../security/site-key.ts";
import { CompletedRequests } from "./completed-requests.ts";
import { RequestDispatch } from "./request-dispatch.ts";

type Deps = { place: Place; database: SiteDatabase; key: SiteKey; zone: TimeZone };

/** Emulated milliseconds until a job without an address, or whose content is being replaced, is looked at again. */
const lookAgainMs = 5 * 60_000;

type PackageFile = { readonly bytes: number; readonly sha256: string };

export class Scheduler implements Component {
  readonly name = "SMS_SCHEDULER";
  readonly log = "sched";
  readonly #deps: Deps;
  readonly #jobs: Inbox;
  readonly #dispatch: RequestDispatch;
  readonly #completed: readonly CompletedRequests[];

  constructor(deps: Deps) {
    this.#deps = deps;
    const { place } = deps;
    this.#jobs = new Inbox(place.folders.scheduler, stages.minijob, place);
    this.#dispatch = new RequestDispatch(deps);
    this.#completed = senderType.options.map(
      (type) => new CompletedRequests(deps, place.folders.outbox(type)),
    );
  }

  async recover(): Promise<void> {
    await this.#jobs.recover();
    await this.#dispatch.recover();
    await mkdir(this.#deps.place.folders.toSend, { recursive: true });
    await sweepUnfinished(this.#deps.place.folders.toSend);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { place, database } = this.#deps;
    let revision = addressRevision(database);
    database.onCommit(() => {
      if (revision === addressRevision(database)) return;
      revision = addressRevision(database);
      this.#jobs.hurry(); // what no address led to may go now, or to a site that is no more
    }, signal);
    await Promise.all([
      workThrough(
        {
          place,
          inbox: this.#jobs,
          schema: minijobIn,
          concurrency: filesAtOnce,
          handle: (job, file) => this.#schedule(job, file),
        },
        signal,
      ),
      this.#dispatch.run(signal),
      ...this.#completed.map((completed) => completed.run(signal)),
    ]);
  }

  async #schedule(job: Minijob, file: ClaimedFile): Promise<void> {
    const { place, database } = this.#deps;
    const packages = packagesOfJob(job);
    const subject = { packages, job: job.job, peer: job.destination };
    if (isRemoved(database, job.destination)) {
      place.reporter.info(`Job ${job.job} is dropped: site ${job.destination} was removed`);
      place.reporter.event({ action: "withdrawn", ...subject, text: `site ${job.destination} was removed` });
      await this.#removeParts(job);
      return file.done(subject);
    }
    const destination = this.#nextSite(job);
    if (!destination) {
      const text = `no address leads to site ${job.destination}`;
      place.reporter.status(
        3400,
        `site ${job.destination}, job ${job.job}: attach it, or add an address`,
        packages[0],
      );
      place.reporter.event({ action: "waiting", ...subject, text });
      return file.release(lookAgainMs, subject);
    }
    const made = requestFor(
      database,
      { ...job, destination, finalSite: job.destination, content: contentOf(job) },
      place.site,
    );
    const request = made.id;
    // A crash can bring a job twice. Its request is made last and cleared last, so while there is one the job's files
    // are the sender's, and then this component's to clear.
    if (made.ended || this.#dispatch.isThere(request)) return file.done({ ...subject, request });
    if (made.wish === "cancel" || made.wish === "supersede") {
      place.reporter.info(`Job ${job.job} is dropped: ${made.reason}`);
      await this.#removeParts(job);
      endRequest(database, request, false);
      return file.done({ ...subject, request });
    }

    const packageFile = await this.#makePackageFile(job);
    if (packageFile === "superseded") {
      place.reporter.info(`Job ${job.job} is dropped: its content is not in SMSPKG any more`);
      return file.done({ ...subject });
    }
    if (packageFile === "being replaced") return file.release(lookAgainMs, subject);
    const { preferredSender, priority } = job;
    const finalSite = job.destination;
    const body: InstructionBody = {
      request,
      job: job.job,
      source: place.site,
      destination,
      finalSite,
      priority,
      preferredSender,
      ...packageFile,
      work: job.work.kind === "package" ? job.work : { kind: "replication" },
    };
    await this.#makeInstruction(body, packages);
    await this.#dispatch.put({
      version: 1,
      request,
      job: job.job,
      priority,
      preferredSender,
      destination,
      finalSite,
      packages,
      packageFile: job.job + toSendParts.package,
      instructionFile: job.job + toSendParts.instruction,
      ...packageFile,
      status: "NONE",
      bytesLeft: packageFile.bytes,
      syncPoint: 0,
      connects: 0,
      tries: 0,
      createdMs: place.clock.now(),
      firstStartedMs: null,
      startedMs: null,
      endedMs: null,
      nextTryMs: null,
      reason: "",
      resting: [],
    });
    place.reporter.info(
      `Created new send request ID: ${request}, destination site: ${destination}, preferred address: ` +
        `${preferredSender}, priority: ${priority}, total size: ${packageFile.bytes} bytes`,
    );
    await file.done({ ...subject, request });
  }

  /** The site to connect to for a job: its destination, or the one on the way. */
  #nextSite(job: Minijob): SiteCode | undefined {
    const { place, database } = this.#deps;
    const known = neighbours(database);
    const site = nextSite(
      {
        here: place.site,
        parent: known.find(({ relation }) => relation === "parent")?.code ?? null,
        sites: knownSites(database),
        addresses: new Set(known.map(({ code }) => code)),
      },
      job.destination,
    );
    if (site === job.destination) {
      place.reporter.info(`There is direct address to site ${site}, no need for routing for job ${job.job}`);
    } else if (site) {
      place.reporter.info(`Job ${job.job} for site ${job.destination} is routed through site ${site}`);
    }
    return site;
  }

  /** `Tosend/<job>.P00`: what is sent. */
  async #makePackageFile(job: Minijob): Promise<PackageFile | "superseded" | "being replaced"> {
    const { place, database } = this.#deps;
    const path = join(place.folders.toSend, job.job + toSendParts.package);
    const shown = place.folders.shown(path);
    const packages = packagesOfJob(job);
    place.reporter.info(`Creating package file: ${shown}`);
    const { work } = job;
    if (work.kind === "replication") {
      const data = Buffer.from(JSON.stringify({ version: 1, objects: work.objects }));
      await writeWhole(path, data, () =>
        place.reporter.event({ action: "created", file: shown, packages, job: job.job, bytes: data.length }),
      );
      return { bytes: data.length, sha256: createHash("sha256").update(data).digest("hex") };
    }
    const { content, delta, packageId } = work;
    const { bytes, sha256 } = delta ?? content;
    const file = delta
      ? place.folders.delta(packageId, delta.base.sourceVersion)
      : place.folders.compressedCopy(packageId);
    if (!existsSync(path) && existsSync(file)) {
      await link(file, path);
      place.reporter.event({ action: "created", file: shown, packages, job: job.job, bytes });
      await flushFolder(place.folders.toSend);
    }
    // Asked after the link is made: whoever replaces the file forgets the row first, so if the row still stands, the
    // link is to what the row describes.
    const stored = storedContent(database, packageId);
    const kept = delta ? storedDelta(database, packageId, delta.base.sourceVersion) : stored;
    if (kept?.sha256 === sha256 && existsSync(path)) return { bytes, sha256 };
    await this.#removeParts(job);
    if (!(stored && stored.sourceVersion >= content.sourceVersion) && this.#isWanted(job.destination, work)) {
      return "being replaced";
    }
    // Should the child want it after all, Distribution Manager sees to it, also where the copy of the row is gone: it
    // must not count as sent.
    forgetSentContent(database, packageId, job.destination, content.sourceVersion);
    return "superseded";
  }

  /** What a run that died had made of a job already. */
  async #removeParts({ job }: Minijob): Promise<void> {
    const { toSend } = this.#deps.place.folders;
    await removeDurably(join(toSend, job + toSendParts.package));
    await removeDurably(join(toSend, job + toSendParts.instruction));
  }

  /** True if the child, or a site below it, is to have this version of the package. */
  #isWanted(child: SiteCode, { packageId, content }: PackageWork): boolean {
    const { place, database } = this.#deps;
    const definition = packageById(database, packageId);
    if (definition?.sourceVersion !== content.sourceVersion) return false;
    const { children } = distributionPlan(definition, place.site, knownSites(database), []);
    return children.some((share) => share.child === child && share.needsContent);
  }

  /** `Tosend/<job>.I00`: what the receiver is to do, signed. */
  async #makeInstruction(body: InstructionBody, packages: SendRequest["packages"]): Promise<void> {
    const { place, key } = this.#deps;
    const text = JSON.stringify(body);
    const signature = key.sign(text);
    const path = join(place.folders.toSend, body.job + toSendParts.instruction);
    await putDocument(
      place,
      path,
      { version: 1, body: text, signature },
      { packages, job: body.job, request: body.request, digest: digestOfSigned(text, signature) },
    );
    place.reporter.info(`Instruction (and package) file created. Mark job ${body.job} active`);
  }
}

function contentOf({ work }: Minijob): { packageId: PackageId; sourceVersion: number } | null {
  return work.kind === "package"
    ? { packageId: work.packageId, sourceVersion: work.content.sourceVersion }
    : null;
}

function packagesOfJob(job: Minijob): SendRequest["packages"] {
  if (job.work.kind === "package") return [job.work.packageId];
  return [...new Set(job.work.objects.flatMap((object) => packagesOf(object)))];
}
