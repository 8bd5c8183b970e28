/**
 * The emulated WAN at both ends: what a sender's side of it does to a transfer, and what a receiver's side does.
 */
import { expect, vi } from "vitest";

import { siteCode } from "../../../domain/identifiers.ts";
import { type SiteLinks, siteLinks } from "../../../domain/link.ts";
import { SendError } from "../../../site-image/senders/send-error.ts";
import { SiteConnections } from "../../../site-image/senders/site-connections.ts";
import { type TransferJob, transferOver } from "../../../site-image/senders/transfer.ts";
import { Wan } from "../../../site-image/senders/wan.ts";
import { SystemClock } from "../../../site-image/system-clock.ts";
import { test as folderTest } from "../../support/temporary-folder.ts";
import { RunningShare, someBytes } from "./running-share.ts";
import { test } from "./share-fixture.ts";

const clock = SystemClock.untold();
const patiently = { timeout: 30_000 };
const CEN = siteCode.parse("CEN");
const CHI = siteCode.parse("CHI");

function wanOf(links: object, site = CEN): Wan {
  const wan = new Wan({ clock, site });
  wan.links = siteLinks.parse(links);
  return wan;
}

const openSite = wanOf({});

/** Real milliseconds that it took. */
async function send(wan: Wan, job: TransferJob): Promise<number> {
  await using connections = new SiteConnections();
  const hooks = { connected() {}, started() {}, progress() {} };
  const startedMs = clock.realNow();
  await wan.over(transferOver(connections))(job, hooks, new AbortController().signal);
  return clock.realNow() - startedMs;
}

test("all that leaves over an access link shares its bandwidth", async ({ share }) => {
  const wan = wanOf({ up: { bytesPerSecond: 200_000 } });
  const jobs = await Promise.all([
    share.delivery("2__01CEN", someBytes(100_000)),
    share.delivery("2__02CEN", someBytes(100_000)),
  ]);
  const tookMs = await Promise.all(jobs.map((job) => send(wan, job)));

  expect(Math.max(...tookMs)).toBeGreaterThan(980);
});

test("of an access link and one across, the narrower counts", async ({ share }) => {
  const wan = wanOf({ up: { bytesPerSecond: 1e6 }, to: { CHI: { bytesPerSecond: 100_000 } } });

  expect(wan.bandwidthTo(CHI)).toBe(100_000);
  expect(wan.bandwidthTo(siteCode.parse("MKE"))).toBe(1e6);
  expect(await send(wan, await share.delivery("2___1CEN", someBytes(50_000)))).toBeGreaterThan(490);
});

test("latency is waited for before every request and every answer", async ({ share }) => {
  const wan = wanOf({ up: { latencyMs: 15 }, to: { CHI: { latencyMs: 5 } } });
  const tookMs = await send(wan, await share.delivery("2___1CEN", someBytes(1000)));

  expect(tookMs).toBeGreaterThanOrEqual(2 * 6 * 20); // HEAD, POST, PATCH, POST, PATCH, MOVE
});

const down = { name: "SendError", retryable: true, message: "the link is down" };

test("a cut breaks off what is under way and refuses what comes, until it is over", async ({ share }) => {
  const links: SiteLinks = siteLinks.parse({ to: { CHI: { bytesPerSecond: 100_000 } } });
  const wan = wanOf(links);
  const job = await share.delivery("2___1CEN", someBytes(200_000));
  const cut = expect(send(wan, job)).rejects.toMatchObject(down);
  await vi.waitFor(() => expect(share.bytesOnDisk("2___1CEN.PCK")).toBeGreaterThan(0), patiently);
  wan.links = siteLinks.parse({ to: { CHI: { isCut: true } } });
  await cut;
  await expect(send(wan, job)).rejects.toBeInstanceOf(SendError);
  wan.links = siteLinks.parse({});
  await send(wan, job);

  expect(await share.files()).toEqual(["2___1CEN.PCK", "2___1CEN.SNI"]);
});

test("an outage that is known ahead begins and ends on the calendar", async ({ share }) => {
  const calendar = SystemClock.untold();
  const wan = new Wan({ clock: calendar, site: CEN });
  const stop = new AbortController();
  const running = wan.run(stop.signal);
  const startMs = calendar.now();
  const hour = 3_600_000;
  wan.links = siteLinks.parse({
    to: { CHI: { bytesPerSecond: 1e5, outages: [{ fromMs: startMs + hour, untilMs: startMs + 2 * hour }] } },
  });
  const job = await share.delivery("2___1CEN", someBytes(200_000));
  const cut = expect(send(wan, job)).rejects.toMatchObject(down);
  await vi.waitFor(() => expect(share.bytesOnDisk("2___1CEN.PCK")).toBeGreaterThan(0), patiently);
  const goTo = (emulatedMs: number) => {
    calendar.timeline = [{ realMs: calendar.realNow(), emulatedMs, scale: 1 }];
  };
  goTo(startMs + hour);
  await cut;
  goTo(startMs + 2 * hour);
  await vi.waitFor(() => send(wan, job), patiently);
  stop.abort();
  await running;
});

folderTest(
  "what comes in over an access link is read no faster than it carries, all together",
  async ({ folder }) => {
    const wan = wanOf({ down: { bytesPerSecond: 200_000 } }, CHI);
    await using share = await RunningShare.start(folder, { wan });
    const jobs = await Promise.all([
      share.delivery("2__01CEN", someBytes(100_000)),
      share.delivery("2__02CEN", someBytes(100_000)),
    ]);
    const tookMs = await Promise.all(jobs.map((job) => send(openSite, job)));

    expect(Math.max(...tookMs)).toBeGreaterThan(980);
    // Fair: neither had the link for itself.
    expect(Math.min(...tookMs)).toBeGreaterThan(700);
  },
);

test("a sender that is unlimited where its link ends in a slower one keeps little on its way", async ({
  share,
}) => {
  const job = await share.delivery("2___1CEN", someBytes(1000));
  const underWay: (number | undefined)[] = [];
  const look = async ({ pace }: TransferJob) => void underWay.push(pace?.mayBeUnderWay(0));
  const hooks = { connected() {}, started() {}, progress() {} };
  for (const links of [{}, { to: { CHI: {} } }]) {
    await wanOf(links).over(look)(job, hooks, new AbortController().signal);
  }

  expect(underWay).toEqual([undefined, 64 * 1024]);
});

folderTest(
  "while the receiver's link is down nothing is answered, and a RAS line goes past it",
  async ({ folder }) => {
    const wan = wanOf({ down: { isCut: true } }, CHI);
    await using share = await RunningShare.start(folder, { wan });
    const job = await share.delivery("2___1CEN", someBytes(1000));

    await expect(send(openSite, job)).rejects.toMatchObject({
      retryable: true,
      message: expect.stringContaining("site CHI closed the connection"),
    });
    await send(openSite, { ...job, sender: "RASISDN" });
    expect(await share.files()).toEqual(["2___1CEN.PCK", "2___1CEN.SNI"]);
  },
);

folderTest(
  "an outage at the receiver breaks off what comes in, and what it read is kept",
  async ({ folder }) => {
    const wan = wanOf({ down: { bytesPerSecond: 100_000 } }, CHI);
    await using share = await RunningShare.start(folder, { wan });
    const job = await share.delivery("2___1CEN", someBytes(200_000));
    const broken = expect(send(wanOf({ to: { CHI: {} } }), job)).rejects.toMatchObject({ retryable: true });
    await vi.waitFor(() => expect(share.bytesOnDisk("2___1CEN.PCK")).toBeGreaterThan(0), patiently);
    wan.links = siteLinks.parse({ down: { isCut: true } });
    await broken;
    wan.links = siteLinks.parse({});
    const starts: number[] = [];
    await using connections = new SiteConnections();
    const hooks = { connected() {}, started: (offset: number) => void starts.push(offset), progress() {} };
    await transferOver(connections)(job, hooks, new AbortController().signal);

    expect(starts[0]).toBeGreaterThan(0);
    expect(await share.files()).toEqual(["2___1CEN.PCK", "2___1CEN.SNI"]);
  },
);
