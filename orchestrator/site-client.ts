/**
 * A site as the orchestrator sees it: its HTTP faces, every answer parsed. An error names the site and says what
 * to do; a refusal is shown in the site's own words.
 */
import { EventSourceParserStream } from "eventsource-parser/stream";
import { Agent, fetch, type RequestInit, type Response } from "undici";
import { z } from "zod";

import type { ClockTimeline } from "../domain/clock.ts";
import { type RequestId, type SiteCode, siteCode } from "../domain/identifiers.ts";
import { type JournalEvent, journalEvent } from "../domain/journal.ts";
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
import { Failure, systemCodeOf, wordsOf } from "./failure.ts";
import { SmsProvider } from "./sms-provider.ts";
import type { WallClock } from "./wall-clock.ts";

const answerWithinMs = 30_000;
const reconnectAfterMs = 500;

const health = z.object({ status: z.string(), reason: z.string().optional(), site: siteCode });
const refusal = z.object({
  error: z.object({
    code: z.string().optional(),
    message: z.string(),
    details: z.array(z.object({ target: z.string().optional(), message: z.string() })).optional(),
  }),
});

export type SiteClientOptions = {
  readonly code: SiteCode;
  /** The base URL. */
  readonly url: string;
  /** The base URL that the other sites are told. Default: `url`. */
  readonly addressUrl?: string | undefined;
  /** PEM: who may have made its certificate. Default: the authorities that Node knows. */
  readonly authorities?: string | undefined;
  readonly administratorToken: string;
  readonly wallClock: WallClock;
};

export type Ask = <Schema extends z.ZodType>(
  path: string,
  answer: Schema,
  request?: { method?: "POST" | "PUT" | "DELETE"; body?: unknown; signal?: AbortSignal | undefined },
) => Promise<z.infer<Schema>>;

export class SiteClient implements AsyncDisposable {
  readonly code: SiteCode;
  readonly url: string;
  readonly addressUrl: string;
  readonly authorities: string | undefined;
  /** Of a primary site; a secondary site refuses what is asked here. */
  readonly provider: SmsProvider;
  readonly #options: SiteClientOptions;
  readonly #agent: Agent;

  constructor(options: SiteClientOptions) {
    this.code = options.code;
    this.url = options.url.replace(/\/+$/, "");
    this.addressUrl = (options.addressUrl ?? options.url).replace(/\/+$/, "");
    this.authorities = options.authorities;
    this.#agent = new Agent({
      bodyTimeout: 0, // a stream of events may be silent for a night
      headersTimeout: answerWithinMs,
      connectTimeout: 5_000,
      connect: { ca: options.authorities },
    });
    this.#options = options;
    this.provider = new SmsProvider(this.ask);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
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
    return await (await this.#request("/metrics", { signal: AbortSignal.timeout(answerWithinMs) })).text();
  }

  /** What is in the journal now, from the event after `after` on. */
  async keptEvents(after = 0): Promise<JournalEvent[]> {
    return await Array.fromAsync(this.#events(after, false));
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
        for await (const event of this.#events(last, true, signal)) {
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
      await this.#options.wallClock.sleep(reconnectAfterMs, signal);
    }
  }

  async *#events(after: number, follow: boolean, signal?: AbortSignal): AsyncGenerator<JournalEvent> {
    const path = `/events?after=${after}&follow=${follow ? 1 : 0}`;
    const response = await this.#request(path, {
      headers: { accept: "text/event-stream" },
      signal: signal ?? null,
    });
    if (!response.body) return;
    const messages = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>)
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    for await (const { data } of messages) yield this.#eventIn(data);
  }

  #eventIn(data: string): JournalEvent {
    try {
      return journalEvent.parse(JSON.parse(data));
    } catch (cause) {
      const what = `site ${this.code} tells of an event that this spoolnet does not understand: are both of one version?`;
      throw new Failure("usage", what, { cause }); // asking again would bring the same event
    }
  }

  readonly ask: Ask = async (path, answer, { method, body, signal } = {}) => {
    const timeout = AbortSignal.timeout(answerWithinMs);
    const response = await this.#request(path, {
      method: method ?? "GET",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await response.text();
    try {
      return answer.parse(text === "" ? undefined : JSON.parse(text));
    } catch (cause) {
      throw new Failure(
        "environment",
        `site ${this.code} gave an answer to ${path} that this spoolnet does not understand: are both of one version?`,
        { cause },
      );
    }
  };

  async #request(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...init.headers, authorization: `Bearer ${this.#options.administratorToken}` };
    const fetched = () => fetch(`${this.url}${path}`, { ...init, dispatcher: this.#agent, headers });
    let response: Response;
    try {
      // A connection that was idle may be closed just when it is used again: what can be asked twice is.
      response = await fetched().catch((error) => {
        if (init.method === "POST" || systemCodeOf(error) !== "UND_ERR_SOCKET") throw error;
        return fetched();
      });
    } catch (cause) {
      const why = systemCodeOf(cause) ?? wordsOf(cause);
      if (isCertificateFailure(why)) throw new CertificateFailure(this, cause);
      throw new Failure(
        "environment",
        `site ${this.code} does not answer at ${this.url} (${why}): is it running?`,
        {
          cause,
        },
      );
    }
    if (response.ok) return response;
    throw await this.#refused(path, response);
  }

  async #refused(path: string, response: Response): Promise<Failure> {
    const text = await response.text();
    if (response.status === 401) {
      return new Failure(
        "usage",
        `site ${this.code} does not know the administrator's token: give the one the site was started with`,
      );
    }
    const parsed = refusal.safeParse(jsonOr(text));
    if (!parsed.success) {
      const words = text.slice(0, 200).trim();
      return new Failure(
        response.status < 500 ? "usage" : "environment",
        `site ${this.code} answered ${response.status} to ${path}${words ? `: ${words}` : ""}`,
      );
    }
    const { message, details = [] } = parsed.data.error;
    const lines = details
      .filter(({ message: words }) => !message.includes(words))
      .map(({ target, message: words }) => `\n  ${target ? `${target}: ` : ""}${words}`);
    return new Failure(
      response.status < 500 ? "usage" : "environment",
      `site ${this.code} refused: ${message}${lines.join("")}`,
    );
  }
}

/** Asking again does not help: who answers is not known to be the site. */
export class CertificateFailure extends Failure {
  constructor({ code, url, authorities }: SiteClient, cause: unknown) {
    const whose =
      authorities === undefined ? "one that Node knows (NODE_EXTRA_CA_CERTS adds some)" : "the one given";
    super(
      "usage",
      `the certificate of site ${code} at ${url} is not to be trusted (${systemCodeOf(cause)}: ${rootOf(cause)}): expected one for that host, of an authority that is ${whose}; tls.authorities in the topology file says which`,
    );
  }
}

function rootOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error
    ? rootOf(error.cause)
    : String((error as Error).message);
}

/** As Node's TLS names them. */
function isCertificateFailure(code: string): boolean {
  return /CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test(code);
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
