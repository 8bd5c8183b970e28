/**
 * The commit of a request: `MOVE <request>.TMP` to `.SNI`, once and for all.
 */
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { packageId, requestId, siteCode } from "../../../domain/identifiers.ts";
import { statusMessagesOf } from "../../../site-image/database/status-messages.ts";
import { isReceived, markReceived } from "../../../site-image/database/uploads.ts";
import { SiteKey } from "../../../site-image/security/site-key.ts";
import { attach, codeOf, instructionText, RunningShare, someBytes } from "./running-share.ts";
import { test } from "./share-fixture.ts";

const request = requestId.parse("2___1CEN");
const cen = siteCode.parse("CEN");
const content = someBytes(100_000);

/** Package and instruction are on the share, whole, and not committed. */
async function ready(share: RunningShare, change: Parameters<typeof instructionText>[3] = {}): Promise<void> {
  await share.put(`${request}.PCK`, content);
  await share.put(`${request}.TMP`, Buffer.from(instructionText(request, content, share.key, change)));
}

/** What a kill between the row and the rename leaves. */
function markOnly(share: RunningShare): void {
  const uploads = [`${request}.PCK`, `${request}.TMP`];
  markReceived(share.site.database, { request, site: cen, receivedMs: 0, uploads });
}

describe("a commit", () => {
  test("makes the instruction the Despooler's", async ({ share }) => {
    await ready(share);

    expect((await share.commit(request)).status).toBe(201);
    expect(await share.files()).toEqual([`${request}.PCK`, `${request}.SNI`]);
    expect((await share.ask("HEAD", `${request}.SNI`)).status).toBe(200);
  });

  test("is in the journal, after the files it is made of", async ({ share }) => {
    await ready(share);
    await share.commit(request);

    const events = share.site.events().map(({ action, file }) => `${action} ${file?.split("/").at(-1)}`);
    expect(events).toEqual([
      "created 2___1CEN.PCK",
      "received 2___1CEN.PCK",
      "created 2___1CEN.TMP",
      "received 2___1CEN.TMP",
      "renamed 2___1CEN.SNI",
    ]);
    expect(share.site.events().at(-1)).toMatchObject({ request, peer: "CEN", job: "00000001" });
  });

  test("repeated changes nothing", async ({ share }) => {
    await ready(share);
    await share.commit(request);

    expect((await share.commit(request)).status).toBe(204);
    expect(await share.files()).toEqual([`${request}.PCK`, `${request}.SNI`]);
  });

  test("repeated while the Despooler has it makes no second one", async ({ share }) => {
    await ready(share);
    await share.commit(request);
    await rename(join(share.receive, `${request}.SNI`), join(share.receive, `${request}.IST`));

    expect((await share.commit(request)).status).toBe(204);
    expect(await share.files()).toEqual([`${request}.IST`, `${request}.PCK`]);
  });

  test("repeated after the Despooler is done makes no second one", async ({ share }) => {
    await ready(share);
    await share.commit(request);
    await rm(join(share.receive, `${request}.SNI`));
    await rm(join(share.receive, `${request}.PCK`));

    expect((await share.commit(request)).status).toBe(204);
    expect((await share.ask("HEAD", `${request}.SNI`)).status).toBe(200);
    expect(await codeOf(await share.create(`${request}.PCK`, content.length))).toBe("409 ALREADY_RECEIVED");
    expect(await codeOf(await share.create(`${request}.TMP`, 10))).toBe("409 ALREADY_RECEIVED");
    expect(await share.files()).toEqual([]);
  });

  test("at the moment of another attempt to send the request leaves one request, whole", async ({
    folder,
  }) => {
    {
      await using share = await RunningShare.start(folder);
      await ready(share);
    }
    await using share = await RunningShare.start(folder); // has to read the files again, which takes its time
    const attempt = () => share.create(`${request}.PCK`, content.length, "0".repeat(64));

    const [committed] = await Promise.all([share.commit(request), ...Array.from({ length: 20 }, attempt)]);

    const isIn = isReceived(share.site.database, request, cen);
    expect(committed?.status).toBe(isIn ? 201 : 409);
    expect(share.bytesOnDisk(`${request}.PCK`)).toBe(isIn ? content.length : 0);
  });
});

describe("a kill between the row and the rename", () => {
  test("is made good by the next start", async ({ folder }) => {
    {
      await using share = await RunningShare.start(folder);
      await ready(share);
      markOnly(share);
    }
    await using share = await RunningShare.start(folder);

    expect(await share.files()).toEqual([`${request}.PCK`, `${request}.SNI`]);
    expect((await share.commit(request)).status).toBe(204);
    expect(share.site.events().filter((event) => event.action === "renamed")).toHaveLength(1);
  });

  test("is made good by the sender's next try", async ({ share }) => {
    await ready(share);
    markOnly(share);

    expect((await share.ask("HEAD", `${request}.SNI`)).status).toBe(404);
    expect((await share.commit(request)).status).toBe(204);
    expect(await share.files()).toEqual([`${request}.PCK`, `${request}.SNI`]);
  });
});

describe("a commit is refused", () => {
  test("while the instruction is not complete", async ({ share }) => {
    await share.put(`${request}.PCK`, content);
    await share.create(`${request}.TMP`, 100);

    expect(await codeOf(await share.commit(request))).toBe("409 NOT_COMPLETE");
  });

  test("when there is no instruction", async ({ share }) => {
    expect(await codeOf(await share.commit(request))).toBe("404 UNKNOWN_UPLOAD");
  });

  test("when the package file is not here", async ({ share }) => {
    await share.put(`${request}.TMP`, Buffer.from(instructionText(request, content, share.key)));

    expect(await codeOf(await share.commit(request))).toBe("409 NOT_DELIVERABLE");
    const message = statusMessagesOf(share.site.database, { limit: 1 })[0];
    expect(message).toMatchObject({ id: 30001, text: expect.stringContaining("2___1CEN.PCK is not here") });
  });

  test("when the package file is not here whole", async ({ share }) => {
    await share.create(`${request}.PCK`, content.length);
    await share.patch(`${request}.PCK`, 0, content.subarray(0, 1000));
    await share.put(`${request}.TMP`, Buffer.from(instructionText(request, content, share.key)));

    expect(await codeOf(await share.commit(request))).toBe("409 NOT_DELIVERABLE");
    expect(await share.offsetOf(`${request}.PCK`)).toBe(1000);
  });

  test("when the package file is another, and that is discarded so that it is sent again", async ({
    share,
  }) => {
    await share.put(`${request}.PCK`, someBytes(content.length));
    await share.put(`${request}.TMP`, Buffer.from(instructionText(request, content, share.key)));

    expect(await codeOf(await share.commit(request))).toBe("409 NOT_DELIVERABLE");
    expect(await share.files()).toEqual([`${request}.TMP`]);
    await share.put(`${request}.PCK`, content);
    expect((await share.commit(request)).status).toBe(201);
  });

  test("when the signature is another site's", async ({ share }) => {
    const stranger = SiteKey.open(join(share.folder, "stranger.key"));
    await share.put(`${request}.PCK`, content);
    await share.put(`${request}.TMP`, Buffer.from(instructionText(request, content, stranger)));

    expect(await codeOf(await share.commit(request))).toBe("403 INSTRUCTION_REFUSED");
    expect(await share.files()).toEqual([`${request}.PCK`]);
    expect(statusMessagesOf(share.site.database, { limit: 1 })[0]?.id).toBe(30001);
  });

  test.for([
    ["another source", { source: siteCode.parse("MKE") }],
    ["another destination", { destination: siteCode.parse("MKE") }],
    ["another request", { request: requestId.parse("2___9CEN") }],
  ] as const)("when the instruction names %s", async ([, change], { share }) => {
    await ready(share, change);

    expect(await codeOf(await share.commit(request))).toBe("403 INSTRUCTION_REFUSED");
    expect(isReceived(share.site.database, request, cen)).toBe(false);
  });

  const content1 = { sourceVersion: 1, bytes: 1, sha256: "0".repeat(64), files: 1, sourceBytes: 1 };
  test.for([
    ["content", { work: { kind: "package", packageId: packageId.parse("XYZ00001"), content: content1 } }],
    ["what it would have passed on in its parent's name", { finalSite: siteCode.parse("MKE") }],
  ] as const)("when a child sends %s", async ([, change], { share }) => {
    attach(share.site, "CEN", share.key, "child");
    await ready(share, change);

    expect(await codeOf(await share.commit(request))).toBe("403 INSTRUCTION_REFUSED");
    expect(await share.files()).toEqual([`${request}.PCK`]);
  });

  test("when an instruction that was taken before is played again as another request", async ({ share }) => {
    await ready(share);
    await share.commit(request);
    const recorded = Buffer.from(instructionText(request, content, share.key));
    await share.put("2___2CEN.PCK", content);
    await share.put("2___2CEN.TMP", recorded);

    expect(await codeOf(await share.commit("2___2CEN"))).toBe("403 INSTRUCTION_REFUSED");
    expect(await codeOf(await share.create(`${request}.TMP`, recorded.length))).toBe("409 ALREADY_RECEIVED");
  });

  test("when the instruction is not one", async ({ share }) => {
    await share.put(`${request}.PCK`, content);
    await share.put(`${request}.TMP`, Buffer.from("not JSON"));

    expect(await codeOf(await share.commit(request))).toBe("403 INSTRUCTION_REFUSED");
  });

  test("when the package file was damaged on the disk since it came", async ({ folder }) => {
    {
      await using share = await RunningShare.start(folder);
      await ready(share);
      await writeFile(join(share.receive, `${request}.PCK`), someBytes(content.length));
    }
    await using share = await RunningShare.start(folder);

    expect(await codeOf(await share.commit(request))).toBe("409 NOT_DELIVERABLE");
    expect(await share.files()).toEqual([`${request}.TMP`]);
  });
});
