/**
 * A sender: takes send requests from its outbox, the highest priority and then the oldest first, and delivers each to
 * the SMS_SITE share of its destination.
 * On disk: `.SRQ` waits, `.SRS` is being sent and says how far it is; the truth of that is what the receiver holds.
 * A sender owns threads and retries; windows and limits are the address's (domain.md section 1).
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import PQueue from "p-queue";

import type { SiteCode } from "../../domain/identifiers.ts";
import type { SenderType } from "../../domain/package.ts";
import { priorityNumber } from "../../domain/priority.ts";
import { compareRequests } from "../../domain/send-request-order.ts";
import type { Component } from "../component.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import { type KnownNeighbour, neighbourByCode } from "../database/sites.ts";
import { type SendRequest, sendRequest } from "../inboxes/documents.ts";
import { type ClaimedFile, Inbox, type Place } from "../inboxes/inbox.ts";
import { stages } from "../inboxes/stages.ts";
import { writeWhole } from "../inboxes/whole-file.ts";
import { errorText } from "../reporter.ts";
import type { Transfer } from "./transfer.ts";

export type SenderSettings = {
  /** Concurrent sendings in all. 1 to 999, default 5. */
  readonly allSites: number;
  /** Concurrent sendings to one site. 1 to 999, default 3. */
  readonly perSite: number;
  /** Tries after the first that failed, before the request is put off for `backOffMs`. Default 2. */
  readonly retries: number;
  /** Emulated milliseconds before a retry. Default 1 minute. */
  readonly retryDelayMs: number;
  /** Emulated milliseconds a request rests when its retries are used up. Default 1 hour (KB235753, KB214485). */
  readonly backOffMs: number;
};

/** The Standard sender's defaults (domain.md section 1). */
export const standardSender: SenderSettings = {
  allSites: 5,
  perSite: 3,
  retries: 2,
  retryDelayMs: 60_000,
  backOffMs: 3_600_000,
};

type Deps = {
  place: Place;
  database: SiteDatabase;
  type: SenderType;
  component: string;
  transfer: Transfer;
  settings: SenderSettings;
};

/** How often, in real milliseconds, the `.SRS` and those who watch are told how far a transfer is. */
const statusEveryMs = 500;
const progressEveryMs = 100;

export class Sender implements Component {
  readonly name: string;
  readonly log = "sender"; // all network senders share it (domain.md section 8)
  readonly #deps: Deps;
  readonly #outbox: Inbox;
  readonly #allSites: PQueue;
  readonly #sites = new Map<SiteCode, PQueue>();
  /** Requests that wait for a thread or have one. */
  readonly #taken = new Set<string>();

  constructor(deps: Deps) {
    this.#deps = deps;
    this.name = deps.component;
    this.#outbox = new Inbox(deps.place.folders.outbox(deps.type), stages.sendRequest, deps.place);
    this.#allSites = new PQueue({ concurrency: deps.settings.allSites });
  }

  /** What was being sent is ready again; what was completed is left for the Scheduler to clear. */
  async recover(): Promise<void> {
    await this.#outbox.recover(async (path) => {
      const parsed = sendRequest.safeParse(JSON.parse(await readFile(path, "utf8")));
      return parsed.data?.status === "OK";
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    for await (const _ of this.#outbox.changes(signal)) {
      const names = (await this.#outbox.ready())
        .filter((name) => !this.#taken.has(name))
        .sort(compareRequests);
      for (const name of names) await this.#enqueue(name, signal);
    }
    await Promise.all([...this.#sites.values()].map((queue) => queue.onIdle()));
    await this.#allSites.onIdle();
  }

  /** Gives a request its place: first among those to its site, then among those to all sites. */
  async #enqueue(name: string, signal: AbortSignal): Promise<void> {
    const { settings } = this.#deps;
    const request = await this.#peek(name);
    if (!request) return;
    this.#taken.add(name);
    const priority = -priorityNumber[request.priority]; // p-queue takes the highest number first
    const site = this.#sites.get(request.destination) ?? new PQueue({ concurrency: settings.perSite });
    this.#sites.set(request.destination, site);
    const send = () => this.#allSites.add(() => this.#sendNamed(name, signal), { priority });
    void site.add(send, { priority });
  }

  /** Reads a request where it lies. One that does not parse is put in quarantine. */
  async #peek(name: string): Promise<SendRequest | undefined> {
    try {
      const text = await readFile(join(this.#outbox.folder, name + stages.sendRequest.ready), "utf8");
      return sendRequest.parse(JSON.parse(text));
    } catch (error) {
      const file = await this.#outbox.claim(name);
      await file?.quarantine(errorText(error));
      return undefined;
    }
  }

  async #sendNamed(name: string, signal: AbortSignal): Promise<void> {
    let file: ClaimedFile | undefined;
    try {
      if (signal.aborted) return;
      file = await this.#outbox.claim(name);
      const request = await file?.read(sendRequest);
      if (file && request) await this.#send(file, request, signal);
    } catch (error) {
      this.#deps.place.reporter.error(`cannot finish send request ${name}`, error);
      await file?.release(this.#deps.settings.retryDelayMs).catch(() => {}); // the disk may be what failed
    } finally {
      this.#taken.delete(name);
      this.#outbox.look(); // put back, it is there to be seen again
    }
  }

  async #send(file: ClaimedFile, found: SendRequest, signal: AbortSignal): Promise<void> {
    const { place, database, transfer } = this.#deps;
    const { reporter, clock, folders } = place;
    const { request: id, destination, packages, job } = found;
    const subject = { packages, job, request: id, peer: destination };
    const neighbour = neighbourByCode(database, destination);
    if (!neighbour) {
      reporter.error(`There is no longer an address to destination site ${destination}`);
      return file.release(this.#deps.settings.backOffMs, subject);
    }
    reporter.info(`Found send request. ID: ${id}, Dest Site: ${destination}`);
    const startedMs = clock.now();
    const status = new StatusFile(place, file, {
      ...found,
      status: "CONNECTING",
      firstStartedMs: found.firstStartedMs ?? startedMs,
      startedMs,
      nextTryMs: null,
      reason: "",
    });
    await status.keep();
    try {
      await transfer(
        {
          site: destination,
          target: neighbour.share,
          request: id,
          packageFile: {
            path: join(folders.toSend, found.packageFile),
            bytes: found.bytes,
            sha256: found.sha256,
          },
          instructionFile: { path: join(folders.toSend, found.instructionFile) },
        },
        {
          connected: () => status.set({ connects: status.document.connects + 1 }),
          started: (offset) => {
            status.set({ status: "SENDING", syncPoint: offset, bytesLeft: found.bytes - offset });
            reporter.event({ action: "sending", ...subject, offset, bytes: found.bytes });
            reporter.info(`Sending Started [${found.packageFile}] at position ${offset} of ${found.bytes}`);
          },
          progress: (offset) => status.progress(offset, subject),
        },
        signal,
      );
    } catch (error) {
      return this.#failed(file, status, neighbour, signal, error);
    }
    status.set({ status: "OK", syncPoint: found.bytes, bytesLeft: 0, endedMs: clock.now(), tries: 0 });
    await status.keep();
    reporter.event({ action: "completed", ...subject, bytes: found.bytes, file: folders.shown(file.path) });
    reporter.info(`Sending completed [${found.packageFile}] to site ${destination}`);
  }

  /** Puts a request back to be tried again: after the delay, or after the back-off when its retries are used up. */
  async #failed(
    file: ClaimedFile,
    status: StatusFile,
    { code }: KnownNeighbour,
    signal: AbortSignal,
    error: unknown,
  ): Promise<void> {
    const { place, settings } = this.#deps;
    const { request, job, packages, syncPoint } = status.document;
    const subject = { packages, job, request, peer: code };
    if (signal.aborted) {
      status.set({ status: "SUSPENDED", reason: "the site stopped" });
      await status.keep();
      return file.release(0, subject);
    }
    const tries = status.document.tries + 1;
    const usedUp = tries > settings.retries;
    const delayMs = usedUp ? settings.backOffMs : settings.retryDelayMs;
    const nextTryMs = place.clock.now() + delayMs;
    const again = Temporal.Instant.fromEpochMilliseconds(Math.round(nextTryMs)).toString();
    const next = usedUp ? `rests until ${again}` : `retry ${tries} of ${settings.retries} at ${again}`;
    const reason = `${errorText(error)}; ${next}`;
    status.set({ status: "ERROR", tries: usedUp ? 0 : tries, nextTryMs, reason });
    await status.keep();
    place.reporter.warn(`Send request ${request} to site ${code}: ${reason}`);
    place.reporter.event({ action: "failed", ...subject, offset: syncPoint, text: reason });
    if (usedUp) place.reporter.status(3500, `site ${code}: ${errorText(error)}`, packages[0]);
    await file.release(delayMs, { ...subject, text: reason });
  }
}

/** The live status in the `.SRS`: kept on the disk when the state changes, now and then while bytes flow. */
class StatusFile {
  document: SendRequest;
  readonly #place: Place;
  readonly #file: ClaimedFile;
  #shownMs = 0;
  #keptMs = 0;
  #keeping: Promise<void> = Promise.resolve();

  constructor(place: Place, file: ClaimedFile, document: SendRequest) {
    this.#place = place;
    this.#file = file;
    this.document = document;
  }

  set(change: Partial<SendRequest>): void {
    this.document = { ...this.document, ...change };
  }

  /** Writes a new status, and says so in the journal. */
  keep(): Promise<void> {
    const { folders, reporter } = this.#place;
    const { request, job, packages, status: text } = this.document;
    const file = folders.shown(this.#file.path);
    return this.#write(() => reporter.event({ action: "updated", file, request, job, packages, text }));
  }

  /** One write at a time, each with the newest. */
  #write(onVisible = () => {}): Promise<void> {
    this.#keptMs = this.#place.clock.realNow();
    this.#keeping = this.#keeping
      .catch(() => {}) // reported by whoever waited for that one
      .then(() => writeWhole(this.#file.path, `${JSON.stringify(this.document, null, 1)}\n`, onVisible));
    return this.#keeping;
  }

  progress(
    offset: number,
    subject: { request: SendRequest["request"]; packages: SendRequest["packages"]; peer: SiteCode },
  ): void {
    const { bytes } = this.document;
    this.set({ syncPoint: offset, bytesLeft: bytes - offset });
    const nowMs = this.#place.clock.realNow();
    if (nowMs - this.#shownMs >= progressEveryMs || offset === bytes) {
      this.#shownMs = nowMs;
      this.#place.reporter.progress({ ...subject, bytes, offset });
    }
    if (nowMs - this.#keptMs < statusEveryMs || !existsSync(this.#file.path)) return;
    this.#write().catch((error: unknown) =>
      this.#place.reporter.error("cannot write the status of a send request", error),
    );
  }
}
