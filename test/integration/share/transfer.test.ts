/**
 * A delivery from file to `.SNI`: the sending side against the real share.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { siteCode } from "../../../domain/identifiers.ts";
import { markReceived } from "../../../site-image/database/uploads.ts";
import { type ShareRead, shareTraffic } from "../../../site-image/http/share-traffic.ts";
import { SendError } from "../../../site-image/senders/send-error.ts";
import { SiteConnections } from "../../../site-image/senders/site-connections.ts";
import { type TransferHooks, type TransferJob, transferOver } from "../../../site-image/senders/transfer.ts";
import { RunningShare, someBytes } from "./running-share.ts";
import { test } from "./share-fixture.ts";
import { listening, wayTo } from "./way-to-share.ts";

const never = new AbortController().signal;

/** Sends with connections of its own. What the hooks heard is the result. */
async function send(
  job: TransferJob,
  signal = never,
  onProgress: (offset: number) => void = () => {},
): Promise<{ started: number[]; progress: number[] }> {
  const heard = { started: [] as number[], progress: [] as number[] };
  const hooks: TransferHooks = {
    connected() {},
    started: (offset) => void heard.started.push(offset),
    progress(offset) {
      heard.progress.push(offset);
      onProgress(offset);
    },
  };
  await using connections = new SiteConnections();
  await transferOver(connections)(job, hooks, signal);
  return heard;
}

async function failureOf(sending: Promise<unknown>): Promise<SendError> {
  const error = await sending.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SendError)) throw new Error("expected a SendError", { cause: error });
  return error;
}

describe("a transfer", () => {
  test("of a small file is told with the time that making its upload held it back", async ({ share }) => {
    const reads: ShareRead[] = [];
    const listen = (read: unknown) => void reads.push(read as ShareRead);
    shareTraffic.subscribe(listen);
    try {
      await send(await share.delivery("2___1CEN", someBytes(429)));
    } finally {
      shareTraffic.unsubscribe(listen);
    }
    expect(reads.filter(({ folder }) => folder === share.site.place.folders.root)).toMatchObject([
      { bytes: 429, heldMs: expect.toSatisfy((heldMs: number) => heldMs > 0) },
      { heldMs: expect.toSatisfy((heldMs: number) => heldMs > 0) },
    ]);
  });

  test("delivers a request whole and commits it", async ({ share }) => {
    const content = someBytes(5 * 1024 * 1024 + 7);
    const job = await share.delivery("2___1CEN", content);

    const { started, progress } = await send(job);

    expect(await share.files()).toEqual(["2___1CEN.PCK", "2___1CEN.SNI"]);
    expect(content.equals(await readFile(join(share.receive, "2___1CEN.PCK")))).toBe(true);
    expect(started).toEqual([0]);
    expect(progress.at(-1)).toBe(content.length);
  });

  test("delivers a package file of no bytes", async ({ share }) => {
    await send(await share.delivery("2___1CEN", Buffer.alloc(0)));

    expect(await share.files()).toEqual(["2___1CEN.PCK", "2___1CEN.SNI"]);
  });

  test("of a request that is received already sends nothing", async ({ share }) => {
    const job = await share.delivery("2___1CEN", someBytes(1000));
    await send(job);

    expect(await send(job)).toEqual({ started: [], progress: [] });
  });

  test("of a request whose commit broke off has the target end it", async ({ share }) => {
    const job = await share.delivery("2___1CEN", someBytes(1000));
    await share.put("2___1CEN.PCK", await readFile(job.packageFile.path));
    await share.put("2___1CEN.TMP", await readFile(job.instructionFile.path));
    const uploads = ["2___1CEN.PCK", "2___1CEN.TMP"];
    markReceived(share.site.database, {
      request: job.request,
      site: siteCode.parse("CEN"),
      receivedMs: 0,
      uploads,
    });

    await send(job);

    expect(await share.files()).toEqual(["2___1CEN.PCK", "2___1CEN.SNI"]);
  });

  test("sends several requests at a time over one pool", async ({ share }) => {
    await using connections = new SiteConnections();
    const transfer = transferOver(connections);
    const hooks = { connected() {}, started() {}, progress() {} };
    const names = ["1___1CEN", "2___2CEN", "3___3CEN"];

    const jobs = await Promise.all(names.map((name) => share.delivery(name, someBytes(2_000_000))));
    await Promise.all(jobs.map((job) => transfer(job, hooks, never)));

    expect((await share.files()).filter((file) => file.endsWith(".SNI"))).toHaveLength(3);
  });

  test("stops at once when it is told to, and goes on from the byte the target holds", async ({ share }) => {
    const content = someBytes(48 * 1024 * 1024);
    const job = await share.delivery("2___1CEN", content);
    const stop = new AbortController();
    const why = new Error("the window closes");

    const stopped = send(job, stop.signal, (offset) => {
      if (offset >= 16 * 1024 * 1024) stop.abort(why);
    });
    await expect(stopped).rejects.toBe(why);
    const { started } = await send(job);

    expect(started[0]).toBeGreaterThan(0);
    expect(started[0]).toBeLessThan(content.length);
    expect((await share.files()).at(-1)).toBe("2___1CEN.SNI");
  });

  test("sends the bytes of the file however slowly they are taken", async ({ share }) => {
    const job = await share.delivery("2___1CEN", someBytes(24 * 1024 * 1024));
    await using way = await wayTo(share, async (near, far) => {
      for await (const part of near) {
        far.write(part);
        for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
      }
    });

    await send({ ...job, target: { ...job.target, url: way.url } }); // the share verifies the digest

    expect((await share.files()).at(-1)).toBe("2___1CEN.SNI");
  });

  test("goes on over restarts of the target", async ({ folder }) => {
    const content = someBytes(24 * 1024 * 1024);
    const first = await RunningShare.start(folder);
    const job = await first.delivery("2___1CEN", content);
    const port = Number(new URL(first.url).port);
    let closing: Promise<void> | undefined;
    const failure = await failureOf(
      send(job, never, (offset) => {
        if (offset >= 8 * 1024 * 1024) closing ??= first[Symbol.asyncDispose]();
      }),
    );
    await closing;
    expect(failure.retryable).toBe(true);

    await using share = await RunningShare.start(folder, { port });
    const { started } = await send(job);

    expect(started[0]).toBeGreaterThan(0);
    expect((await share.files()).at(-1)).toBe("2___1CEN.SNI");
  });
});

describe("a transfer that fails", () => {
  test("to a site that is not there says so, and may be tried again", async ({ share }) => {
    const job = await share.delivery("2___1CEN", someBytes(1000));

    const failure = await failureOf(send({ ...job, target: { ...job.target, url: "http://127.0.0.1:1" } }));

    expect(failure.retryable).toBe(true);
    expect(failure.message).toBe("cannot connect to site CHI at http://127.0.0.1:1");
    expect(failure.cause).toMatchObject({ code: "ECONNREFUSED" });
  });

  test("in the middle of the file names the byte, and may be tried again", async ({ share }) => {
    const job = await share.delivery("2___1CEN", someBytes(24 * 1024 * 1024));
    await using way = await wayTo(share, (near, far) => {
      near.on("data", (part) => {
        far.write(part);
        if (far.bytesWritten > 4 * 1024 * 1024) near.resetAndDestroy();
      });
    });

    const failure = await failureOf(send({ ...job, target: { ...job.target, url: way.url } }));

    expect(failure.retryable).toBe(true);
    expect(failure.message).toMatch(/^site CHI closed the connection at byte [1-9][0-9]+$/);
  });

  test("to something that is not a share may be tried again", async ({ share }) => {
    const job = await share.delivery("2___1CEN", someBytes(1000));
    await using other = await listening((socket) =>
      socket.end("HTTP/1.1 503 no\r\nContent-Length: 0\r\n\r\n"),
    );

    const failure = await failureOf(send({ ...job, target: { ...job.target, url: other.url } }));

    expect(failure.retryable).toBe(true);
    expect(failure.message).toContain("503");
  });

  test("for a wrong secret may be tried again, with the share's code", async ({ share }) => {
    const job = await share.delivery("2___1CEN", someBytes(1000));

    const failure = await failureOf(send({ ...job, target: { ...job.target, secret: "x".repeat(32) } }));

    expect(failure).toMatchObject({ retryable: true, code: "NOT_ATTACHED" });
  });

  test("for want of room may be tried again", async ({ folder }) => {
    await using share = await RunningShare.start(folder, { quotaBytes: 500 });
    const job = await share.delivery("2___1CEN", someBytes(1000));

    const failure = await failureOf(send(job));

    expect(failure).toMatchObject({ retryable: true, code: "NO_ROOM" });
    expect(failure.message).toContain("2___1CEN.PCK needs 1000 bytes");
  });

  test("because the target takes no such file is not tried again", async ({ folder }) => {
    await using share = await RunningShare.start(folder, { maxBytes: 500 });
    const job = await share.delivery("2___1CEN", someBytes(1000));

    expect(await failureOf(send(job))).toMatchObject({ retryable: false, code: "TOO_LARGE" });
  });

  test("because its file is gone is not tried again", async ({ share }) => {
    const job = await share.delivery("2___1CEN", someBytes(1000));
    await rm(job.packageFile.path);

    const failure = await failureOf(send(job));

    expect(failure).toMatchObject({ retryable: false, message: "cannot read 2___1CEN.P00" });
  });

  test("because its file is not what was announced has the target start over", async ({ share }) => {
    const content = someBytes(2_000_000);
    const job = await share.delivery("2___1CEN", content);
    await writeFile(job.packageFile.path, someBytes(2_000_000));

    expect(await failureOf(send(job))).toMatchObject({ retryable: true, code: "WRONG_CHECKSUM" });
    await writeFile(job.packageFile.path, content);
    await send(job);
    expect((await share.files()).at(-1)).toBe("2___1CEN.SNI");
  });
});
