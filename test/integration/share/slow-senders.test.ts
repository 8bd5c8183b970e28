/**
 * Senders that bring a byte now and then, to hold a connection for as long as they like. Time is the test's.
 */
import { once } from "node:events";
import type { Socket } from "node:net";

import { expect } from "vitest";

import { ManualClock } from "../../support/manual-clock.ts";
import { test } from "../../support/temporary-folder.ts";
import { RunningShare, someBytes } from "./running-share.ts";

const minuteMs = 60_000;

/** A connection that is acknowledged what it brings. */
async function begin(share: RunningShare, name: string): Promise<Socket> {
  await share.create(name, 1_000_000);
  return await share.rawPatch(name, 1_000_000, "Upload-Acknowledge: 1\r\n");
}

async function bring(socket: Socket, bytes: number): Promise<void> {
  const isRead = once(socket, "data");
  socket.write(Buffer.alloc(bytes, "x"));
  await isRead;
}

test("senders that bring a byte a minute are given up after a heartbeat, and what they brought is held", async ({
  folder,
}) => {
  const clock = new ManualClock();
  await using share = await RunningShare.start(folder, { clock });
  const names = Array.from({ length: 15 }, (_, n) => `2__${String(n).padStart(2, "0")}CEN.PCK`);
  const sockets = await Promise.all(names.map((name) => begin(share, name)));
  for (let minute = 1; minute < 5; minute += 1) {
    await Promise.all(sockets.map((socket) => bring(socket, 1)));
    await clock.advance(minuteMs);
  }
  await Promise.all(sockets.map((socket) => bring(socket, 1)));
  expect(sockets.filter((socket) => socket.destroyed)).toEqual([]);
  await share.put("2___1CEN.PCK", someBytes(100_000)); // another is served meanwhile
  await clock.advance(minuteMs);

  await expect.poll(() => sockets.filter((socket) => !socket.destroyed).length).toBe(0);
  expect(await Promise.all(names.map((name) => share.offsetOf(name)))).toEqual(names.map(() => 5));
  expect(await share.offsetOf("2___1CEN.PCK")).toBe(100_000);
});

test("a sender as slow as the slowest pulse mode is not given up", async ({ folder }) => {
  const clock = new ManualClock();
  await using share = await RunningShare.start(folder, { clock });
  const socket = await begin(share, "2___1CEN.PCK");
  for (let pulse = 1; pulse <= 60; pulse += 1) {
    await bring(socket, 1024);
    await clock.advance(minuteMs / 2);
  }
  expect(socket.destroyed).toBe(false);
  expect(await share.offsetOf("2___1CEN.PCK")).toBe(60 * 1024);
});
