/**
 * Speaks to another site's SMS_SITE share: tus 1.0.0 and the commit (docs/share.md). Every failure becomes a
 * SendError in one place here, with the byte it happened at. Keeps no state of a transfer: the target has it.
 */
import type { Dispatcher, Pool } from "undici";
import type { SiteShare } from "../../domain/address.ts";
import type { RequestId, SiteCode } from "../../domain/identifiers.ts";
import type { SenderType } from "../../domain/package.ts";
import { type RefusalCode, refusals } from "../http/refusal.ts";
import { committedFileOf, instructionFileOf } from "../http/share-name.ts";
import {
  acknowledgeEveryBytes,
  acknowledgeHeader,
  acknowledgeStatus,
  pieceType,
  refusalCodeHeader,
  senderHeader,
  tusVersion,
  writeChecksum,
  writeMetadata,
} from "../http/tus-headers.ts";
import { basicHeader } from "../security/secrets.ts";
import { SendError } from "./send-error.ts";

type Target = {
  readonly site: SiteCode;
  readonly share: SiteShare;
  /** By which sender. Default: LAN. */
  readonly sender?: SenderType | undefined;
  readonly pool: Pool;
  readonly signal: AbortSignal;
  /** Waits before every request and before every answer is acted on. */
  readonly delay?: ((signal: AbortSignal) => Promise<void>) | undefined;
};

type Question = {
  readonly method: Dispatcher.HttpMethod;
  /** Below the share; empty for the share itself. */
  readonly name: string;
  readonly headers?: Record<string, string>;
  readonly body?: AsyncIterable<Uint8Array> | Uint8Array;
  /** Statuses that are no failure. Default: those below 300. */
  readonly allow?: readonly number[];
  /** The byte reached, for what a failure says. */
  at?(): number;
  /** Called with every offset that the target acknowledges on the way. */
  acknowledged?(offset: number): void;
};

/** Bytes to add to an upload, all in one request. */
export type Piece = {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
  readonly source: AsyncIterable<Uint8Array>;
  /** All bytes before `offset` have been handed over. Once a block. */
  progress?(offset: number): void;
  /** With it the target is asked to acknowledge what it reads. */
  acknowledged?(offset: number): void;
  /** What the piece is checked against before it counts. */
  readonly sha256?: Buffer;
};

type Answer = { readonly status: number; readonly headers: Dispatcher.ResponseData["headers"] };

/**
 * Smaller blocks may still wait in the socket when the next is asked for, so they are copied. undici waits for the
 * socket to drain after a write that went past its high-water mark, and a block of this size always does.
 */
const leavesAtOnceBytes = 64 * 1024;

/** What trying again cannot mend; every other refusal may be a matter of time. */
const finalStatuses: readonly number[] = [400, 403, 405, 412, 413, 415];

export class TusClient {
  readonly #target: Target;
  readonly #base: string;

  constructor(target: Target) {
    this.#target = target;
    this.#base = `${new URL(target.share.url).pathname.replace(/\/+$/, "")}/SMS_SITE/`;
  }

  /** Whether the target has the request whole. */
  async isReceived(request: RequestId): Promise<boolean> {
    const { status } = await this.#ask({ method: "HEAD", name: committedFileOf(request), allow: [200, 404] });
    return status === 200;
  }

  /**
   * Makes an upload or finds the one begun, and tells how many bytes the target holds. `whole`, all of a small file,
   * goes with it: one request then does what two would.
   */
  async create(filename: string, bytes: number, sha256: string, whole?: Uint8Array): Promise<number> {
    const { headers } = await this.#ask({
      method: "POST",
      name: "",
      headers: {
        "Upload-Length": String(bytes),
        "Upload-Metadata": writeMetadata({ filename, sha256 }),
        ...(whole && { "Content-Type": pieceType }),
      },
      ...(whole && { body: whole }),
    });
    return this.#offsetIn(headers, filename);
  }

  async append({ name, offset, bytes, source, progress, acknowledged, sha256 }: Piece): Promise<void> {
    let reached = offset;
    const { signal } = this.#target;
    const body = async function* () {
      for await (const block of source) {
        yield block.length < leavesAtOnceBytes ? Buffer.from(block) : block;
        reached += block.length;
        if (signal.aborted) return;
        progress?.(reached);
      }
    };
    await this.#ask({
      method: "PATCH",
      name,
      headers: {
        "Content-Type": pieceType,
        "Content-Length": String(bytes),
        "Upload-Offset": String(offset),
        ...(sha256 && { "Upload-Checksum": writeChecksum(sha256) }),
        ...(acknowledged && { [acknowledgeHeader]: String(acknowledgeEveryBytes) }),
      },
      body: body(),
      at: () => reached,
      acknowledged,
    });
  }

  /** Has the target drop an upload. One that it does not hold, or has taken already, is no failure. */
  async terminate(name: string): Promise<void> {
    await this.#ask({ method: "DELETE", name, allow: [204, 404] });
  }

  /** Has the target take the request. Done before is done. */
  async commit(request: RequestId): Promise<void> {
    const headers = { Destination: `${this.#base}${committedFileOf(request)}` };
    await this.#ask({ method: "MOVE", name: instructionFileOf(request), headers });
  }

  async #ask({ method, name, headers = {}, body, allow, at, acknowledged }: Question): Promise<Answer> {
    const { pool, signal, share, sender = "LAN", delay } = this.#target;
    await delay?.(signal);
    signal.throwIfAborted();
    let response: Dispatcher.ResponseData;
    let text: string;
    try {
      response = await pool.request({
        method,
        path: this.#base + name,
        headers: {
          ...headers,
          Authorization: basicHeader(share.account, share.secret),
          "Tus-Resumable": tusVersion,
          [senderHeader]: sender,
        },
        body: body as Uint8Array | undefined, // undici takes what can be iterated; its types do not say so
        signal,
        reset: false, // undici would close the connection after a HEAD
        ...(acknowledged && { onInfo: (info) => this.#heard(info, acknowledged) }),
      });
      text = await response.body.text();
      await delay?.(signal);
      signal.throwIfAborted();
    } catch (cause) {
      signal.throwIfAborted();
      throw this.#broken(cause, `${method} ${name}`, at?.());
    }
    const status = response.statusCode;
    const isFine = allow ? allow.includes(status) : status < 300;
    if (!isFine) throw this.#refused(response, text, `${method} ${name}`);
    return { status, headers: response.headers };
  }

  #heard(info: { statusCode: number; headers: Answer["headers"] }, acknowledged: (offset: number) => void) {
    const offset = info.headers["upload-offset"];
    if (info.statusCode === acknowledgeStatus && typeof offset === "string") acknowledged(Number(offset));
  }

  #refused(response: Dispatcher.ResponseData, text: string, what: string): SendError {
    const { statusCode: status, headers } = response;
    const named = headers[refusalCodeHeader.toLowerCase()];
    const code =
      typeof named === "string" && Object.hasOwn(refusals, named) ? (named as RefusalCode) : undefined;
    const words = messageIn(text) ?? (code ? refusals[code][1] : "no reason given");
    const answer = code ? `${status} ${code}` : String(status);
    return new SendError(`site ${this.#target.site} refused ${what}: ${answer}: ${words}`, {
      retryable: !finalStatuses.includes(status),
      code,
      comeAgainAfterMs: code === "BUSY" ? secondsIn(headers["retry-after"]) * 1000 : undefined,
    });
  }

  #broken(cause: unknown, what: string, at: number | undefined): SendError {
    const { site, share } = this.#target;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const where = at === undefined ? "" : ` at byte ${at}`;
    if (cause instanceof SendError) return cause; // the byte source knows better
    if (code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE") {
      return new SendError(`site ${site} closed the connection${where}`, { retryable: true, cause });
    }
    if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
      return new SendError(`site ${site} fell silent${where}`, { retryable: true, cause });
    }
    if (isCertificateFailure(code)) {
      const what = `the certificate of site ${site} at ${share.url} is not to be trusted (${code})`;
      return new SendError(`${what}: give both sites certificates of one authority`, {
        retryable: true,
        cause,
      });
    }
    if (isConnectFailure(cause, code)) {
      return new SendError(`cannot connect to site ${site} at ${share.url}`, { retryable: true, cause });
    }
    return new SendError(`${what} to site ${site} failed${where}`, { retryable: true, cause });
  }

  #offsetIn(headers: Answer["headers"], name: string): number {
    const text = headers["upload-offset"];
    if (typeof text === "string" && /^[0-9]{1,15}$/.test(text)) return Number(text);
    const { site } = this.#target;
    throw new SendError(`site ${site} does not say how much it holds of ${name}`, { retryable: true });
  }
}

const connectCodes = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"];

function isConnectFailure(cause: unknown, code: string): boolean {
  return code === "UND_ERR_CONNECT_TIMEOUT" || connectCodes.includes(code) || cause instanceof AggregateError;
}

function isCertificateFailure(code: string): boolean {
  return /CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test(code);
}

/** Of a Retry-After (RFC 9110, section 10.2.3), at least one: a target that is busy is not asked again at once. */
function secondsIn(header: string | string[] | undefined): number {
  return Math.max(1, Number(header) || 0);
}

/** The words of a refusal: `{error: {message}}`. */
function messageIn(text: string): string | undefined {
  try {
    const message: unknown = JSON.parse(text)?.error?.message;
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined; // an answer of something that is not a share
  }
}
