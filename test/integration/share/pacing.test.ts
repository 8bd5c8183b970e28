/**
 * Paced transfers: what arrives at the real share, over a way that tells when and that can stand still.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, vi } from "vitest";

import type { Pace } from "../../../site-image/senders/pace.ts";
import { Pacer } from "../../../site-image/senders/pacer.ts";
import { SiteConnections } from "../../../site-image/senders/site-connections.ts";
import { type TransferJob, transferOver } from "../../../site-image/senders/transfer.ts";
import { SystemClock } from "../../../site-image/system-clock.ts";
import { type Arrival, between, bytesOf, mostWithin } from "../../support/arrivals.ts";
import { type RunningShare, someBytes } from "./running-share.ts";
import { test } from "./share-fixture.ts";
import { wayTo } from "./way-to-share.ts";

const clock = SystemClock.untold();
const never = new AbortController().signal;
/** For a machine that is busy with other tests. */
const patiently = { timeout: 30_000 };
const pacerOf = (bytesPerSecond: number) =>
  new Pacer({ clock, rate: () => ({ bytesPerSecond, untilMs: Number.POSITIVE_INFINITY }) });

async function send(job: TransferJob, pace: Pace, signal = never): Promise<void> {
  await using connections = new SiteConnections();
  const hooks = { connected() {}, started() {}, progress() {} };
  await transferOver(connections)({ ...job, pace }, hooks, signal);
}

/** A way to the share that notes what passes, and stands still from `atBytes` on for `stillMs`. */
async function tap(share: RunningShare, { atBytes = Number.POSITIVE_INFINITY, stillMs = 0 } = {}) {
  const arrivals: Arrival[] = [];
  const still = { fromMs: 0, toMs: 0 };
  let passed = 0;
  const way = await wayTo(share, (near, far) => {
    near.on("data", (part) => {
      passed += part.length;
      arrivals.push({ atMs: clock.realNow(), bytes: part.length });
      far.write(part);
      if (passed < atBytes || still.fromMs > 0) return;
      still.fromMs = clock.realNow();
      near.pause();
      void clock.sleepReal(stillMs, never).then(() => {
        still.toMs = clock.realNow();
        near.resume();
      });
    });
  });
  return { way, arrivals, still };
}

const over = (job: TransferJob, url: string): TransferJob => ({ ...job, target: { ...job.target, url } });

describe("a paced transfer", () => {
  test("delivers a request whole, at its rate", async ({ share }) => {
    const content = someBytes(1_000_000);
    const { way, arrivals } = await tap(share);
    await using _ = way;

    await send(over(await share.delivery("2___1CEN", content), way.url), pacerOf(500_000));

    expect(content.equals(await readFile(join(share.receive, "2___1CEN.PCK")))).toBe(true);
    expect(await share.files()).toEqual(["2___1CEN.PCK", "2___1CEN.SNI"]);
    const [first, last] = [arrivals[0]?.atMs ?? 0, arrivals.at(-1)?.atMs ?? 0];
    expect(last - first).toBeGreaterThan(1950);
    expect(mostWithin(arrivals, 1000)).toBeLessThan(500_000 * 1.1); // the bounds themselves: bench/pacing.ts
  });

  test("sends no burst when the path goes on after it stood still", async ({ share }) => {
    const rate = 1_000_000;
    const { way, arrivals, still } = await tap(share, { atBytes: 500_000, stillMs: 2000 });
    await using _ = way;

    await send(over(await share.delivery("2___1CEN", someBytes(1_000_000)), way.url), pacerOf(rate));

    const after = between(arrivals, still.toMs, still.toMs + 400);
    expect(still.toMs).toBeGreaterThan(0);
    expect(bytesOf(after)).toBeLessThan(rate * 0.4 * 1.15);
    expect(await share.files()).toEqual(["2___1CEN.PCK", "2___1CEN.SNI"]);
  });

  test("ends at once when it is stopped while it waits for its turn", async ({ share }) => {
    const stop = new AbortController();
    const job = await share.delivery("2___1CEN", someBytes(100_000));
    const sending = send(job, pacerOf(100), stop.signal);
    await vi.waitFor(() => expect(share.bytesOnDisk("2___1CEN.PCK")).toBeGreaterThan(0), patiently);
    stop.abort(new Error("stopped"));

    await expect(sending).rejects.toThrow("stopped");
  });

  test("goes on from what the target holds", async ({ share }) => {
    const content = someBytes(8_000_000);
    const job = await share.delivery("2___1CEN", content);
    const stop = new AbortController();
    const sending = send(job, pacerOf(400_000), stop.signal);
    await vi.waitFor(() => expect(share.bytesOnDisk("2___1CEN.PCK")).toBeGreaterThan(50_000), patiently);
    stop.abort(new Error("stopped"));
    await expect(sending).rejects.toThrow("stopped");
    await send(job, pacerOf(Number.POSITIVE_INFINITY));

    expect(content.equals(await readFile(join(share.receive, "2___1CEN.PCK")))).toBe(true);
  });
});

describe("acknowledgements", () => {
  /** The interim answers and the last one to a PATCH of `content` with the header. */
  async function answersTo(share: RunningShare, content: Uint8Array, everyBytes: string): Promise<string> {
    await share.create("2___1CEN.PCK", content.length);
    const socket = await share.rawPatch(
      "2___1CEN.PCK",
      content.length,
      `Upload-Acknowledge: ${everyBytes}\r\nConnection: close\r\n`,
    );
    let answer = "";
    socket.on("data", (part) => {
      answer += part.toString("latin1");
    });
    const closed = new Promise((resolve) => socket.once("close", resolve));
    const half = content.length / 2;
    socket.write(content.subarray(0, half));
    await vi.waitFor(
      () => expect(everyBytes === "0" || answer.includes(`Upload-Offset: ${half}`)).toBe(true),
      patiently,
    );
    socket.write(content.subarray(half));
    await closed;
    return answer;
  }

  test("tell what is read before the body has ended", async ({ share }) => {
    const answer = await answersTo(share, someBytes(1000), "100");

    expect(answer).toMatch(/^HTTP\/1\.1 104 [^\r]*\r\nUpload-Offset: 500\r\n\r\n/);
    expect(answer).toMatch(/HTTP\/1\.1 204 .*Upload-Offset: 1000\r\n/s);
  });

  test("are not asked for with 0", async ({ share }) => {
    expect(await answersTo(share, someBytes(1000), "0")).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("do not come unasked", async ({ share }) => {
    await share.create("2___1CEN.PCK", 4);
    const socket = await share.rawPatch("2___1CEN.PCK", 4, "Connection: close\r\n");
    let answer = "";
    socket.on("data", (part) => {
      answer += part.toString("latin1");
    });
    socket.write("four");
    await new Promise((resolve) => socket.once("close", resolve));

    expect(answer).toMatch(/^HTTP\/1\.1 204 /);
  });
});
