/**
 * What a share finds of the last run, and makes of it.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { requestId, siteCode } from "../../../domain/identifiers.ts";
import { markReceived } from "../../../site-image/database/uploads.ts";
import { RunningShare, sha256, someBytes } from "./running-share.ts";
import { test } from "./share-fixture.ts";

const name = "2___1CEN.PCK";
const content = someBytes(2_000_000);

/** A share that stopped when it held the first half of `content`. */
async function stoppedHalfway(folder: string): Promise<void> {
  await using share = await RunningShare.start(folder);
  await share.create(name, content.length, sha256(content));
  await share.patch(name, 0, content.subarray(0, 1_000_000));
}

test("an upload goes on after a restart, and its digest is still verified", async ({ folder }) => {
  await stoppedHalfway(folder);
  await using share = await RunningShare.start(folder);

  expect(await share.offsetOf(name)).toBe(1_000_000);
  expect((await share.patch(name, 1_000_000, content.subarray(1_000_000))).status).toBe(204);
  expect(content.equals(await readFile(join(share.receive, name)))).toBe(true);
});

test("bytes that the disk lost over a restart are found out, and the upload starts over", async ({
  folder,
}) => {
  await stoppedHalfway(folder);
  const path = join(folder, "SMS/Inboxes/Despoolr.box/Receive", name);
  await writeFile(path, Buffer.concat([content.subarray(0, 999_000), Buffer.alloc(1000)]));
  await using share = await RunningShare.start(folder);

  expect((await share.patch(name, 1_000_000, content.subarray(1_000_000))).status).toBe(460);
  expect(await share.offsetOf(name)).toBe(0);
});

test("a tail that the disk lost does not pass for a complete file", async ({ folder }) => {
  {
    await using share = await RunningShare.start(folder);
    await share.put(name, content);
    await writeFile(join(share.receive, name), Buffer.concat([content.subarray(0, -500), Buffer.alloc(500)]));
  }
  await using share = await RunningShare.start(folder);

  expect(await share.offsetOf(name)).toBe(0);
});

test("a stop in the middle of a piece keeps what came", async ({ folder }) => {
  {
    await using share = await RunningShare.start(folder);
    await share.create(name, content.length, sha256(content));
    const socket = await share.rawPatch(name, content.length);
    socket.write(content.subarray(0, 800_000));
    await expect.poll(() => share.bytesOnDisk(name)).toBe(800_000);
  }
  await using share = await RunningShare.start(folder);

  expect(await share.offsetOf(name)).toBe(800_000);
});

test("a file that is no upload is removed at start", async ({ folder }) => {
  {
    await using share = await RunningShare.start(folder);
    await writeFile(join(share.receive, name), "somebody's");
    await writeFile(join(share.receive, "2___2CEN.TMP"), "somebody's");
    await writeFile(join(share.receive, "readme.txt"), "not the share's business");
  }
  await using share = await RunningShare.start(folder);

  expect(await share.files()).toEqual(["readme.txt"]);
});

test("an upload whose file is gone is none any more", async ({ folder }) => {
  await stoppedHalfway(folder);
  await rm(join(folder, "SMS/Inboxes/Despoolr.box/Receive", name));
  await using share = await RunningShare.start(folder);

  expect((await share.ask("HEAD", name)).status).toBe(404);
  const created = await share.create(name, content.length, sha256(content));
  expect(created.headers.get("Upload-Offset")).toBe("0");
});

test("an upload whose file is longer than announced starts over", async ({ folder }) => {
  await stoppedHalfway(folder);
  const path = join(folder, "SMS/Inboxes/Despoolr.box/Receive", name);
  await writeFile(path, someBytes(content.length + 1));
  await using share = await RunningShare.start(folder);

  expect(await share.offsetOf(name)).toBe(0);
});

test.for(["SNI", "IST"])(
  "a package file stays as long as its .%s is there",
  async (extension, { folder }) => {
    {
      await using share = await RunningShare.start(folder);
      markReceived(share.site.database, {
        request: requestId.parse("2___1CEN"),
        site: siteCode.parse("CEN"),
        receivedMs: 0,
        uploads: [],
      });
      await writeFile(join(share.receive, name), "the Despooler's");
      await writeFile(join(share.receive, `2___1CEN.${extension}`), "the Despooler's");
    }
    await using share = await RunningShare.start(folder);

    expect(await share.files()).toContain(name);
  },
);

test("a received request's package file goes when its instruction is done with", async ({ folder }) => {
  {
    await using share = await RunningShare.start(folder);
    markReceived(share.site.database, {
      request: requestId.parse("2___1CEN"),
      site: siteCode.parse("CEN"),
      receivedMs: 0,
      uploads: [],
    });
    await writeFile(join(share.receive, name), "left behind");
  }
  await using share = await RunningShare.start(folder);

  expect(await share.files()).toEqual([]);
});
