/**
 * Connections that break, fall silent or say more than they may.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { RunningShare, sha256, someBytes } from "./running-share.ts";
import { test } from "./share-fixture.ts";

const name = "2___1CEN.PCK";

/** A connection of CEN's that has brought the first `bytes` and now says nothing more. */
async function silentAfter(share: RunningShare, content: Buffer, bytes: number) {
  await share.create(name, content.length, sha256(content));
  const socket = await share.rawPatch(name, content.length);
  socket.write(content.subarray(0, bytes));
  await expect.poll(() => share.bytesOnDisk(name)).toBe(bytes);
  return socket;
}

test("what came before a connection was cut is held, and the rest goes on from there", async ({ share }) => {
  const content = someBytes(3_000_000);
  const socket = await silentAfter(share, content, 1_234_567);
  socket.resetAndDestroy();

  expect(await share.offsetOf(name)).toBe(1_234_567);
  expect((await share.patch(name, 1_234_567, content.subarray(1_234_567))).status).toBe(204);
  expect(content.equals(await readFile(join(share.receive, name)))).toBe(true);
});

test("a piece goes on where another connection has fallen silent", async ({ share }) => {
  const content = someBytes(2_000_000);
  const silent = await silentAfter(share, content, 1_000_000);

  const answer = await share.patch(name, 1_000_000, content.subarray(1_000_000));

  expect(answer.status).toBe(204);
  await expect.poll(() => silent.destroyed).toBe(true);
  expect(content.equals(await readFile(join(share.receive, name)))).toBe(true);
});

test("HEAD tells what a silent connection has brought", async ({ share }) => {
  await silentAfter(share, someBytes(2_000_000), 700_000);

  expect(await share.offsetOf(name)).toBe(700_000);
});

test("an upload is made anew while another connection has it", async ({ share }) => {
  await silentAfter(share, someBytes(2_000_000), 700_000);

  const answer = await share.create(name, 10, sha256(someBytes(10)));

  expect(answer.headers.get("Upload-Offset")).toBe("0");
});

test("an upload is given up while another connection has it", async ({ share }) => {
  await silentAfter(share, someBytes(2_000_000), 700_000);

  expect((await share.ask("DELETE", name)).status).toBe(204);
  expect(await share.files()).toEqual([]);
});

test("of many that want one upload the last has it, and no byte is lost", async ({ share }) => {
  const content = someBytes(2_000_000);
  await silentAfter(share, content, 1_000_000);
  const rest = content.subarray(1_000_000);

  const answers = await Promise.allSettled(
    Array.from({ length: 8 }, () => share.patch(name, 1_000_000, rest)),
  );

  const statuses = answers.map((answer) => (answer.status === "fulfilled" ? answer.value.status : 0));
  expect(statuses.every((status) => [0, 204, 409].includes(status))).toBe(true);
  const offset = await share.offsetOf(name);
  await share.patch(name, offset, content.subarray(offset));
  expect(content.equals(await readFile(join(share.receive, name)))).toBe(true);
});

test("a connection that says nothing for the length of a heartbeat is given up", async ({ folder }) => {
  await using share = await RunningShare.start(folder, { haste: 1000 });
  const silent = await silentAfter(share, someBytes(2_000_000), 700_000);

  await expect.poll(() => silent.destroyed).toBe(true);
  expect(await share.offsetOf(name)).toBe(700_000);
});

test("more bytes than were announced are refused, and not written", async ({ share }) => {
  await share.create(name, 100);
  const socket = await share.rawPatch(name, "chunked");
  const answer = once(socket, "data");
  socket.write(`c8\r\n${"x".repeat(200)}\r\n0\r\n\r\n`);

  expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 413 .*TOO_LONG/s);
  expect(share.bytesOnDisk(name)).toBeLessThanOrEqual(100);
});

test("a body without end is cut after the refusal", async ({ share }) => {
  const socket = await share.rawPatch(name, "chunked"); // there is no such upload
  const block = `10000\r\n${"x".repeat(65_536)}\r\n`;
  const pour = () => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on("drain", pour);
  pour();
  const answer: string[] = [];
  socket.setEncoding("utf8").on("data", (part: string) => answer.push(part));

  await expect.poll(() => socket.destroyed, { timeout: 10_000 }).toBe(true);
  expect(answer.join("")).toMatch(/^HTTP\/1\.1 404 .*UNKNOWN_UPLOAD/s);
  expect(socket.bytesWritten).toBeLessThan(64_000_000);
});

test("a piece whose checksum never came to be checked does not count", async ({ share }) => {
  await share.create(name, 1_000_000);
  const socket = await share.rawPatch(name, 1_000_000, `Upload-Checksum: sha256 ${"A".repeat(43)}=\r\n`);
  socket.write(someBytes(600_000));
  await expect.poll(() => share.bytesOnDisk(name)).toBe(600_000);
  socket.destroy();

  expect(await share.offsetOf(name)).toBe(0);
});
