import { expect, vi } from "vitest";

import { link } from "../../../domain/link.ts";
import { SendError } from "../../../site-image/senders/send-error.ts";
import { SiteConnections } from "../../../site-image/senders/site-connections.ts";
import { type TransferJob, transferOver } from "../../../site-image/senders/transfer.ts";
import { WanLink } from "../../../site-image/senders/wan-link.ts";
import { SystemClock } from "../../../site-image/system-clock.ts";
import { someBytes } from "./running-share.ts";
import { test } from "./share-fixture.ts";

const clock = SystemClock.untold();
const patiently = { timeout: 30_000 };
const linkOf = (description: object) =>
  new WanLink({ clock, link: link.parse(description), random: () => 0.5 });

async function send(over: WanLink, job: TransferJob): Promise<number> {
  await using connections = new SiteConnections();
  const hooks = { connected() {}, started() {}, progress() {} };
  const startedMs = clock.realNow();
  await over.carry(transferOver(connections))(job, hooks, new AbortController().signal);
  return clock.realNow() - startedMs;
}

test("transfers over a link share its bandwidth", async ({ share }) => {
  const over = linkOf({ bytesPerSecond: 200_000 });
  const jobs = await Promise.all([
    share.delivery("2__01CEN", someBytes(100_000)),
    share.delivery("2__02CEN", someBytes(100_000)),
  ]);
  const tookMs = await Promise.all(jobs.map((job) => send(over, job)));

  expect(Math.max(...tookMs)).toBeGreaterThan(980);
});

test("latency is waited for before every request and every answer", async ({ share }) => {
  const tookMs = await send(linkOf({ latencyMs: 20 }), await share.delivery("2___1CEN", someBytes(1000)));

  expect(tookMs).toBeGreaterThanOrEqual(2 * 6 * 20); // HEAD, POST, PATCH, POST, PATCH, MOVE
});

test("an outage cuts what is under way and refuses what comes, until it is over", async ({ share }) => {
  const over = linkOf({ bytesPerSecond: 100_000 });
  const job = await share.delivery("2___1CEN", someBytes(200_000));
  const down = { name: "SendError", retryable: true, message: "the link is down" };
  const cut = expect(send(over, job)).rejects.toMatchObject(down);
  await vi.waitFor(() => expect(share.bytesOnDisk("2___1CEN.PCK")).toBeGreaterThan(0), patiently);
  over.cut();
  await cut;
  await expect(send(over, job)).rejects.toBeInstanceOf(SendError);
  over.restore();
  over.set(link.parse({}));
  await send(over, job);

  expect(await share.files()).toEqual(["2___1CEN.PCK", "2___1CEN.SNI"]);
});
