/**
 * A sender: takes send requests from its outbox and delivers each to the SMS_SITE share of its destination.
 * Next is always the highest priority, and of those the oldest, among what its address lets go now and a connection is
 * free for. What runs is not pre-empted. A sender owns threads and retries; windows and limits are the address's
 * (domain.md section 1), and what an address does not let go is put back for the Scheduler (`Schedule.box/Requests`).
 * On disk: `.SRQ` waits, `.SRS` is being sent and says how far it is.
 */

import PQueue from "p-queue";

import { senderComponent } from "../../domain/address.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import type { SenderType } from "../../domain/package.ts";
import type { SenderSettings } from "../../domain/sender-settings.ts";
import type { TimeZone } from "../../domain/time-zone.ts";
import type { Component } from "../component.ts";
import { openWishes, wishRevision } from "../database/send-requests.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import { addressRevision } from "../database/sites.ts";
import type { ClaimedFile } from "../inboxes/claimed-file.ts";
import { type SendRequest, sendRequestIn } from "../inboxes/documents.ts";
import { type Changed, Inbox, type Place } from "../inboxes/inbox.ts";
import { readSendRequest, readWaiting } from "../inboxes/send-request-files.ts";
import { stages } from "../inboxes/stages.ts";
import { AddressConnections } from "./address-connections.ts";
import { SenderCounters } from "./sender-counters.ts";
import { Sending } from "./sending.ts";
import type { Transfer } from "./transfer.ts";
import { WaitingReasons } from "./waiting-reasons.ts";
import { giveBack } from "./waiting-request.ts";
import { WaitingRequests } from "./waiting-requests.ts";
import { WaitingWindows } from "./waiting-windows.ts";
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
  readonly #connections: AddressConnections;
  readonly #windows: WaitingWindows;
  readonly #reasons: WaitingReasons;
  /** The last event before the outbox was looked through: who checks the order later must know what was there. */
  #seen = 0;

  constructor(deps: SenderDeps) {
    this.#deps = deps;
    this.type = deps.type;
    this.name = senderComponent[deps.type];
    this.#outbox = new Inbox(deps.place.folders.outbox(deps.type), stages.sendRequest, deps.place);
    this.#threads = new PQueue({ concurrency: deps.settings.allSites });
    const { place, database, zone, type, settings } = deps;
    this.#connections = new AddressConnections({ database, type, perSite: settings.perSite });
    const outboxAndWaiting = { outbox: this.#outbox, waiting: this.#waiting };
    this.#windows = new WaitingWindows({ place, zone, ...outboxAndWaiting, connections: this.#connections });
    this.#reasons = new WaitingReasons({
      ...{ place, type, ...outboxAndWaiting },
      reasonOf: (request) => this.#reasonOf(request),
    });
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
    let hasMissed = false;
    for await (const changed of this.#outbox.changes(signal)) {
      rest.abort("woken"); // without a reason it would make an error, stack and all
      rest = new AbortController();
      try {
        if (isFirst) await this.#deferFailed();
        isFirst = false;
        await this.#obeyWishes(signal);
        await this.#look(hasMissed ? "all" : changed);
        hasMissed = false;
        await this.#windows.putBackClosed();
        while (!signal.aborted && this.#threads.pending < this.#deps.settings.allSites) {
          const next = this.#next();
          if (!next) break;
          this.#start(next, signal);
        }
        const over = AbortSignal.any([signal, rest.signal]);
        await this.#reasons.tell(over);
        this.#windows.lookAtClosing(over);
      } catch (error) {
        hasMissed = true; // what could not be read may go before what comes next
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

  /** Has the loop look again when an address or what is wished of a request may have changed. */
  #watchDatabase(signal: AbortSignal): void {
    const { database } = this.#deps;
    const now = () => `${addressRevision(database)} ${wishRevision(database)}`;
    let before = now();
    database.onCommit(() => {
      if (before === now()) return;
      before = now();
      this.#connections.addressesChanged();
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
      if (this.#waiting.get(name) || this.#connections.has(name)) continue;
      const request = await readWaiting(this.#outbox, name, ready);
      if (request) this.#waiting.set(name, request);
    }
  }

  /** The next that can go now: threads are the caller's to look at. */
  #next(): string | undefined {
    return this.#waiting.next(({ destination }) => this.#connections.obstacle(destination) === undefined);
  }

  /** Why a request waits though its address is open: no thread or no connection is free. */
  #reasonOf({ destination }: SendRequest): string {
    const { type, settings } = this.#deps;
    if (this.#threads.pending < settings.allSites) return this.#connections.obstacle(destination) ?? "";
    return type === "LAN" ? `${settings.allSites} of ${settings.allSites} sendings in use` : "line busy";
  }

  #start(name: string, signal: AbortSignal): void {
    const request = this.#waiting.get(name);
    if (!request) return;
    this.#waiting.delete(name);
    this.#connections.open(name, request.destination);
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
        this.#connections.close(name);
        // A thread is free; and what was put back is there again.
        this.#outbox.look(this.#outbox.isLying(name) ? "all" : "nothing new");
      }
    });
  }
}

function withoutExtension(files: ReadonlySet<string>): string[] {
  return [...files].flatMap((file) => (file.endsWith(ready) ? [file.slice(0, -ready.length)] : []));
}
