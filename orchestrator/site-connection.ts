/**
 * The HTTP of a site as the orchestrator asks it: every answer parsed. An error names the site and says what to do; a
 * refusal is shown in the site's own words.
 */
import { EventSourceParserStream } from "eventsource-parser/stream";
import { Agent, fetch, type RequestInit, type Response } from "undici";
import { z } from "zod";

import type { SiteCode } from "../domain/identifiers.ts";
import { type JournalEvent, journalEvent } from "../domain/journal.ts";
import { Failure, systemCodeOf, wordsOf } from "./failure.ts";

const answerWithinMs = 30_000;

const refusal = z.object({
  error: z.object({
    code: z.string().optional(),
    message: z.string(),
    details: z.array(z.object({ target: z.string().optional(), message: z.string() })).optional(),
  }),
});

export type SiteConnectionOptions = {
  readonly code: SiteCode;
  /** The base URL. */
  readonly url: string;
  /** PEM: who may have made its certificate. Default: the authorities that Node knows. */
  readonly authorities?: string | undefined;
  readonly administratorToken: string;
};

export type Ask = <Schema extends z.ZodType>(
  path: string,
  answer: Schema,
  request?: { method?: "POST" | "PUT" | "DELETE"; body?: unknown; signal?: AbortSignal | undefined },
) => Promise<z.infer<Schema>>;

export class SiteConnection implements AsyncDisposable {
  readonly #options: SiteConnectionOptions;
  readonly #agent: Agent;

  constructor(options: SiteConnectionOptions) {
    this.#options = options;
    this.#agent = new Agent({
      bodyTimeout: 0, // a stream of events may be silent for a night
      headersTimeout: answerWithinMs,
      connectTimeout: 5_000,
      connect: { ca: options.authorities },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
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
        `site ${this.#options.code} gave an answer to ${path} that this spoolnet does not understand: are both of one version?`,
        { cause },
      );
    }
  };

  /** An answer that is no JSON. */
  async text(path: string): Promise<string> {
    return await (await this.#request(path, { signal: AbortSignal.timeout(answerWithinMs) })).text();
  }

  /** What is in the journal after `after`; with `follow` also what comes, until `signal` aborts or the connection ends. */
  async *events(after: number, follow: boolean, signal?: AbortSignal): AsyncGenerator<JournalEvent> {
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
      const what = `site ${this.#options.code} tells of an event that this spoolnet does not understand: are both of one version?`;
      throw new Failure("usage", what, { cause }); // asking again would bring the same event
    }
  }

  async #request(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...init.headers, authorization: `Bearer ${this.#options.administratorToken}` };
    const fetched = () => fetch(`${this.#options.url}${path}`, { ...init, dispatcher: this.#agent, headers });
    let response: Response;
    try {
      // A connection that was idle may be closed just when it is used again: what can be asked twice is.
      response = await fetched().catch((error) => {
        if (init.method === "POST" || systemCodeOf(error) !== "UND_ERR_SOCKET") throw error;
        return fetched();
      });
    } catch (cause) {
      const why = systemCodeOf(cause) ?? wordsOf(cause);
      if (isCertificateFailure(why)) throw new CertificateFailure(this.#options, cause);
      throw new Failure(
        "environment",
        `site ${this.#options.code} does not answer at ${this.#options.url} (${why}): is it running?`,
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
        `site ${this.#options.code} does not know the administrator's token: give the one the site was started with`,
      );
    }
    const parsed = refusal.safeParse(jsonOr(text));
    if (!parsed.success) {
      const words = text.slice(0, 200).trim();
      return new Failure(
        response.status < 500 ? "usage" : "environment",
        `site ${this.#options.code} answered ${response.status} to ${path}${words ? `: ${words}` : ""}`,
      );
    }
    const { message, details = [] } = parsed.data.error;
    const lines = details
      .filter(({ message: words }) => !message.includes(words))
      .map(({ target, message: words }) => `\n  ${target ? `${target}: ` : ""}${words}`);
    return new Failure(
      response.status < 500 ? "usage" : "environment",
      `site ${this.#options.code} refused: ${message}${lines.join("")}`,
    );
  }
}

/** Asking again does not help: who answers is not known to be the site. */
export class CertificateFailure extends Failure {
  constructor({ code, url, authorities }: SiteConnectionOptions, cause: unknown) {
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
