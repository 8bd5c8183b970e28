/**
 * The SMS_SITE share of a running site, over real sockets, by a neighbour that is attached: every request has a defect,
 * so each must be refused or its connection closed. Uploads are also opened rightly and abandoned (`opened`): of those
 * none may ever be taken, and the check at the end is that no instruction of the neighbour was.
 */
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";

import { Pool } from "undici";

import { requestIdOf } from "../../domain/identifiers.ts";
import { pieceType, writeChecksum, writeMetadata } from "../../site-image/http/tus-headers.ts";
import { basicHeader } from "../../site-image/security/secrets.ts";
import type { Random } from "../support/random.ts";
import { type AttackedSite, villain } from "./attacked-site.ts";
import { hostileWords, jsonWithDefect } from "./json-defects.ts";
import { type Answer, answerOf, type Surface } from "./surface.ts";

type Asked = { method: string; path: string; headers: Record<string, string>; body?: Buffer };
type Kind = (random: Random) => Promise<Answer>;

const atOnce = 16;
/** Of each attacker, one after the other, so that a slow one does not hold up the others. */
const inRow = 20;
const receiveFolder = "SMS/Inboxes/Despoolr.box/Receive";
const authorization = basicHeader(villain.account, villain.secret);
const common = { "Tus-Resumable": "1.0.0", Authorization: authorization };

export function shareSurface(site: AttackedSite): Surface {
  return new ShareSurface(site);
}

class ShareSurface implements Surface {
  readonly #site: AttackedSite;
  readonly #pool: Pool;
  readonly #kinds: [Kind, ...Kind[]];
  readonly #opened = new Set<string>();
  #count = 0;

  constructor(site: AttackedSite) {
    this.#site = site;
    this.#pool = new Pool(site.url, { connections: atOnce });
    const asks = [badLength, badMetadata, badHeader, stranger, unknownUpload, badMethod, badMove];
    this.#kinds = [
      (random) => this.#refused(badName(random)),
      ...asks.map(
        (make): Kind =>
          (random) =>
            this.#refused(make(random)),
      ),
      (random) => this.#badPiece(random),
      (random) => this.#badInstruction(random),
      (random) => this.#abandoned(random),
      (random) => this.#smuggled(random),
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

  /** What was opened is given up again; then nothing of this neighbour may be left, or have been taken. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#opened) await this.#ask({ method: "DELETE", path: name, headers: common });
    await this.#pool.close();
    const left = (await readdir(join(this.#site.path(receiveFolder)), { recursive: true })).filter((name) =>
      /BAD\.(PCK|TMP|SNI|IST)$/.test(name),
    );
    if (left.length > 0)
      throw new Error(`the share kept ${left.slice(0, 5).join(", ")} of ${left.length} files`);
  }

  async #refused(asked: Asked): Promise<Answer> {
    return answerOf(await this.#ask(asked), shown(asked));
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
    const status = await this.#ask({
      method: "POST",
      path: "",
      headers: {
        ...common,
        "Upload-Length": String(length),
        "Upload-Metadata": writeMetadata({ filename: name, sha256: "" }),
      },
    });
    if (status === 201) this.#opened.add(name);
    return status;
  }

  async #badPiece(random: Random): Promise<Answer> {
    const name = this.#name("PCK");
    const length = random.between(1, 5000);
    if ((await this.#open(name, length)) !== 201) return answerOf(500, `${name} could not be opened`);
    const right = { ...common, "Content-Type": pieceType, "Upload-Offset": "0" };
    const body = random.bytes(length);
    return await this.#refused({
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
  }

  /** Whole and rightly sent, and what is in it is not an instruction of this neighbour. */
  async #badInstruction(random: Random): Promise<Answer> {
    const name = this.#name("TMP");
    const request = name.slice(0, -4);
    const packageName = `${request}.PCK`;
    if ((await this.#open(packageName, 0)) !== 201)
      return answerOf(500, `${packageName} could not be opened`);
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
    if ((await this.#open(name, bytes.length)) !== 201) return answerOf(500, `${name} could not be opened`);
    const headers = { ...common, "Content-Type": pieceType, "Upload-Offset": "0" };
    if (bytes.length > 0) await this.#ask({ method: "PATCH", path: name, headers, body: bytes });
    return await this.#refused({
      method: "MOVE",
      path: name,
      headers: { ...common, Destination: `/SMS_SITE/${request}.SNI` },
    });
  }

  /** Opened, a part of it sent slowly, and left: the connection is cut in the middle of a piece. */
  async #abandoned(random: Random): Promise<Answer> {
    const name = this.#name("PCK");
    const length = random.between(100, 2 ** 20);
    const status = await this.#open(name, length);
    if (status !== 201) return answerOf(status, `open ${name}`);
    const head = `PATCH /SMS_SITE/${name} HTTP/1.1\r\nHost: cen\r\n${lines(common)}Content-Type: ${pieceType}\r\nUpload-Offset: 0\r\nContent-Length: ${length}\r\n\r\n`;
    await this.#say(
      random.chance(0.5) ? head + "x".repeat(50) : head.slice(0, random.between(1, head.length)),
      true,
    );
    return { verdict: "refused", label: "abandoned", input: name };
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
    return answerOf(status, JSON.stringify(said.slice(0, 300)));
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

function badName(random: Random): Asked {
  const filename = random.pick([
    "../2__01BAD.PCK",
    ...hostileWords.map((words) => words.slice(0, 3000)),
    "2__01BAD.SNI",
    "2__01CEN.PCK",
    "2__01BAD.PCK\u0000.txt",
    "/2__01BAD.PCK",
    "2__01bad.PCK",
    "2__01BAD.PCK ",
    "2..%2fBAD.PCK",
  ]);
  return create({ "Upload-Length": "10", "Upload-Metadata": `filename ${base64(filename)}` });
}

function badLength(random: Random): Asked {
  const length = random.pick(["-1", "1e9", "9".repeat(16), "0x10", "", "NaN", "1.5", "10, 10", "９"]);
  return create({
    "Upload-Length": Buffer.from(length).toString("latin1"),
    "Upload-Metadata": `filename ${base64("2__01BAD.PCK")}`,
  });
}

function badMetadata(random: Random): Asked {
  const name = `filename ${base64("2__01BAD.PCK")}`;
  const text = random.pick([
    "",
    "filename",
    `${name},${name}`,
    `${name},sha256 ${base64("no digest")}`,
    `${name} ${name}`,
    `filename !!!!`,
    `${name},,`,
    ",".repeat(3000),
    `sha256 ${base64("0".repeat(64))}`,
  ]);
  return create({ "Upload-Length": "10", "Upload-Metadata": text });
}

function badHeader(random: Random): Asked {
  const headers = random.pick<Record<string, string>>([
    { "Tus-Resumable": "0.2.2" },
    { "Tus-Resumable": "" },
    { "Upload-Checksum": "sha1 AAAA" },
    { "Upload-Checksum": `sha256 ${"A".repeat(5000)}` },
    { "Content-Type": "text/plain", "Content-Length": "3" },
  ]);
  const asked = create({
    "Upload-Length": "10",
    "Upload-Metadata": `filename ${base64("2__01BAD.PCK")}`,
    ...headers,
  });
  return "Content-Length" in headers ? { ...asked, body: Buffer.from("abc") } : asked;
}

function stranger(random: Random): Asked {
  const Authorization = random.pick([
    basicHeader("SMSServer_BAD", "wrong"),
    basicHeader("SMSServer_CHI", villain.secret),
    basicHeader("' OR '1'='1", "x"),
    basicHeader("a".repeat(4000), ""),
    "Basic !!!!",
    "Bearer a-token-for-tests-only",
    "",
  ]);
  return {
    ...create(
      { "Upload-Length": "10", "Upload-Metadata": `filename ${base64("2__01BAD.PCK")}` },
      Authorization,
    ),
  };
}

function unknownUpload(random: Random): Asked {
  const path = random.pick([
    "2ZZZZBAD.PCK",
    "2ZZZZCHI.PCK",
    "..%2f..%2fsite.key",
    "%00",
    "%ff",
    "%2e%2e",
    "a".repeat(4000),
  ]);
  const method = random.pick(["HEAD", "PATCH", "DELETE", "MOVE"]);
  const headers = {
    ...common,
    "Upload-Offset": "0",
    ...(method === "PATCH" && { "Content-Type": pieceType }),
  };
  return {
    method,
    path,
    headers,
    ...(method === "PATCH" && { body: random.bytes(random.between(1, 3000)) }),
  };
}

function badMethod(random: Random): Asked {
  const method = random.pick(["GET", "PUT", "COPY", "PROPFIND", "LOCK", "SEARCH", "TRACE"]);
  return { method, path: "2__01BAD.PCK", headers: common };
}

function badMove(random: Random): Asked {
  const Destination = random.pick([
    "",
    "/SMS_SITE/2ZZZZCHI.SNI",
    "/etc/passwd",
    "/SMS_SITE/../2ZZZZBAD.SNI",
    "http://[",
    "x".repeat(4000),
  ]);
  return { method: "MOVE", path: "2ZZZZBAD.TMP", headers: { ...common, Destination } };
}

function create(headers: Record<string, string>, Authorization = authorization): Asked {
  return { method: "POST", path: "", headers: { ...common, Authorization, ...headers } };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function lines(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
}

function shown({ method, path, headers }: Asked): string {
  return `${method} ${path.slice(0, 80)} ${JSON.stringify(headers).slice(0, 300)}`;
}
