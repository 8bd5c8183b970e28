/**
 * Gives each send request to the sender of the address it goes by now. While none of the addresses is open for its
 * priority, or all have failed for it, or while it is held, it waits in `Schedule.box/Requests`, with the reason inside;
 * a sender puts it back there when its window closes or its retries are used up.
 */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { type AddressChoice, chooseAddress } from "../../../domain/address-choice.ts";
import type { Subject } from "../../../domain/journal.ts";
import { senderType } from "../../../domain/package.ts";
import { compareRequests } from "../../../domain/send-request-order.ts";
import type { TimeZone } from "../../../domain/time-zone.ts";
import { isRemoved } from "../../database/removed-sites.ts";
import { openWishes, type Wish, wishRevision } from "../../database/send-requests.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import { addressRevision, neighbourByCode } from "../../database/sites.ts";
import type { SendRequest } from "../../inboxes/documents.ts";
import { Inbox, type Place, putDocument } from "../../inboxes/inbox.ts";
import { readWaiting } from "../../inboxes/send-request-files.ts";
import { stages } from "../../inboxes/stages.ts";
import { renameDurably, sweepUnfinished, writeWhole } from "../../inboxes/whole-file.ts";
import { clearRequest } from "./clear-request.ts";

type Deps = { place: Place; database: SiteDatabase; zone: TimeZone };

const { ready, claimed } = stages.sendRequest;

export class RequestDispatch {
  readonly #deps: Deps;
  readonly #waiting: Inbox;
  readonly #outboxes: readonly string[];

  constructor(deps: Deps) {
    this.#deps = deps;
    const { place } = deps;
    this.#waiting = new Inbox(place.folders.requests, stages.sendRequest, place);
    this.#outboxes = senderType.options.map((type) => place.folders.outbox(type));
  }

  async recover(): Promise<void> {
    await this.#waiting.recover();
    for (const outbox of this.#outboxes) {
      await mkdir(outbox, { recursive: true });
      await sweepUnfinished(outbox);
    }
  }

  /** True if the request waits for an address or its sender, is with it, or is completed and not cleared. */
  isThere(request: SendRequest["request"]): boolean {
    return [this.#waiting.folder, ...this.#outboxes].some((folder) => {
      const path = join(folder, request);
      return existsSync(path + ready) || existsSync(path + claimed);
    });
  }

  /** Puts a new request where it belongs now. */
  async put(request: SendRequest): Promise<void> {
    const { place } = this.#deps;
    const choice = this.#choose(request, place.clock.now());
    const folder = choice.address ? place.folders.outbox(choice.address.sender) : this.#waiting.folder;
    await putDocument(place, join(folder, request.request + ready), request, subjectOf(request));
  }

  /** Looks at what waits whenever an address may have opened or changed, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { database, place } = this.#deps;
    const now = () => `${addressRevision(database)} ${wishRevision(database)}`;
    let before = now();
    database.onCommit(() => {
      if (before === now()) return;
      before = now();
      this.#waiting.look();
    }, signal);
    let rest = new AbortController();
    for await (const _ of this.#waiting.changes(signal)) {
      rest.abort("woken"); // without a reason it would make an error, stack and all
      rest = new AbortController();
      const untilMs = await this.#dispatch().catch((error: unknown) => {
        place.reporter.error("cannot look through what waits; tried again at the next sweep", error);
        return Number.POSITIVE_INFINITY;
      });
      const { clock } = place;
      const over = AbortSignal.any([signal, rest.signal]);
      void clock.sleep(untilMs - clock.now(), over).then(() => {
        if (!over.aborted) this.#waiting.look(); // not for being looked at already
      });
    }
    rest.abort();
  }

  /** Moves what can go; returns when (emulated) the next of the others can. */
  async #dispatch(): Promise<number> {
    const { place, database } = this.#deps;
    const { reporter } = place;
    const wishes = openWishes(database);
    const nowMs = place.clock.now(); // one for all, so that none overtakes another
    let untilMs = Number.POSITIVE_INFINITY;
    for (const name of (await this.#waiting.ready()).sort(compareRequests)) {
      try {
        const request = await readWaiting(this.#waiting, name, ready);
        if (!request) continue;
        const choice = this.#choose(request, nowMs);
        const wish = wishes.get(name);
        // What a target holds of it already its sender has dropped there, and ends it.
        const isToDrop = wish && wish.wish !== "hold" && request.connects > 0 && choice.address;
        const wished = wish ?? this.#gone(request);
        if (wished && !isToDrop) {
          await this.#obey(request, wished);
          continue;
        }
        if (choice.address) await this.#handOver(request, choice.address.sender);
        else {
          untilMs = Math.min(untilMs, choice.untilMs);
          const nextTryMs = Number.isFinite(choice.untilMs) ? choice.untilMs : null;
          await this.#tellWhy(request, choice.reason, nextTryMs);
        }
      } catch (error) {
        reporter.error(`cannot give send request ${name} to a sender; tried again at the next sweep`, error);
      }
    }
    return untilMs;
  }

  #choose(request: SendRequest, nowMs: number): AddressChoice {
    const { database, zone } = this.#deps;
    const addresses = neighbourByCode(database, request.destination)?.addresses ?? [];
    return chooseAddress(addresses, request, zone, nowMs);
  }

  /** A request that was made before its row said where to. */
  #gone({ destination }: SendRequest): Wish | undefined {
    if (!isRemoved(this.#deps.database, destination)) return undefined;
    return { wish: "cancel", reason: `site ${destination} was removed` };
  }

  /** Held it stays, withdrawn it goes. */
  async #obey(request: SendRequest, { wish, reason }: Wish): Promise<void> {
    if (wish === "hold") return this.#tellWhy(request, reason, null);
    const { place } = this.#deps;
    place.reporter.event({
      action: "withdrawn",
      ...subjectOf(request),
      offset: request.syncPoint,
      text: reason,
    });
    place.reporter.info(
      `Send request ${request.request} to site ${request.destination} is not sent any more: ${reason}`,
    );
    const path = join(this.#waiting.folder, request.request + ready);
    await clearRequest(this.#deps, path, { ...request, status: "CANCELLED", reason });
  }

  async #handOver(request: SendRequest, sender: (typeof senderType.options)[number]): Promise<void> {
    const { folders, reporter } = this.#deps.place;
    const from = join(this.#waiting.folder, request.request + ready);
    // Why it waited here is not why it may wait there.
    const fresh: SendRequest = { ...request, status: "NONE", reason: "", nextTryMs: null };
    if (request.reason !== "") await writeWhole(from, `${JSON.stringify(fresh, null, 1)}\n`);
    const to = join(folders.outbox(sender), request.request + ready);
    await renameDurably(from, to, () =>
      reporter.event({
        action: "renamed",
        file: folders.shown(to),
        from: folders.shown(from),
        ...subjectOf(request),
      }),
    );
    reporter.info(
      `Send request ${request.request} goes to the ${sender} sender: the address to site ${request.destination} is open`,
    );
  }

  /** The reason is in the request, for whoever looks, and in the journal once. */
  async #tellWhy(request: SendRequest, reason: string, nextTryMs: number | null): Promise<void> {
    const { reporter, folders } = this.#deps.place;
    if (request.reason === reason && request.nextTryMs === nextTryMs) return;
    const path = join(this.#waiting.folder, request.request + ready);
    const document: SendRequest = { ...request, status: "SUSPENDED", reason, nextTryMs };
    await writeWhole(path, `${JSON.stringify(document, null, 1)}\n`, () =>
      reporter.event({
        action: "waiting",
        file: folders.shown(path),
        text: reason,
        ...subjectOf(request),
      }),
    );
    reporter.info(`Send request ${request.request} to site ${request.destination} waits: ${reason}`);
  }
}

function subjectOf({ packages, job, request, destination }: SendRequest): Subject {
  return { packages, job, request, peer: destination };
}
