/**
 * A sender: takes send requests from its outbox and delivers each to the SMS_SITE share of its destination.
 * Next is always the highest priority, and of those the oldest, among what its address lets go now and a connection is
 * free for. What runs is not pre-empted. A sender owns threads and retries; windows and limits are the address's
 * (domain.md section 1), and what an address does not let go is put back for the Scheduler (`Schedule.box/Requests`).
 * On disk: `.SRQ` waits, `.SRS` is being sent and says how far it is.
 */

import PQueue from "p-queue";

import { type Address, senderComponent } from "../../domain/address.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import type { SenderType } from "../../domain/package.ts";
import { isLimited } from "../../domain/rate-limit.ts";
import { isOpen, openUntil } from "../../domain/schedule.ts";
import type { SenderSettings } from "../../domain/sender-settings.ts";
import type { TimeZone } from "../../domain/time-zone.ts";
import type { Component } from "../component.ts";
import { openWishes, wishRevision } from "../database/send-requests.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import { addressRevision, neighbourByCode } from "../database/sites.ts";
import type { ClaimedFile } from "../inboxes/claimed-file.ts";
import { type SendRequest, sendRequestIn } from "../inboxes/documents.ts";
import { type Changed, Inbox, type Place } from "../inboxes/inbox.ts";
import { readSendRequest, readWaiting } from "../inboxes/send-request-files.ts";
import { stages } from "../inboxes/stages.ts";
import { SenderCounters } from "./sender-counters.ts";
import { Sending } from "./sending.ts";
import type { Transfer } from "./transfer.ts";
import { giveBack, writeReason } from "./waiting-request.ts";
import { WaitingRequests } from "./waiting-requests.ts";
import type { Wan } from "./wan.ts";

export type SenderDeps = {
  place: Place;
  database: SiteDatabase;
  zone: TimeZone;
  type: SenderType;
  transfer: Transfer;
  /** Has a target drop what it holds of a request. */
  withdrawal: Transfer;
  wan: Wan;
  settings: SenderSettings;
};

const { ready } = stages.sendRequest;

/**
 * So many of those that wait are told why, and so often in real milliseconds; the rest wait behind them. What is sent
 * within that time is never told: with many small packages each was written twice more for it.
 */
const toldWhy = 20;
const tellEveryMs = 1000;

export class Sender implements Component {
  readonly name: string;
  readonly type: SenderType;
  readonly counters: SenderCounters;
  readonly log = "sender"; // all network senders share it (domain.md section 8)
  readonly #deps: SenderDeps;
  readonly #outbox: Inbox;
  readonly #threads: PQueue;
  readonly #sending: Sending;
  /** What is in the outbox, by name, as far as it was read. */
  readonly #waiting = new WaitingRequests();
  /** How each site is reached, until an address may have changed: asked for every request that waits. */
  readonly #addresses = new Map<SiteCode, Address | undefined>();
  /** What is being sent, and where to. */
  readonly #running = new Map<string, SiteCode>();
  /** When those that wait were told why last, in real time. */
  #toldMs = Number.NEGATIVE_INFINITY;
  /** The last event before the outbox was looked through: who checks the order later must know what was there. */
  #seen = 0;

  constructor(deps: SenderDeps) {
    this.#deps = deps;
    this.type = deps.type;
    this.name = senderComponent[deps.type];
    this.#outbox = new Inbox(deps.place.folders.outbox(deps.type), stages.sendRequest, deps.place);
    this.#threads = new PQueue({ concurrency: deps.settings.allSites });
    this.counters = new SenderCounters(deps.place.clock);
    this.#sending = new Sending(deps, this.counters);
  }

  /** What was being sent is ready again; what has ended is left for the Scheduler to clear. */
  async recover(): Promise<void> {
    await this.#outbox.recover(async (path) => {
      const found = await readSendRequest(path).catch(() => undefined); // not one: put in quarantine once it is ready
      return found?.status === "OK" || found?.status === "CANCELLED";
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#watchDatabase(signal);
    let rest = new AbortController();
    let isFirst = true;
    for await (const changed of this.#outbox.changes(signal)) {
      rest.abort("woken"); // without a reason it would make an error, stack and all
      rest = new AbortController();
      try {
        if (isFirst) await this.#deferFailed();
        isFirst = false;
        await this.#obeyWishes(signal);
        await this.#look(changed);
        await this.#putBackClosed();
        while (!signal.aborted && this.#threads.pending < this.#deps.settings.allSites) {
          const next = this.#next();
          if (!next) break;
          this.#start(next, signal);
        }
        const over = AbortSignal.any([signal, rest.signal]);
        await this.#tellWhy(over);
        this.#lookAtClosing(over);
      } catch (error) {
        this.#deps.place.reporter.error(
          "cannot look through the outbox; tried again at the next sweep",
          error,
        );
      }
    }
    rest.abort();
    await this.#threads.onIdle();
    this.#sending.end();
  }

  /** What failed in the last run is tried again when its delay is over. */
  async #deferFailed(): Promise<void> {
    const { place, settings } = this.#deps;
    for (const name of await this.#outbox.lying()) {
      const { nextTryMs } = (await readWaiting(this.#outbox, name, ready)) ?? {};
      const delayMs = (nextTryMs ?? 0) - place.clock.now();
      // Never longer than the delay that is set now.
      if (delayMs > 0) this.#outbox.defer(name, Math.min(delayMs, settings.retryDelayMs));
    }
  }

  /** Has the loop look again when the first of the windows closes that what waits here would go through. */
  #lookAtClosing(over: AbortSignal): void {
    const { place, zone } = this.#deps;
    const { clock } = place;
    const nowMs = clock.now();
    const closings = this.#waiting.queues().flatMap(({ destination, priority }) => {
      const address = this.#addressOf(destination);
      return address ? [openUntil(address.schedule, zone, priority, nowMs)] : [];
    });
    if (closings.length === 0) return;
    void clock.sleep(Math.min(...closings) - nowMs, over).then(() => {
      if (!over.aborted) this.#outbox.look();
    });
  }

  /** Has the loop look again when an address or what is wished of a request may have changed. */
  #watchDatabase(signal: AbortSignal): void {
    const { database } = this.#deps;
    const now = () => `${addressRevision(database)} ${wishRevision(database)}`;
    let before = now();
    database.onCommit(() => {
      if (before === now()) return;
      before = now();
      this.#addresses.clear();
      this.#outbox.look();
    }, signal);
  }

  /** What waits here and is to be held goes to the Scheduler, what is to be sent no more ends. */
  async #obeyWishes(signal: AbortSignal): Promise<void> {
    const wishes = openWishes(this.#deps.database);
    if (wishes.size === 0) return;
    for (const name of await this.#outbox.lying()) {
      const wished = wishes.get(name);
      const request = wished && (this.#waiting.get(name) ?? (await readWaiting(this.#outbox, name, ready)));
      if (!request) continue;
      this.#waiting.delete(name);
      if (wished.wish === "hold") {
        await giveBack(this.#deps.place, this.#outbox.folder, request);
        continue;
      }
      await this.#withdraw(name, wished.reason);
      void this.#threads.add(() => this.#sending.dropAtTarget(request, signal));
    }
  }

  async #withdraw(name: string, reason: string): Promise<void> {
    const file = await this.#outbox.claim(name);
    try {
      const found = await file?.read(sendRequestIn(name));
      if (file && found) await this.#sending.withdraw(file, found, reason);
    } catch (error) {
      if (file) await this.#outbox.putBack(file);
      throw error;
    }
  }

  /** The line of a RAS sender drops. Returns the site it was connected to, if it was. */
  dropLine(): SiteCode | undefined {
    return this.#sending.dropLine();
  }

  /** Reads what is new in the outbox, and forgets what is gone. */
  async #look(changed: Changed): Promise<void> {
    this.#seen = this.#outbox.seen;
    const names = new Set(await this.#outbox.ready(changed));
    for (const name of changed === "all" ? this.#waiting.names() : withoutExtension(changed)) {
      if (!names.has(name)) this.#waiting.delete(name);
    }
    for (const name of names) {
      if (this.#waiting.get(name) || this.#running.has(name)) continue;
      const request = await readWaiting(this.#outbox, name, ready);
      if (request) this.#waiting.set(name, request);
    }
  }

  /** The next that can go now: threads are the caller's to look at. */
  #next(): string | undefined {
    return this.#waiting.next((queue) => this.#obstacle(queue) === undefined);
  }

  /** Why a request cannot start now though its address is open, in words. */
  #obstacle({ destination }: Pick<SendRequest, "destination">): string | undefined {
    const address = this.#addressOf(destination);
    if (!address) return `there is no longer an address to site ${destination}`;
    const used = [...this.#running.values()].filter((site) => site === destination).length;
    const most = isLimited(address.rateLimit) ? 1 : this.#deps.settings.perSite;
    if (used < most) return undefined;
    return `${used} of ${most} connections to site ${destination} in use`;
  }

  #addressOf(site: SiteCode): Address | undefined {
    if (!this.#addresses.has(site)) {
      const addresses = neighbourByCode(this.#deps.database, site)?.addresses;
      this.#addresses.set(
        site,
        addresses?.find(({ sender }) => sender === this.#deps.type),
      );
    }
    return this.#addresses.get(site);
  }

  #start(name: string, signal: AbortSignal): void {
    const request = this.#waiting.get(name);
    if (!request) return;
    this.#waiting.delete(name);
    this.#running.set(name, request.destination);
    const seen = this.#seen;
    void this.#threads.add(async () => {
      let file: ClaimedFile | undefined;
      try {
        file = await this.#outbox.claim(name, seen);
        const found = await file?.read(sendRequestIn(name));
        if (file && found) await this.#sending.send(file, found, signal);
      } catch (error) {
        this.#deps.place.reporter.error(`cannot finish send request ${name}; tried again later`, error);
        if (file) await this.#outbox.putBack(file);
      } finally {
        this.#running.delete(name);
        // A thread is free; and what was put back is there again.
        this.#outbox.look(this.#outbox.isLying(name) ? "all" : "nothing new");
      }
    });
  }

  /** What its address does not let go now is the Scheduler's, who knows of other addresses and other times. */
  async #putBackClosed(): Promise<void> {
    const { place, zone } = this.#deps;
    const nowMs = place.clock.now();
    for (const { destination, priority, names } of this.#waiting.queues()) {
      const address = this.#addressOf(destination);
      if (address && isOpen(address.schedule, zone, priority, nowMs)) continue;
      for (const name of [...names]) {
        const request = this.#waiting.get(name);
        this.#waiting.delete(name);
        if (request) await giveBack(place, this.#outbox.folder, request);
      }
    }
  }

  /** The reason that the first of those that wait do wait, inside them, for whoever looks. */
  async #tellWhy(over: AbortSignal): Promise<void> {
    const { settings, place, type } = this.#deps;
    const { clock } = place;
    const everyMs = type === "LAN" ? tellEveryMs : 0; // a line carries few
    const waitMs = this.#toldMs + everyMs - clock.realNow();
    if (waitMs > 0) {
      void clock.sleepReal(waitMs, over).then(() => {
        if (!over.aborted) this.#outbox.look("nothing new");
      });
      return;
    }
    this.#toldMs = clock.realNow();
    const all = type === "LAN" ? `${settings.allSites} of ${settings.allSites} sendings in use` : "line busy";
    for (const request of this.#waiting.first(toldWhy)) {
      const reason = this.#threads.pending >= settings.allSites ? all : (this.#obstacle(request) ?? "");
      if (request.reason === reason || reason === "") continue;
      const told = { ...request, reason };
      this.#waiting.set(request.request, told);
      await writeReason(place, this.#outbox.folder, told);
    }
  }
}

function withoutExtension(files: ReadonlySet<string>): string[] {
  return [...files].flatMap((file) => (file.endsWith(ready) ? [file.slice(0, -ready.length)] : []));
}
