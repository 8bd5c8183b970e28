/**
 * A sender: takes send requests from its outbox and delivers each to the SMS_SITE share of its destination.
 * Next is always the highest priority, and of those the oldest, among what its address lets go now and a connection is
 * free for. What runs is not pre-empted. A sender owns threads and retries; windows and limits are the address's
 * (domain.md section 1), and what an address does not let go is put back for the Scheduler (`Schedule.box/Requests`).
 * On disk: `.SRQ` waits, `.SRS` is being sent and says how far it is.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import PQueue from "p-queue";

import { type Address, senderComponent } from "../../domain/address.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import type { SenderType } from "../../domain/package.ts";
import { isLimited } from "../../domain/rate-limit.ts";
import { isOpen } from "../../domain/schedule.ts";
import { compareRequests } from "../../domain/send-request-order.ts";
import type { SenderSettings } from "../../domain/sender-settings.ts";
import type { TimeZone } from "../../domain/time-zone.ts";
import type { Component } from "../component.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import { neighbourByCode } from "../database/sites.ts";
import { type SendRequest, sendRequest } from "../inboxes/documents.ts";
import { Inbox, type Place } from "../inboxes/inbox.ts";
import { stages } from "../inboxes/stages.ts";
import { isMissing, renameDurably, writeWhole } from "../inboxes/whole-file.ts";
import { errorText } from "../reporter.ts";
import { Sending } from "./sending.ts";
import type { Transfer } from "./transfer.ts";
import type { Wan } from "./wan.ts";

export type SenderDeps = {
  place: Place;
  database: SiteDatabase;
  zone: TimeZone;
  type: SenderType;
  transfer: Transfer;
  wan: Wan;
  settings: SenderSettings;
};

const { ready } = stages.sendRequest;

/** So many of those that wait are told why; the rest wait behind them. */
const toldWhy = 20;

export class Sender implements Component {
  readonly name: string;
  readonly log = "sender"; // all network senders share it (domain.md section 8)
  readonly #deps: SenderDeps;
  readonly #outbox: Inbox;
  readonly #threads: PQueue;
  readonly #sending: Sending;
  /** What is in the outbox, by name, as far as it was read. */
  readonly #waiting = new Map<string, SendRequest>();
  /** What is being sent, and where to. */
  readonly #running = new Map<string, SiteCode>();

  constructor(deps: SenderDeps) {
    this.#deps = deps;
    this.name = senderComponent[deps.type];
    this.#outbox = new Inbox(deps.place.folders.outbox(deps.type), stages.sendRequest, deps.place);
    this.#threads = new PQueue({ concurrency: deps.settings.allSites });
    this.#sending = new Sending(deps);
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
      try {
        await this.#look();
        await this.#putBackClosed();
        while (!signal.aborted && this.#threads.pending < this.#deps.settings.allSites) {
          const next = this.#next();
          if (!next) break;
          this.#start(next, signal);
        }
        await this.#tellWhy();
      } catch (error) {
        this.#deps.place.reporter.error(
          "cannot look through the outbox; tried again at the next sweep",
          error,
        );
      }
    }
    await this.#threads.onIdle();
    this.#sending.end();
  }

  /** Reads what is new in the outbox, and forgets what is gone. */
  async #look(): Promise<void> {
    const names = new Set(await this.#outbox.ready());
    for (const name of this.#waiting.keys()) if (!names.has(name)) this.#waiting.delete(name);
    for (const name of names) {
      if (this.#waiting.has(name) || this.#running.has(name)) continue;
      const request = await this.#read(name);
      if (request) this.#waiting.set(name, request);
    }
  }

  /** Reads a request where it lies. One that does not parse is put in quarantine. */
  async #read(name: string): Promise<SendRequest | undefined> {
    try {
      const text = await readFile(join(this.#outbox.folder, name + ready), "utf8");
      return sendRequest.parse(JSON.parse(text));
    } catch (error) {
      if (isMissing(error)) return undefined;
      const file = await this.#outbox.claim(name);
      await file?.quarantine(errorText(error));
      return undefined;
    }
  }

  #inOrder(): [name: string, request: SendRequest][] {
    return [...this.#waiting].sort(([a], [b]) => compareRequests(a, b));
  }

  /** The next that can go now: threads are the caller's to look at. */
  #next(): string | undefined {
    return this.#inOrder().find(([, request]) => !this.#obstacle(request))?.[0];
  }

  /** Why a request cannot start now though its address is open, in words. */
  #obstacle({ destination }: SendRequest): string | undefined {
    const address = this.#addressOf(destination);
    if (!address) return `there is no longer an address to site ${destination}`;
    const used = [...this.#running.values()].filter((site) => site === destination).length;
    const most = isLimited(address.rateLimit) ? 1 : this.#deps.settings.perSite;
    if (used < most) return undefined;
    return `${used} of ${most} connections to site ${destination} in use`;
  }

  #addressOf(site: SiteCode): Address | undefined {
    const addresses = neighbourByCode(this.#deps.database, site)?.addresses;
    return addresses?.find(({ sender }) => sender === this.#deps.type);
  }

  #start(name: string, signal: AbortSignal): void {
    const request = this.#waiting.get(name);
    if (!request) return;
    this.#waiting.delete(name);
    this.#running.set(name, request.destination);
    void this.#threads.add(async () => {
      try {
        const file = await this.#outbox.claim(name);
        const found = await file?.read(sendRequest);
        if (file && found) await this.#sending.send(file, found, signal);
      } catch (error) {
        this.#deps.place.reporter.error(`cannot finish send request ${name}`, error);
      } finally {
        this.#running.delete(name);
        this.#outbox.look(); // a thread is free
      }
    });
  }

  /** What its address does not let go now is the Scheduler's, who knows of other addresses and other times. */
  async #putBackClosed(): Promise<void> {
    const { place, zone } = this.#deps;
    for (const [name, request] of this.#waiting) {
      const address = this.#addressOf(request.destination);
      if (address && isOpen(address.schedule, zone, request.priority, place.clock.now())) continue;
      this.#waiting.delete(name);
      const from = join(this.#outbox.folder, name + ready);
      const to = join(place.folders.requests, name + ready);
      const { packages, job, destination: peer } = request;
      await renameDurably(from, to, () =>
        place.reporter.event({
          action: "renamed",
          file: place.folders.shown(to),
          from: place.folders.shown(from),
          packages,
          job,
          request: request.request,
          peer,
        }),
      );
    }
  }

  /** The reason that the first of those that wait do wait, inside them, for whoever looks. */
  async #tellWhy(): Promise<void> {
    const { settings, place, type } = this.#deps;
    const all = type === "LAN" ? `${settings.allSites} of ${settings.allSites} sendings in use` : "line busy";
    for (const [name, request] of this.#inOrder().slice(0, toldWhy)) {
      const reason = this.#threads.pending >= settings.allSites ? all : (this.#obstacle(request) ?? "");
      if (request.reason === reason || reason === "") continue;
      const told = { ...request, reason };
      this.#waiting.set(name, told);
      const path = join(this.#outbox.folder, name + ready);
      const { packages, job, destination: peer } = request;
      await writeWhole(path, `${JSON.stringify(told, null, 1)}\n`, () =>
        place.reporter.event({
          action: "waiting",
          file: place.folders.shown(path),
          text: reason,
          packages,
          job,
          request: request.request,
          peer,
        }),
      );
    }
  }
}
