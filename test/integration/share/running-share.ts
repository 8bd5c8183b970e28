/**
 * A SMS_SITE share of site CHI on loopback, with site CEN attached to it: real HTTP, real database, real files.
 */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";

import express from "express";
import type { SiteShare } from "../../../domain/address.ts";
import { standardAddress } from "../../../domain/address.ts";
import type { Clock } from "../../../domain/clock.ts";
import { type RequestId, requestId, type SiteCode, siteCode } from "../../../domain/identifiers.ts";
import type { Relation } from "../../../domain/site-face.ts";
import { rememberNeighbour } from "../../../site-image/database/sites.ts";
import { Faults } from "../../../site-image/faults.ts";
import { refusalHandler } from "../../../site-image/http/refusal.ts";
import { recoverShare } from "../../../site-image/http/share-recovery.ts";
import { type ShareDeps, smsSiteShare } from "../../../site-image/http/sms-site-share.ts";
import { pieceType, writeMetadata } from "../../../site-image/http/tus-headers.ts";
import type { InstructionBody } from "../../../site-image/inboxes/documents.ts";
import { basicHeader, sha256Of } from "../../../site-image/security/secrets.ts";
import { SiteKey } from "../../../site-image/security/site-key.ts";
import type { TransferJob } from "../../../site-image/senders/transfer.ts";
import type { SystemClock } from "../../../site-image/system-clock.ts";
import { SitePlace } from "../../support/site-place.ts";

type Options = Partial<Pick<ShareDeps, "maxBytes" | "expireAfterMs" | "intake" | "wan">> & {
  readonly quotaBytes?: number;
  readonly port?: number;
  /** Real time as the share is to see it, as a multiple of what it is. */
  readonly haste?: number;
  /** In place of the clock that goes by itself. */
  readonly clock?: Clock;
};

type Ask = {
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly as?: string;
};

export class RunningShare implements AsyncDisposable {
  readonly folder: string;
  readonly site: SitePlace;
  readonly url: string;
  /** The key of site CEN, kept beside the site's folder so that a restart finds it. */
  readonly key: SiteKey;
  readonly #server: Server;
  readonly #stop: AbortController;

  private constructor(folder: string, site: SitePlace, key: SiteKey, server: Server, stop: AbortController) {
    this.folder = folder;
    this.site = site;
    this.key = key;
    this.#server = server;
    this.#stop = stop;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Starts the share over a folder, fresh or as the last one left it. */
  static async start(folder: string, options: Options = {}): Promise<RunningShare> {
    const site = new SitePlace(folder, { scale: 1000, component: "SMS_SITE_SHARE", log: "smssite" });
    const { database } = site;
    const place = { ...site.place, clock: options.clock ?? hurried(site.clock, options.haste ?? 1) };
    const key = SiteKey.open(join(folder, "CEN.key"));
    attach(site, "CEN", key);
    await recoverShare({ place, database });
    const stop = new AbortController();
    const { maxBytes, quotaBytes, expireAfterMs, intake, wan } = options;
    const faults = new Faults(database);
    if (quotaBytes !== undefined) faults.limitShare(quotaBytes);
    const app = express();
    const share = { place, database, maxBytes, faults, expireAfterMs, intake, wan, signal: stop.signal };
    app.use("/SMS_SITE", smsSiteShare(share));
    app.use(refusalHandler(place.reporter));
    const server = createServer({ requestTimeout: 0 }, app);
    await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
    return new RunningShare(folder, site, key, server, stop);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
    this.site[Symbol.dispose]();
  }

  get address(): SiteShare {
    return addressAt(this.url);
  }

  get receive(): string {
    return this.site.place.folders.receive;
  }

  /** Asks the share as site CEN does, or as another. */
  ask(method: string, name: string, { headers, body, as = "CEN" }: Ask = {}): Promise<Response> {
    return fetch(`${this.url}/SMS_SITE/${name}`, {
      method,
      headers: {
        "Tus-Resumable": "1.0.0",
        Authorization: basicHeader(accountOf(as), secretOf(as)),
        ...headers,
      },
      body,
    });
  }

  create(filename: string, length: number, sha256 = "", as = "CEN"): Promise<Response> {
    const headers = {
      "Upload-Length": String(length),
      "Upload-Metadata": writeMetadata({ filename, sha256 }),
    };
    return this.ask("POST", "", { headers, as });
  }

  patch(
    name: string,
    offset: number,
    bytes: Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const body = Uint8Array.from(bytes);
    return this.ask("PATCH", name, {
      headers: { "Content-Type": pieceType, "Upload-Offset": String(offset), ...headers },
      body,
    });
  }

  /** Puts a whole file on the share. */
  async put(filename: string, bytes: Uint8Array): Promise<void> {
    await this.create(filename, bytes.length, sha256(bytes));
    if (bytes.length > 0) await this.patch(filename, 0, bytes);
  }

  commit(request: string): Promise<Response> {
    return this.ask("MOVE", `${request}.TMP`, { headers: { Destination: `/SMS_SITE/${request}.SNI` } });
  }

  /** Bytes held of an upload, as HEAD tells. */
  async offsetOf(name: string): Promise<number> {
    const answer = await this.ask("HEAD", name);
    return Number(answer.headers.get("Upload-Offset") ?? Number.NaN);
  }

  /** Bytes of an upload on the disk, asked without touching the share. */
  bytesOnDisk(name: string): number {
    return readFileSync(join(this.receive, name)).length;
  }

  /** A connection of our own, which sends the head of a PATCH and nothing more. */
  async rawPatch(name: string, length: number | "chunked", more = ""): Promise<Socket> {
    const socket = connect(Number(new URL(this.url).port), "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.on("error", () => {}); // the share may cut it
    const lengthHeader = length === "chunked" ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`;
    const { account, secret } = this.address;
    socket.write(
      `PATCH /SMS_SITE/${name} HTTP/1.1\r\nHost: chi\r\nTus-Resumable: 1.0.0\r\nContent-Type: ${pieceType}\r\n` +
        `Authorization: ${basicHeader(account, secret)}\r\nUpload-Offset: 0\r\n${lengthHeader}\r\n${more}\r\n`,
    );
    return socket;
  }

  /** The files of the share's folder, by name. */
  async files(): Promise<string[]> {
    return (await readdir(this.receive)).filter((name) => name !== "Quarantine").sort();
  }

  delivery(request: string, content: Uint8Array): Promise<TransferJob> {
    return makeDelivery(this.folder, this.address, request, content);
  }
}

/** What a sender of CEN has to send as `request`, signed with the key that is kept in the share's folder. */
export async function makeDelivery(
  folder: string,
  target: SiteShare,
  request: string,
  content: Uint8Array,
): Promise<TransferJob> {
  const toSend = join(folder, "Tosend");
  await mkdir(toSend, { recursive: true });
  const packagePath = join(toSend, `${request}.P00`);
  const instructionPath = join(toSend, `${request}.I00`);
  const key = SiteKey.open(join(folder, "CEN.key"));
  await writeFile(packagePath, content);
  await writeFile(instructionPath, instructionText(request, content, key));
  return {
    site: siteCode.parse("CHI"),
    target,
    request: requestId.parse(request),
    packageFile: { path: packagePath, bytes: content.length, sha256: sha256(content) },
    instructionFile: { path: instructionPath },
  };
}

/** How to send to a share at `url`, as site CEN. */
export function addressAt(url: string): SiteShare {
  return { url, account: accountOf("CEN"), secret: secretOf("CEN") };
}

/** A clock on which what waits for real time waits `haste` times shorter. */
function hurried(clock: SystemClock, haste: number): Clock {
  return {
    now: () => clock.now(),
    realNow: () => clock.realNow(),
    scale: () => clock.scale(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    sleepReal: (ms, signal) => clock.sleepReal(ms / haste, signal),
  };
}

/** The text of an instruction of CEN for `content`, signed with `key`. */
export function instructionText(
  request: string,
  content: Uint8Array,
  key: SiteKey,
  change: Partial<InstructionBody> = {},
): string {
  const body = JSON.stringify({
    request: request as RequestId,
    job: "00000001",
    source: "CEN" as SiteCode,
    destination: "CHI" as SiteCode,
    finalSite: "CHI" as SiteCode,
    priority: "medium",
    preferredSender: "*",
    bytes: content.length,
    sha256: sha256(content),
    work: { kind: "replication" },
    ...change,
  });
  return JSON.stringify({ version: 1, body, signature: key.sign(body) });
}

/** Attaches another site, so that it may send here. */
export function attach(
  { database }: SitePlace,
  code: string,
  key: SiteKey,
  relation: Relation = "parent",
): void {
  rememberNeighbour(database, {
    code: siteCode.parse(code),
    relation,
    publicKey: key.publicKey,
    addresses: [standardAddress],
    share: { url: "http://127.0.0.1:1", account: "unused", secret: "x".repeat(32) },
    acceptsAccount: accountOf(code),
    acceptsSecretSha256: sha256Of(secretOf(code)),
  });
}

export function accountOf(code: string): string {
  return `SMS_${code}`;
}

export function secretOf(code: string): string {
  return `the secret of site ${code}`;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Bytes that no compression and no repetition makes equal by chance. */
export function someBytes(length: number): Buffer<ArrayBuffer> {
  return Buffer.from(randomBytes(length));
}

/** The code in a refusal's body. */
export async function codeOf(answer: Response): Promise<string> {
  const { error } = (await answer.json()) as { error: { code: string } };
  return `${answer.status} ${error.code}`;
}
