/**
 * The SMS_SITE share of a running site, over real sockets, by a neighbour that is attached: every request has a defect,
 * so each must be refused or its connection closed. Uploads are also opened rightly and left behind, more than one site
 * may have open: in the end emulated time goes on until they have expired, and then the site must have swept them all.
 */
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { connect } from "node:net";

import { Pool } from "undici";

import { requestIdOf } from "../../domain/identifiers.ts";
import { systemWallClock, until } from "../../orchestrator/wall-clock.ts";
import { pieceType, writeChecksum, writeMetadata } from "../../site-image/http/tus-headers.ts";
import type { Random } from "../support/random.ts";
import { type AttackedSite, villain } from "./attacked-site.ts";
import { jsonWithDefect } from "./json-defects.ts";
import { type Asked, badRequests, common } from "./share-requests.ts";
import { type Answer, answerOf, type Surface } from "./surface.ts";

type Kind = (random: Random) => Promise<Answer>;

const atOnce = 16;
/** Of each attacker, one after the other, so that a slow one does not hold up the others. */
const inRow = 10;
const receiveFolder = "SMS/Inboxes/Despoolr.box/Receive";
/** Emulated: longer than any upload lives after its last byte. */
const untilExpiredMs = 8 * 24 * 3_600_000;
/** Real milliseconds: the sweeper removes a thousand uploads, each with a flush. */
const sweptWithinMs = 120_000;

export function shareSurface(site: AttackedSite): Surface {
  return new ShareSurface(site);
}

class ShareSurface implements Surface {
  readonly #site: AttackedSite;
  readonly #pool: Pool;
  readonly #kinds: readonly [Kind, ...Kind[]];
  #count = 0;

  constructor(site: AttackedSite) {
    this.#site = site;
    this.#pool = new Pool(site.url, { connections: atOnce });
    const asks = Object.entries(badRequests).map(([kind, make]): Kind => {
      return (random) => this.#refused(kind, make(random));
    });
    const left: Kind = (random) => this.#left(random);
    this.#kinds = [
      (random) => this.#badPiece(random),
      (random) => this.#badInstruction(random),
      (random) => this.#smuggled(random),
      ...asks,
      ...[left, left, left], // so that more are left than a site may have open
    ];
  }

  async attack(random: Random): Promise<Answer[]> {
    const attackers = Array.from({ length: atOnce }, async () => {
      const own = random.fork();
      const answers: Answer[] = [];
      while (answers.length < inRow) answers.push(await own.pick(this.#kinds)(own));
      return answers;
    });
    return (await Promise.all(attackers)).flat();
  }

  /** What was left behind expires; then nothing of this neighbour may be there any more, or have been taken. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
    await this.#site.advance(untilExpiredMs);
    const patience = { everyMs: 50, withinMs: sweptWithinMs, signal: new AbortController().signal };
    const isSwept = await until(systemWallClock, patience, async () =>
      (await this.#kept()).length === 0 ? true : undefined,
    );
    if (!isSwept) throw new Error(`the share kept ${(await this.#kept()).slice(0, 5).join(", ")} and more`);
  }

  /** Also what was committed: an instruction of this neighbour that the share took would be carried out or quarantined. */
  async #kept(): Promise<string[]> {
    const names = await readdir(this.#site.path(receiveFolder), { recursive: true });
    return names.filter((name) => /BAD\.(PCK|TMP|SNI|IST)$/.test(name));
  }

  async #refused(kind: string, asked: Asked): Promise<Answer> {
    return answerOf(kind, await this.#ask(asked), shown(asked));
  }

  /** Undefined where the connection was closed without an answer. */
  async #ask({ method, path, headers, body }: Asked): Promise<number | undefined> {
    try {
      const answer = await this.#pool.request({
        method: method as "GET",
        path: `/SMS_SITE/${path}`,
        headers,
        body: body ?? null,
      });
      await answer.body.dump();
      return answer.statusCode;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ECONNREFUSED") throw error; // it has crashed
      return undefined;
    }
  }

  #name(part: string): string {
    this.#count += 1;
    return `${requestIdOf(2, this.#count, villain.code)}.${part}`;
  }

  async #open(name: string, length: number): Promise<number | undefined> {
    return await this.#ask({
      method: "POST",
      path: "",
      headers: {
        ...common,
        "Upload-Length": String(length),
        "Upload-Metadata": writeMetadata({ filename: name, sha256: "" }),
      },
    });
  }

  async #giveUp(name: string): Promise<void> {
    await this.#ask({ method: "DELETE", path: name, headers: common });
  }

  async #badPiece(random: Random): Promise<Answer> {
    const name = this.#name("PCK");
    const length = random.between(1, 5000);
    const opened = await this.#open(name, length);
    if (opened !== 201) return answerOf("piece", opened, `open ${name}`); // as many are left behind as may be
    const right = { ...common, "Content-Type": pieceType, "Upload-Offset": "0" };
    const body = random.bytes(length);
    const answer = await this.#refused("piece", {
      method: "PATCH",
      path: name,
      ...random.pick<{ headers: Record<string, string>; body: Buffer }>([
        { headers: { ...right, "Upload-Offset": String(random.between(1, 2 ** 40)) }, body },
        {
          headers: { ...right, "Upload-Offset": random.pick(["-1", "1e3", "0x0", "", "NaN", "0, 0"]) },
          body,
        },
        { headers: right, body: random.bytes(length + random.between(1, 100_000)) },
        { headers: { ...right, "Upload-Checksum": writeChecksum(random.bytes(32)) }, body },
        { headers: { ...right, "Upload-Checksum": `md5 ${random.bytes(16).toString("base64")}` }, body },
        { headers: { ...right, "Content-Type": "application/json" }, body },
      ]),
    });
    await this.#giveUp(name);
    return answer;
  }

  /** Whole and rightly sent, and what is in it is not an instruction of this neighbour. */
  async #badInstruction(random: Random): Promise<Answer> {
    const name = this.#name("TMP");
    const request = name.slice(0, -4);
    const packageName = `${request}.PCK`;
    const opened = await this.#open(packageName, 0);
    if (opened !== 201) return answerOf("instruction", opened, `open ${packageName}`);
    const body = JSON.stringify({
      request: random.chance(0.5) ? request : "2__01CEN",
      job: "00000001",
      source: random.pick(["BAD", "CHI", "CEN"]),
      destination: "CEN",
      finalSite: random.pick(["CEN", "CHI"]),
      priority: "high",
      preferredSender: "*",
      bytes: 0,
      sha256: "0".repeat(64),
      work: { kind: "replication" },
    });
    const signature = random.chance(0.5)
      ? this.#site.key.sign(`${body} `)
      : random.bytes(64).toString("base64");
    const right = { version: 1, body, signature };
    const text = random.chance(0.5) ? JSON.stringify(right) : jsonWithDefect(right, random);
    const bytes = Buffer.from(text);
    const openedToo = await this.#open(name, bytes.length);
    const headers = { ...common, "Content-Type": pieceType, "Upload-Offset": "0" };
    if (bytes.length > 0) await this.#ask({ method: "PATCH", path: name, headers, body: bytes });
    const answer =
      openedToo === 201
        ? await this.#refused("instruction", {
            method: "MOVE",
            path: name,
            headers: { ...common, Destination: `/SMS_SITE/${request}.SNI` },
          })
        : answerOf("instruction", openedToo, `open ${name}`);
    await this.#giveUp(packageName);
    return answer;
  }

  /** Opened, perhaps a part of it sent, and left: the connection is cut in the middle of a piece. Nobody gives it up. */
  async #left(random: Random): Promise<Answer> {
    const name = this.#name("PCK");
    const length = random.between(100, 2 ** 20);
    const status = await this.#open(name, length);
    if (status !== 201) return answerOf("left behind", status, `open ${name}`);
    const head = `PATCH /SMS_SITE/${name} HTTP/1.1\r\nHost: cen\r\n${lines(common)}Content-Type: ${pieceType}\r\nUpload-Offset: 0\r\nContent-Length: ${length}\r\n\r\n`;
    const said = random.pick([head + "x".repeat(50), head.slice(0, random.between(1, head.length)), ""]);
    if (said !== "") await this.#say(said, true);
    return { kind: "left behind", verdict: "refused", label: "left", input: name };
  }

  async #smuggled(random: Random): Promise<Answer> {
    const inner = `GET /site HTTP/1.1\r\nHost: cen\r\n\r\n`;
    const start = `${random.pick(["POST", "PATCH"])} /SMS_SITE/${this.#name("PCK")}`;
    const base = `${start} HTTP/1.1\r\nHost: cen\r\n${lines(common)}`;
    const said = random.pick([
      `${base}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
      `${base}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello${inner}`,
      `${base}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${inner}`,
      `${base}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${inner}`,
      `${base}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${inner}`,
      `${base}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n${inner}`,
      `${base}Transfer-Encoding: chunked\r\n\r\n-1\r\n${inner}`,
      `${base}Content-Length: +5\r\n\r\nhello${inner}`,
      `${base}Content-Length: 5\n\nhello${inner}`,
      `${base} folded: yes\r\n\r\n${inner}`,
      `${start} HTTP/9.9\r\n\r\n${inner}`,
      `${start.replace(" ", "\t")}\r\n\r\n`,
      `${base}X: ${"x".repeat(20_000)}\r\n\r\n`,
      `${base}${"X: 1\r\n".repeat(100)}\r\n`,
      random.bytes(random.between(1, 400)).toString("latin1"),
    ]);
    const answers = await this.#say(said, false);
    const worst = [...answers.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
    const status = worst.find((one) => one < 400 || one === 500) ?? worst[0];
    return answerOf("smuggled", status, JSON.stringify(said.slice(0, 300)));
  }

  /** On a connection of its own; what came back until the site closed it, or until it said what there is to say. */
  async #say(said: string, cut: boolean): Promise<string> {
    const socket = connect(Number(new URL(this.#site.url).port), "127.0.0.1");
    let heard = "";
    const isOver = once(socket, "close");
    isOver.catch(() => {}); // told by the error below
    await once(socket, "connect");
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      heard += chunk.toString("latin1");
    });
    if (cut) {
      await new Promise((resolve) => socket.write(said, "latin1", resolve));
      socket.destroy();
    } else socket.end(said, "latin1");
    await isOver.catch(() => {});
    return heard;
  }
}

function lines(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
}

function shown({ method, path, headers }: Asked): string {
  return `${method} ${path.slice(0, 80)} ${JSON.stringify(headers).slice(0, 300)}`;
}
