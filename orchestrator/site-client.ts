/**
 * A site as the orchestrator sees it: what can be asked of its HTTP faces (site-connection.ts asks it).
 */
import { z } from "zod";

import type { ClockTimeline } from "../domain/clock.ts";
import { type RequestId, type SiteCode, siteCode } from "../domain/identifiers.ts";
import type { JournalEvent } from "../domain/journal.ts";
import type { SiteLinks } from "../domain/link.ts";
import {
  type InboxDepths,
  inboxDepths,
  type RequestAction,
  type SendRequestStatus,
  sendRequestList,
} from "../domain/send-request.ts";
import {
  type Neighbour,
  type SiteDescription,
  type SiteResources,
  siteDescription,
  siteResources,
} from "../domain/site-face.ts";
import { type Severity, type StatusMessage, statusMessageList } from "../domain/status-messages.ts";
import { Failure } from "./failure.ts";
import { type Ask, SiteConnection, type SiteConnectionOptions } from "./site-connection.ts";
import { SmsProvider } from "./sms-provider.ts";
import type { WallClock } from "./wall-clock.ts";

const reconnectAfterMs = 500;

const health = z.object({ status: z.string(), reason: z.string().optional(), site: siteCode });

export type SiteClientOptions = SiteConnectionOptions & {
  /** The base URL that the other sites are told. Default: `url`. */
  readonly addressUrl?: string | undefined;
  readonly wallClock: WallClock;
};

export class SiteClient implements AsyncDisposable {
  readonly code: SiteCode;
  readonly url: string;
  readonly addressUrl: string;
  readonly authorities: string | undefined;
  /** Of a primary site; a secondary site refuses what is asked here. */
  readonly provider: SmsProvider;
  readonly ask: Ask;
  readonly #connection: SiteConnection;
  readonly #wallClock: WallClock;

  constructor(options: SiteClientOptions) {
    this.code = options.code;
    this.url = options.url.replace(/\/+$/, "");
    this.addressUrl = (options.addressUrl ?? options.url).replace(/\/+$/, "");
    this.authorities = options.authorities;
    this.#wallClock = options.wallClock;
    this.#connection = new SiteConnection({ ...options, url: this.url });
    this.ask = this.#connection.ask;
    this.provider = new SmsProvider(this.ask);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }

  /** The code of the site that answers; rejects while it is starting or stopping. */
  async health(signal?: AbortSignal): Promise<SiteCode> {
    return (await this.ask("/health", health, { signal })).site;
  }

  /** The same in words, like "healthy", "waiting for a clock" or "degraded (ENOSPC: no space left on device)". */
  async healthWords(): Promise<string> {
    const { status, reason } = await this.ask("/health", health);
    return reason === undefined ? status : `${status} (${reason})`;
  }

  async describe(): Promise<SiteDescription> {
    return await this.ask("/site", siteDescription);
  }

  /** What its process has used so far. */
  async resources(): Promise<SiteResources> {
    return await this.ask("/site/resources", siteResources);
  }

  async setClock(timeline: ClockTimeline): Promise<void> {
    await this.ask("/site/clock", z.unknown(), { method: "PUT", body: timeline });
  }

  async setLinks(links: SiteLinks): Promise<void> {
    await this.ask("/site/links", z.unknown(), { method: "PUT", body: links });
  }

  async setNeighbour(neighbour: Neighbour): Promise<void> {
    await this.ask(`/site/neighbours/${neighbour.code}`, z.unknown(), { method: "PUT", body: neighbour });
  }

  async removeNeighbour(code: SiteCode): Promise<void> {
    await this.ask(`/site/neighbours/${code}`, z.unknown(), { method: "DELETE" });
  }

  /** What it is sending or has waiting, in the order in which it goes. */
  async sendRequests(): Promise<SendRequestStatus[]> {
    return (await this.ask("/site/send-requests", sendRequestList)).requests;
  }

  /** Resolves once the site has kept what is wished; it acts on it at once. */
  async actOnRequest(action: RequestAction, id: RequestId): Promise<void> {
    await this.ask(`/site/send-requests/${id}/${action}`, z.unknown(), { method: "POST" });
  }

  /** How many files lie in each of its inboxes. */
  async inboxes(): Promise<InboxDepths["inboxes"]> {
    return (await this.ask("/site/inboxes", inboxDepths)).inboxes;
  }

  /** Its newest status messages of `sinceMs` (emulated) or later, and behind the one that `after` counts; oldest first. */
  async statusMessages(filter: {
    sinceMs?: number;
    after?: number;
    severity?: Severity;
    limit?: number;
  }): Promise<StatusMessage[]> {
    const query = new URLSearchParams({ limit: String(filter.limit ?? 20_000) });
    if (filter.sinceMs !== undefined) query.set("since", String(filter.sinceMs));
    if (filter.after !== undefined) query.set("after", String(filter.after));
    if (filter.severity) query.set("severity", filter.severity);
    return (await this.ask(`/site/status-messages?${query}`, statusMessageList)).messages;
  }

  /** Its metrics, in the exposition format of Prometheus. */
  async metrics(): Promise<string> {
    return await this.#connection.text("/metrics");
  }

  /** What is in the journal now, from the event after `after` on. */
  async keptEvents(after = 0): Promise<JournalEvent[]> {
    return await Array.fromAsync(this.#connection.events(after, false));
  }

  /**
   * The journal and what comes, until `signal` aborts. Goes on from the last event when the connection is lost;
   * `lost` is told once for each outage, and with undefined when it is over.
   */
  async *follow(
    after: number,
    signal: AbortSignal,
    lost: (error: unknown) => void = () => {},
  ): AsyncGenerator<JournalEvent> {
    let last = after;
    let isLost = false;
    while (!signal.aborted) {
      try {
        for await (const event of this.#connection.events(last, true, signal)) {
          if (isLost) lost(undefined);
          isLost = false;
          if (event.sequence > 0) last = event.sequence;
          yield event;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof Failure && error.kind === "usage") throw error;
        if (!isLost) lost(error);
        isLost = true;
      }
      await this.#wallClock.sleep(reconnectAfterMs, signal);
    }
  }
}
