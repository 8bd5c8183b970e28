/**
 * Scheduler: from a minijob in `Schedule.box` it makes the package file and the instruction in `Tosend` and a send
 * request in the outbox of a sender; when the sender has marked a request completed, it clears all three.
 * The package file of a compressed copy is a hard link to it: made at once, and unchanged when SMSPKG moves on.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { link, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Address } from "../../domain/address.ts";
import { distributionPlan } from "../../domain/distribution-plan.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import { packagesOf } from "../../domain/replication.ts";
import { nextSite } from "../../domain/routing.ts";
import { type Component, workThrough } from "../component.ts";
import { requestFor } from "../database/counters.ts";
import { forgetSentContent, packageById, storedContent } from "../database/packages.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import { knownSites, neighbourByCode, neighbours } from "../database/sites.ts";
import {
  type InstructionBody,
  type Minijob,
  minijob,
  type SendRequest,
  sendRequest,
  type Work,
} from "../inboxes/documents.ts";
import { type ClaimedFile, Inbox, type Place, putDocument } from "../inboxes/inbox.ts";
import { stages, toSendParts } from "../inboxes/stages.ts";
import { flushFolder, removeDurably, writeWhole } from "../inboxes/whole-file.ts";
import type { SiteKey } from "../security/site-key.ts";

type Deps = { place: Place; database: SiteDatabase; key: SiteKey };

/** Emulated milliseconds until a job without an address, or whose content is being replaced, is looked at again. */
const lookAgainMs = 5 * 60_000;

type PackageWork = Extract<Work, { kind: "package" }>;
type PackageFile = { readonly bytes: number; readonly sha256: string };

export class Scheduler implements Component {
  readonly name = "SMS_SCHEDULER";
  readonly log = "sched";
  readonly #deps: Deps;
  readonly #jobs: Inbox;
  /** Looked at for `.SRS` files that a sender marked completed. The Scheduler takes nothing here. */
  readonly #completed: Inbox;
  readonly #folders: readonly Inbox[];

  constructor(deps: Deps) {
    this.#deps = deps;
    const { place } = deps;
    const none = { ready: stages.sendRequest.claimed, claimed: "\0" };
    this.#jobs = new Inbox(place.folders.scheduler, stages.minijob, place);
    this.#completed = new Inbox(place.folders.outbox("LAN"), none, place);
    this.#folders = [place.folders.toSend, place.folders.requests].map(
      (folder) => new Inbox(folder, none, place),
    );
  }

  async recover(): Promise<void> {
    for (const inbox of [this.#jobs, this.#completed, ...this.#folders]) await inbox.recover();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { place } = this.#deps;
    await Promise.all([
      workThrough(
        { place, inbox: this.#jobs, schema: minijob, handle: (job, file) => this.#schedule(job, file) },
        signal,
      ),
      this.#clearCompleted(signal),
    ]);
  }

  async #schedule(job: Minijob, file: ClaimedFile): Promise<void> {
    const { place, database } = this.#deps;
    const packages = packagesOfJob(job);
    const subject = { packages, job: job.job, peer: job.destination };
    const address = this.#addressFor(job);
    if (!address) {
      const text = `no address leads to site ${job.destination}`;
      place.reporter.status(
        3400,
        `site ${job.destination}, job ${job.job}: attach it, or add an address`,
        packages[0],
      );
      place.reporter.event({ action: "waiting", ...subject, text });
      return file.release(lookAgainMs, subject);
    }
    const request = requestFor(database, job.job, job.priority, place.site);
    const destination = address.site;
    const outbox = place.folders.outbox(address.address.sender);
    // A crash can bring a job twice. Its request is made last and cleared last, so while there is one the job's files
    // are the sender's, and then this component's to clear.
    if (isThere(join(outbox, request))) return file.done({ ...subject, request });

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
    await this.#putRequest(outbox, {
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
    });
    await file.done({ ...subject, request });
  }

  /** The site on the way and the address it is reached at. */
  #addressFor(job: Minijob): { site: SendRequest["destination"]; address: Address } | undefined {
    const { place, database } = this.#deps;
    const sites = knownSites(database);
    const known = neighbours(database);
    const site = nextSite(
      {
        here: place.site,
        parent: known.find(({ relation }) => relation === "parent")?.code ?? null,
        sites,
        addresses: new Set(known.map(({ code }) => code)),
      },
      job.destination,
    );
    const address = site && neighbourByCode(database, site)?.addresses[0];
    if (!address) return undefined;
    if (site === job.destination) {
      place.reporter.info(`There is direct address to site ${site}, no need for routing for job ${job.job}`);
    } else {
      place.reporter.info(`Job ${job.job} for site ${job.destination} is routed through site ${site}`);
    }
    return { site, address };
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
    const { content, packageId } = work;
    const copy = join(place.folders.compressedCopies, `${packageId}.PKG`);
    if (!existsSync(path) && existsSync(copy)) {
      await link(copy, path);
      place.reporter.event({ action: "created", file: shown, packages, job: job.job, bytes: content.bytes });
      await flushFolder(place.folders.toSend);
    }
    // Asked after the link is made: whoever replaces the copy forgets the row first, so if the row still stands, the
    // link is to what the row describes.
    const stored = storedContent(database, packageId);
    if (stored?.sha256 === content.sha256) return { bytes: content.bytes, sha256: content.sha256 };
    await removeDurably(path);
    await removeDurably(join(place.folders.toSend, job.job + toSendParts.instruction)); // from before a crash
    if (!(stored && stored.sourceVersion >= content.sourceVersion) && this.#isWanted(job.destination, work)) {
      return "being replaced";
    }
    // Should the child want it after all, Distribution Manager sees to it: it must not count as sent.
    forgetSentContent(database, packageId, job.destination, content.sourceVersion);
    return "superseded";
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
    const path = join(place.folders.toSend, body.job + toSendParts.instruction);
    await putDocument(
      place,
      path,
      { version: 1, body: text, signature: key.sign(text) },
      { packages, job: body.job, request: body.request },
    );
    place.reporter.info(`Instruction (and package) file created. Mark job ${body.job} active`);
  }

  async #putRequest(outbox: string, request: SendRequest): Promise<void> {
    const { place } = this.#deps;
    const path = join(outbox, request.request + stages.sendRequest.ready);
    const { packages, job, destination } = request;
    await putDocument(place, path, request, {
      packages,
      job,
      request: request.request,
      peer: destination,
    });
    place.reporter.info(
      `Created new send request ID: ${request.request}, destination site: ${destination}, ` +
        `preferred address: ${request.preferredSender}, priority: ${request.priority}, total size: ${request.bytes} bytes`,
    );
  }

  async #clearCompleted(signal: AbortSignal): Promise<void> {
    const { reporter } = this.#deps.place;
    for await (const _ of this.#completed.changes(signal)) {
      for (const name of await this.#completed.ready()) {
        try {
          await this.#clear(name);
        } catch (error) {
          reporter.error(`cannot clear send request ${name}; tried again at the next sweep`, error);
        }
      }
    }
  }

  async #clear(name: string): Promise<void> {
    const { folders, reporter } = this.#deps.place;
    const path = join(this.#completed.folder, name + stages.sendRequest.claimed);
    const text = await readFile(path, "utf8").catch(() => ""); // put back meanwhile
    if (text === "") return;
    const parsed = sendRequest.parse(JSON.parse(text)); // written by this site's sender, whole
    if (parsed.status !== "OK") return;
    const { request, job, packages, destination, packageFile, instructionFile } = parsed;
    for (const file of [packageFile, instructionFile].map((part) => join(folders.toSend, part))) {
      await removeDurably(file, () =>
        reporter.event({ action: "deleted", file: folders.shown(file), packages, job, request }),
      );
    }
    await removeDurably(path, () =>
      reporter.event({
        action: "deleted",
        file: folders.shown(path),
        packages,
        job,
        request,
        peer: destination,
      }),
    );
    const seconds = ((parsed.endedMs ?? 0) - (parsed.startedMs ?? 0)) / 1000;
    const rate = seconds > 0 ? Math.round(parsed.bytes / seconds) : parsed.bytes;
    reporter.info(
      `Send request ${request}: sending completed (${rate} bytes/sec). <JOB STATUS - COMPLETE> job ${job}`,
    );
  }
}

/** True if the request waits for its sender, is with it, or is completed and not cleared. */
function isThere(request: string): boolean {
  const { ready, claimed } = stages.sendRequest;
  return existsSync(request + ready) || existsSync(request + claimed);
}

function packagesOfJob(job: Minijob): SendRequest["packages"] {
  if (job.work.kind === "package") return [job.work.packageId];
  return [...new Set(job.work.objects.flatMap((object) => packagesOf(object)))];
}
