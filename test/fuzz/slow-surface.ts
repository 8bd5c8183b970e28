/**
 * Slow senders: connections that bring a byte now and then, in what a site takes from who is not yet known (headers), in
 * the documents of an administrator's faces, and in uploads to the share. Each must be ended by the site: the share and
 * the documents by a clock that goes on as told, headers by a limit that is short here (Node's server keeps its own time).
 */
import { mkdir, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";

import express from "express";

import { siteCode } from "../../domain/identifiers.ts";
import { intakeLimits } from "../../domain/intake-limits.ts";
import { systemWallClock, until } from "../../orchestrator/wall-clock.ts";
import { bodyWithin, bodyWithinMs } from "../../site-image/http/body-deadline.ts";
import { refusalHandler } from "../../site-image/http/refusal.ts";
import { SiteServer, standardServerLimits } from "../../site-image/http/site-server.ts";
import { pieceType, writeMetadata } from "../../site-image/http/tus-headers.ts";
import { basicHeader } from "../../site-image/security/secrets.ts";
import { RunningShare } from "../integration/share/running-share.ts";
import { ManualClock } from "../support/manual-clock.ts";
import type { Random } from "../support/random.ts";
import type { Answer, Surface } from "./surface.ts";

type Slow = {
  readonly kind: string;
  readonly socket: Socket;
  /** What it brings each time. */
  readonly drop: string;
};

const kinds = ["piece", "chunks", "created with", "headers", "document", "stranger"] as const;
const perBatch = 32;
/** A heartbeat of the share is five minutes; a second one may have to pass until it is looked at. */
const minutes = 11;
const minuteMs = 60_000;
const headersWithinMs = 200;
/** Real milliseconds. A connection that is open then is not ended any more. */
const patienceMs = 30_000;
const long = 1_000_000;

export async function slowSurface(folder: string): Promise<Surface> {
  const own = join(folder, "slow");
  await mkdir(own, { recursive: true });
  const clock = new ManualClock();
  const owned = new AsyncDisposableStack();
  const intake = intakeLimits.parse({ transfers: 2 * perBatch }); // one site has half of them: none is told to come again
  const share = owned.use(await RunningShare.start(own, { clock, intake }));
  const place = { code: siteCode.parse("CEN"), host: "127.0.0.1", port: 0 };
  const server = owned.use(await SiteServer.listen(place, { ...standardServerLimits, headersWithinMs }));
  const app = express();
  app.use(bodyWithin(clock), express.json());
  app.post("/", (_request, response) => void response.status(204).end());
  app.use(refusalHandler(share.site.place.reporter));
  server.serve(app);
  owned.defer(() => rm(own, { recursive: true, force: true }));
  let count = 0;

  const begin = async (random: Random): Promise<Slow> => {
    count += 1;
    const name = `2${count.toString(36).toUpperCase().padStart(4, "0")}CEN.PCK`;
    const credentials = basicHeader(share.address.account, share.address.secret);
    const common = `Host: chi\r\nTus-Resumable: 1.0.0\r\nAuthorization: ${credentials}\r\n`;
    const piece = `Content-Type: ${pieceType}\r\n`;
    const open = async (length: number) => {
      const { status } = await share.create(name, length);
      if (status !== 201) throw new Error(`${name} could not be opened: ${status}`);
    };
    const patch = `PATCH /SMS_SITE/${name} HTTP/1.1\r\n${common}${piece}Upload-Offset: 0\r\n`;
    const document = "POST / HTTP/1.1\r\nHost: cen\r\nContent-Type: application/json\r\n";
    switch (random.pick(kinds)) {
      case "piece":
        await open(long);
        return await slow("piece", share.url, `${patch}Content-Length: ${long}\r\n\r\n`, "x");
      case "chunks":
        await open(long);
        return await slow("chunks", share.url, `${patch}Transfer-Encoding: chunked\r\n\r\n`, "1\r\nx\r\n");
      case "created with": {
        const metadata = writeMetadata({ filename: name, sha256: "" });
        const head = `POST /SMS_SITE/ HTTP/1.1\r\n${common}${piece}Upload-Length: ${long}\r\nUpload-Metadata: ${metadata}\r\n`;
        return await slow("created with", share.url, `${head}Content-Length: ${long}\r\n\r\n`, "x");
      }
      case "headers":
        return await slow("headers", server.url, "GET / HTTP/1.1\r\nHost: cen\r\nX: ", "x");
      case "document":
        return await slow("document", server.url, `${document}Content-Length: 1000\r\n\r\n`, " ");
      case "stranger": {
        const head = patch.replace(credentials, basicHeader("nobody", "nothing"));
        return await slow("stranger", share.url, `${head}Content-Length: ${long}\r\n\r\n`, "x");
      }
    }
  };

  return {
    async attack(random) {
      const senders: Slow[] = [];
      for (let n = 0; n < perBatch; n += 1) senders.push(await begin(random));
      for (let minute = 0; minute < minutes; minute += 1) {
        for (const { socket, drop } of senders) if (socket.writable) socket.write(drop);
        await clock.advance(minuteMs);
      }
      await clock.advance(bodyWithinMs);
      const patience = { everyMs: 10, withinMs: patienceMs, signal: new AbortController().signal };
      await until(systemWallClock, patience, async () => {
        if (senders.every(({ socket }) => socket.closed)) return true;
        await clock.advance(minuteMs); // for one that was heard late: the machine may have nothing to spare
        return undefined;
      });
      const answers = senders.map(({ kind, socket }): Answer => {
        const input = `${kind} of ${socket.bytesWritten} bytes`;
        if (socket.closed) return { kind, verdict: "refused", label: "ended", input };
        socket.destroy();
        return { kind, verdict: "accepted", label: "still open", input };
      });
      for (const name of await share.files()) await share.ask("DELETE", name);
      return answers;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function slow(kind: string, url: string, head: string, drop: string): Promise<Slow> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => {}).resume(); // it is meant to be cut, and what is answered is read to its end
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.write(head);
  return { kind, socket, drop };
}
