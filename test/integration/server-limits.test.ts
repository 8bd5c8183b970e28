import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";

import express from "express";
import { expect, test } from "vitest";

import { siteCode } from "../../domain/identifiers.ts";
import { administratorOnly } from "../../site-image/http/administrator.ts";
import { bodyWithin } from "../../site-image/http/body-deadline.ts";
import { SiteServer, standardServerLimits } from "../../site-image/http/site-server.ts";
import { SystemClock } from "../../site-image/system-clock.ts";

const place = { code: siteCode.parse("CEN"), host: "127.0.0.1", port: 0 };

async function serve(limits: Partial<typeof standardServerLimits>): Promise<SiteServer> {
  const server = await SiteServer.listen(place, { ...standardServerLimits, ...limits });
  server.serve((_request, response) => void response.end("served"));
  return server;
}

/** A connection of our own to a server, on which it is said what is given. */
async function connection({ url }: SiteServer, said: string) {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => {}); // the server may cut it
  await once(socket, "connect");
  socket.write(said);
  return socket;
}

/** Resolves when it is gone, reset or not. */
function closed(socket: Socket | undefined): Promise<void> {
  return new Promise((resolve) => (socket?.closed ? resolve() : socket?.once("close", () => resolve())));
}

const head = "GET / HTTP/1.1\r\nHost: cen\r\n";

test("headers that never end are answered 408 in time, and the connection closed", async () => {
  await using server = await serve({ headersWithinMs: 50 });
  expect(await text(await connection(server, `${head}Slow: `))).toMatch(/^HTTP\/1.1 408 /);
});

test("a header longer than any sender has is answered 431", async () => {
  await using server = await serve({});
  expect(await text(await connection(server, `${head}Long: ${"x".repeat(17_000)}\r\n\r\n`))).toMatch(
    /^HTTP\/1.1 431 /,
  );
});

test("more headers than any sender has are answered 431", async () => {
  await using server = await serve({});
  const many = Array.from({ length: 65 }, (_, n) => `X-${n}: 1\r\n`).join("");
  expect(await text(await connection(server, `${head}${many}\r\n`))).toMatch(/^HTTP\/1.1 431 /);
});

test("for one connection more than allowed the oldest stranger's ends, and who has shown the token stays", async () => {
  await using server = await serve({ connections: 2 });
  const token = "a-token-for-tests-only";
  const app = express();
  app.use(administratorOnly(token), (_request, response) => void response.end("served"));
  app.use(
    ((_error, _request, response, _next) =>
      void response.end("refused")) satisfies express.ErrorRequestHandler,
  );
  server.serve(app);
  const shown = `${head}Authorization: Bearer ${token}\r\n`;
  const known = await connection(server, `${shown}\r\n`);
  await once(known, "data");
  const strangers = [await connection(server, head), await connection(server, head)];
  await closed(strangers[0]);

  const second = await connection(server, `${shown}\r\n`);
  await closed(strangers[1]);
  await once(second, "data");
  await closed(await connection(server, head)); // nobody is there who has to go
  known.write(`${shown}Connection: close\r\n\r\n`);
  expect(await text(known)).toMatch(/served$/);
  second.destroy();
});

test("a document that does not come in time is given up, one that has come is not", async () => {
  await using server = await serve({});
  const app = express();
  app.use(bodyWithin(SystemClock.untold(), 50), express.json());
  app.post("/", (_request, response) => void response.end("served"));
  server.serve(app);
  const post = "POST / HTTP/1.1\r\nHost: cen\r\nConnection: close\r\nContent-Type: application/json\r\n";
  expect(await text(await connection(server, `${post}Content-Length: 2\r\n\r\n{}`))).toMatch(
    /^HTTP\/1.1 200 /,
  );
  const isClosed = once(await connection(server, `${post}Content-Length: 2\r\n\r\n{`), "close");
  await isClosed;
});
