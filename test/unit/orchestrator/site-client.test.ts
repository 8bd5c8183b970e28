/**
 * What a site's client does where a connection that was kept open is closed just when it is used again.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, test } from "vitest";
import { z } from "zod";

import { siteCode } from "../../../domain/identifiers.ts";
import { SiteClient } from "../../../orchestrator/site-client.ts";
import { systemWallClock } from "../../../orchestrator/wall-clock.ts";

/** Of a server that closes the connection of each second request without an answer. */
async function client(): Promise<AsyncDisposable & { ask: SiteClient["ask"] }> {
  await using owned = new AsyncDisposableStack();
  let requests = 0;
  const server = createServer(({ socket }, response) => {
    if (++requests % 2 === 0) socket.destroy();
    else response.end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  owned.defer(() => server.closeAllConnections());
  owned.use(server);
  const { port } = server.address() as AddressInfo;
  const { ask } = owned.use(
    new SiteClient({
      code: siteCode.parse("CEN"),
      url: `http://127.0.0.1:${port}`,
      administratorToken: "a-token-for-tests-only",
      wallClock: systemWallClock,
    }),
  );
  const running = owned.move();
  return { ask, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

test("what can be asked twice is asked again over another connection", async () => {
  await using site = await client();
  await site.ask("/health", z.unknown());

  await site.ask("/health", z.unknown());
  await site.ask("/site/clock", z.unknown(), { method: "PUT", body: {} });
});

test("what may have been done already is not asked again, and fails", async () => {
  await using site = await client();
  await site.ask("/health", z.unknown());

  await expect(site.ask("/AdminService/wmi/SMS_Package", z.unknown(), { method: "POST" })).rejects.toThrow(
    "site CEN does not answer",
  );
});
