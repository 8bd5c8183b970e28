/**
 * Gives each send request to the sender of the address it goes by now. While none of the addresses is open for its
 * priority, or all have failed for it, it waits in `Schedule.box/Requests`, with the reason inside; a sender puts it
 * back there when its window closes or its retries are used up.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { type AddressChoice, chooseAddress } from "../../../domain/address-choice.ts";
import type { Subject } from "../../../domain/journal.ts";
import { senderType } from "../../../domain/package.ts";
import { compareRequests } from "../../../domain/send-request-order.ts";
import type { TimeZone } from "../../../domain/time-zone.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import { addressRevision, neighbourByCode } from "../../database/sites.ts";
import { type SendRequest, sendRequest } from "../../inboxes/documents.ts";
import { Inbox, type Place, putDocument } from "../../inboxes/inbox.ts";
import { stages } from "../../inboxes/stages.ts";
import { isMissing, renameDurably, sweepUnfinished, writeWhole } from "../../inboxes/whole-file.ts";

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
    let revision = addressRevision(database);
    database.onCommit(() => {
      if (revision === addressRevision(database)) return;
      revision = addressRevision(database);
      this.#waiting.look();
    }, signal);
    let rest = new AbortController();
    for await (const _ of this.#waiting.changes(signal)) {
      rest.abort();
      rest = new AbortController();
      const untilMs = await this.#dispatch();
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
    const { reporter } = this.#deps.place;
    const nowMs = this.#deps.place.clock.now(); // one for all, so that none overtakes another
    let untilMs = Number.POSITIVE_INFINITY;
    for (const name of (await this.#waiting.ready()).sort(compareRequests)) {
      try {
        const request = await this.#read(name);
        const choice = request && this.#choose(request, nowMs);
        if (!request || !choice) continue;
        if (choice.address) await this.#handOver(request, choice.address.sender);
        else {
          untilMs = Math.min(untilMs, choice.untilMs);
          await this.#tellWhy(request, choice);
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

  /** Reads a request where it lies. One that does not parse is put in quarantine. */
  async #read(name: string): Promise<SendRequest | undefined> {
    const path = join(this.#waiting.folder, name + ready);
    try {
      return sendRequest.parse(JSON.parse(await readFile(path, "utf8")));
    } catch (error) {
      if (isMissing(error)) return undefined;
      const file = await this.#waiting.claim(name);
      await file?.quarantine(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  async #handOver(request: SendRequest, sender: (typeof senderType.options)[number]): Promise<void> {
    const { folders, reporter } = this.#deps.place;
    const from = join(this.#waiting.folder, request.request + ready);
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
  async #tellWhy(request: SendRequest, choice: AddressChoice & { address: undefined }): Promise<void> {
    const { reporter, folders } = this.#deps.place;
    const nextTryMs = Number.isFinite(choice.untilMs) ? choice.untilMs : null;
    if (request.reason === choice.reason && request.nextTryMs === nextTryMs) return;
    const path = join(this.#waiting.folder, request.request + ready);
    const document: SendRequest = { ...request, status: "SUSPENDED", reason: choice.reason, nextTryMs };
    await writeWhole(path, `${JSON.stringify(document, null, 1)}\n`, () =>
      reporter.event({
        action: "waiting",
        file: folders.shown(path),
        text: choice.reason,
        ...subjectOf(request),
      }),
    );
    reporter.info(`Send request ${request.request} to site ${request.destination} waits: ${choice.reason}`);
  }
}

function subjectOf({ packages, job, request, destination }: SendRequest): Subject {
  return { packages, job, request, peer: destination };
}
