/**
 * One sending, from the claimed `.SRS` to its end: completed, put back for a retry, put back for the Scheduler because
 * the window closed, the retries are used up or it is to be held, or cancelled.
 */
import { join } from "node:path";

import type { Address } from "../../domain/address.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import type { Subject } from "../../domain/journal.ts";
import { localMoment } from "../../domain/local-week.ts";
import { closedWords } from "../../domain/schedule-words.ts";
import { requestById } from "../database/send-requests.ts";
import { addressRevision, type KnownNeighbour, neighbourByCode } from "../database/sites.ts";
import type { ClaimedFile } from "../inboxes/claimed-file.ts";
import type { SendRequest } from "../inboxes/documents.ts";

import { stages } from "../inboxes/stages.ts";
import { errorText } from "../reporter.ts";
import { AddressPaces } from "./address-paces.ts";
import { dropAtTarget, jobOf } from "./drop-at-target.ts";
import { OpenWindow } from "./open-window.ts";
import { RasLine } from "./ras-line.ts";
import { RunningWish } from "./running-wish.ts";
import { SendError } from "./send-error.ts";
import type { SenderDeps } from "./sender.ts";
import type { SenderCounters } from "./sender-counters.ts";
import { StatusFile } from "./status-file.ts";

/** A disk that fails is asked again after so many real milliseconds at least, however fast the clock is. */
const leastRealDelayMs = 1000;

/** What one sending works with. */
type Way = { readonly neighbour: KnownNeighbour; readonly address: Address };

export class Sending {
  readonly #deps: SenderDeps;
  readonly #paces: AddressPaces;
  readonly #line: RasLine | undefined;

  readonly #counters: SenderCounters;

  constructor(deps: SenderDeps, counters: SenderCounters) {
    this.#deps = deps;
    this.#counters = counters;
    const { place, zone, wan } = deps;
    this.#paces = new AddressPaces({ clock: place.clock, zone, linkTo: (site) => wan.bandwidthTo(site) });
    wan.onChange(() => this.#paces.linksChanged());
    this.#line = deps.type === "LAN" ? undefined : new RasLine(deps.place);
  }

  /** Hangs up. Nothing is sent after this. */
  end(): void {
    this.#line?.[Symbol.dispose]();
  }

  /** Returns the site it was connected to, if it was. */
  dropLine(): SiteCode | undefined {
    return this.#line?.drop();
  }

  async send(file: ClaimedFile, found: SendRequest, signal: AbortSignal): Promise<void> {
    const { place } = this.#deps;
    const { clock } = place;
    const { request: id, destination, packages, job } = found;
    const reporter = place.reporter.about(id);
    const subject: Subject = { packages, job, request: id, peer: destination };
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
    const superseded = requestById(this.#deps.database, id);
    if (superseded?.wish === "supersede") {
      await this.#cancelled(status, superseded.reason, subject);
      return this.dropAtTarget(found, signal);
    }
    const neighbour = neighbourByCode(this.#deps.database, destination);
    const address = neighbour?.addresses.find(({ sender }) => sender === this.#deps.type);
    if (!neighbour || !address) {
      reporter.error(`There is no longer an address to destination site ${destination}`);
      return this.#forScheduler(file, status, "there is no longer an address", subject);
    }
    await status.keep();
    using window = this.#watchWindow(found, address);
    using running = new RunningWish(this.#deps.database, id);
    const stops = [signal, running.stop, ...(window ? [window.closed] : [])];
    try {
      await this.#transfer(status, { neighbour, address }, subject, AbortSignal.any(stops));
    } catch (error) {
      if (running.wish?.wish === "cancel") {
        await this.#cancelled(status, running.wish.reason, subject);
        return this.dropAtTarget(status.document, signal);
      }
      if (running.wish) return this.#forScheduler(file, status, running.wish.reason, subject);
      if (signal.aborted) {
        status.set({ status: "SUSPENDED", reason: "the site stopped" });
        await status.keep();
        return file.release(0, subject);
      }
      if (window?.closed.aborted) return this.#closed(file, status, subject);
      return this.#failed(file, status, subject, error);
    }
    status.set({
      status: "OK",
      reason: "",
      syncPoint: found.bytes,
      bytesLeft: 0,
      endedMs: clock.now(),
      tries: 0,
      resting: [],
    });
    await status.keep();
    reporter.event({
      action: "completed",
      ...subject,
      bytes: found.bytes,
      file: place.folders.shown(file.path),
    });
    reporter.info(`Sending completed [${found.packageFile}] to site ${destination}`);
  }

  /** A request that waits and is not to be sent any more. The Scheduler clears it. */
  async withdraw(file: ClaimedFile, found: SendRequest, reason: string): Promise<void> {
    const { packages, job, request, destination: peer } = found;
    const status = new StatusFile(this.#deps.place, file, found);
    await this.#cancelled(status, reason, { packages, job, request, peer });
  }

  /** Has the target drop what it holds of a request that has ended here. Never rejects. */
  async dropAtTarget(found: SendRequest, signal: AbortSignal): Promise<void> {
    if (!this.#line) await dropAtTarget(this.#deps, found, signal); // no line is dialled for it
  }

  async #cancelled(status: StatusFile, reason: string, subject: Subject): Promise<void> {
    const { clock, reporter: own } = this.#deps.place;
    const reporter = own.about(status.document.request);
    status.set({ status: "CANCELLED", reason, nextTryMs: null, endedMs: clock.now() });
    await status.keep();
    reporter.event({ action: "withdrawn", ...subject, offset: status.document.syncPoint, text: reason });
    reporter.info(`Send request ${subject.request} to site ${subject.peer} is not sent any more: ${reason}`);
  }

  async #transfer(status: StatusFile, way: Way, subject: Subject, signal: AbortSignal): Promise<void> {
    const { place, transfer, wan } = this.#deps;
    const { request, destination, bytes, packageFile } = status.document;
    const { address } = way;
    const line = this.#line && address.line;
    using counted = this.#counters.begin(destination);
    try {
      const say = (reason: string) => {
        status.set({ reason });
        return status.keep();
      };
      const dropped = line ? await this.#line?.connect(destination, line, request, say, signal) : undefined;
      const pace = this.#finishes
        ? this.#paces.kept(destination, address)
        : this.#paces.of(destination, address);
      const send = line ? transfer : wan.over(transfer); // a line that is dialled goes past the WAN
      await send(
        { ...jobOf(this.#deps, status.document, way.neighbour), ...(pace && { pace }) },
        {
          connected: () => status.set({ connects: status.document.connects + 1 }),
          started: (offset) => {
            counted.started(offset);
            status.set({ status: "SENDING", syncPoint: offset, bytesLeft: bytes - offset, reason: "" });
            place.reporter.event({ action: "sending", ...subject, offset, bytes });
            place.reporter
              .about(request)
              .info(`Sending Started [${packageFile}] at position ${offset} of ${bytes}`);
          },
          progress: (offset) => {
            counted.reached(offset);
            const { packages } = status.document;
            status.progress(offset, this.#counters.underWay, { request, packages, peer: destination });
          },
        },
        dropped ? AbortSignal.any([signal, dropped]) : signal,
      );
    } catch (error) {
      if (!signal.aborted) counted.failed();
      throw error;
    } finally {
      this.#line?.rest();
    }
  }

  /** Undefined where a sending keeps to the window and the limit it began with. */
  #watchWindow(found: SendRequest, address: Address): OpenWindow | undefined {
    if (this.#finishes) return undefined;
    const { database, place, zone, type } = this.#deps;
    const { destination, priority } = found;
    const now = () => neighbourByCode(database, destination)?.addresses.find(({ sender }) => sender === type);
    let revision = addressRevision(database);
    return new OpenWindow({
      clock: place.clock,
      zone,
      priority,
      address: now,
      onChange: (listener, over) =>
        database.onCommit(() => {
          if (revision === addressRevision(database)) return;
          revision = addressRevision(database);
          this.#paces.of(destination, now() ?? address); // takes a changed limit at the next block
          listener();
        }, over),
    });
  }

  get #finishes(): boolean {
    return this.#deps.settings.whenAddressChanges === "finish";
  }

  /** Stopped at a block; the Scheduler gives it on when an address is open again, and it goes on from there. */
  #closed(file: ClaimedFile, status: StatusFile, subject: Subject): Promise<void> {
    const { place, database, zone, type } = this.#deps;
    const { destination, priority, request } = status.document;
    const address = neighbourByCode(database, destination)?.addresses.find(({ sender }) => sender === type);
    const words = address && closedWords(address.schedule, zone, priority, place.clock.now());
    const reason = words ?? "the address was closed";
    place.reporter
      .about(request)
      .info(`Address is closed for priority ${priority} jobs, stop sending: ${reason}`);
    return this.#forScheduler(file, status, reason, subject);
  }

  async #forScheduler(
    file: ClaimedFile,
    status: StatusFile,
    reason: string,
    subject: Subject,
  ): Promise<void> {
    const { folders } = this.#deps.place;
    status.set({ status: "SUSPENDED", reason });
    await status.keep();
    await file.moveTo(join(folders.requests, file.name + stages.sendRequest.ready), {
      ...subject,
      text: reason,
    });
  }

  /** The site is there and has no place at the moment: it is asked again, and no try is counted. */
  async #busy(file: ClaimedFile, status: StatusFile, subject: Subject, delayMs: number): Promise<void> {
    const { place, zone } = this.#deps;
    const { request, destination } = status.document;
    const nextTryMs = place.clock.now() + delayMs;
    const reason = `site ${destination} is busy; asked again at ${localMoment(zone, nextTryMs)}`;
    const reporter = place.reporter.about(request);
    reporter.info(`Send request ${request}: ${reason}`);
    reporter.event({ action: "waiting", ...subject, text: reason });
    status.set({ status: "SUSPENDED", nextTryMs, reason });
    await status.keep();
    return file.release(delayMs, { ...subject, text: reason });
  }

  /** Tries again after the delay; when the retries are used up this address rests, and another may stand in. */
  async #failed(file: ClaimedFile, status: StatusFile, subject: Subject, error: unknown): Promise<void> {
    const { place, settings, type, zone } = this.#deps;
    const { request, destination, packages, syncPoint } = status.document;
    const comeAgainAfterMs = error instanceof SendError ? error.comeAgainAfterMs : undefined;
    if (comeAgainAfterMs !== undefined)
      return this.#busy(file, status, subject, comeAgainAfterMs * place.clock.scale());
    const isOurs = place.reporter.diskFailed(error); // and no fault of the address
    const tries = status.document.tries + (isOurs ? 0 : 1);
    const usedUp = tries > settings.retries;
    const leastMs = isOurs ? leastRealDelayMs * place.clock.scale() : 0;
    const delayMs = Math.max(usedUp ? settings.backOffMs : settings.retryDelayMs, leastMs);
    const nextTryMs = place.clock.now() + delayMs;
    const again = localMoment(zone, nextTryMs);
    const next = usedUp
      ? `the address rests until ${again}`
      : `retry ${tries} of ${settings.retries} at ${again}`;
    const reason = `${errorText(error)}; ${next}`;
    const reporter = place.reporter.about(request);
    reporter.warn(`Send request ${request} to site ${destination}: ${reason}`);
    reporter.event({ action: "failed", ...subject, offset: syncPoint, text: reason });
    if (!usedUp) {
      status.set({ status: "ERROR", tries, nextTryMs, reason });
      await status.keep();
      return file.release(delayMs, { ...subject, text: reason });
    }
    reporter.status(3500, `site ${destination}: ${errorText(error)}`, packages[0]);
    const resting = status.document.resting.filter(({ sender }) => sender !== type);
    status.set({ tries: 0, resting: [...resting, { sender: type, untilMs: nextTryMs }] });
    await this.#forScheduler(file, status, reason, subject);
  }
}
