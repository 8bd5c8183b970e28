/**
 * Room for uploads, and how long they may take.
 */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, statfs, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { siteCode } from "../../../domain/identifiers.ts";
import { keepUpload } from "../../../site-image/database/uploads.ts";
import { SiteKey } from "../../../site-image/security/site-key.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { attach, codeOf, RunningShare, someBytes } from "./running-share.ts";
import { test } from "./share-fixture.ts";

describe("room", () => {
  test("an upload that the disk has no room for is refused before a byte of it", async ({ share }) => {
    expect(await codeOf(await share.create("2___1CEN.PCK", 2 ** 49))).toBe("507 NO_ROOM");
    expect(await share.files()).toEqual([]);
  });

  test("a site that announces all of the disk does not keep another out", async ({ share }) => {
    attach(share.site, "MKE", SiteKey.open(join(share.folder, "MKE.key")));
    const { bavail, bsize } = await statfs(share.receive);
    const eighth = Math.floor((bavail * bsize) / 8);
    expect(await codeOf(await share.create("2___1CEN.PCK", Math.floor(7.9 * eighth)))).toBe("507 NO_ROOM");
    for (let one = 0; one < 8; one += 1) await share.create(`2___${one}CEN.PCK`, eighth);
    expect((await share.create("2_1000MKE.PCK", Math.floor(eighth / 2), "", "MKE")).status).toBe(201);
  });

  test("what other uploads will need counts as taken", async ({ folder }) => {
    await using share = await RunningShare.start(folder, { quotaBytes: 1000 });
    await share.create("2___1CEN.PCK", 600);

    expect(await codeOf(await share.create("2___2CEN.PCK", 600))).toBe("507 NO_ROOM");
    await share.ask("DELETE", "2___1CEN.PCK");
    expect((await share.create("2___2CEN.PCK", 600)).status).toBe(201);
  });

  test("what waits for the Despooler counts as taken", async ({ folder }) => {
    await using share = await RunningShare.start(folder, { quotaBytes: 1000 });
    await writeFile(join(share.receive, "2___9CEN.SNI"), someBytes(600));

    expect(await codeOf(await share.create("2___1CEN.PCK", 600))).toBe("507 NO_ROOM");
  });

  test("an upload made anew does not count twice", async ({ folder }) => {
    await using share = await RunningShare.start(folder, { quotaBytes: 1000 });
    await share.create("2___1CEN.PCK", 600, "0".repeat(64));

    expect((await share.create("2___1CEN.PCK", 800, "1".repeat(64))).status).toBe(201);
  });

  test("a site that opens uploads and leaves them is refused one too many, until others are gone", async ({
    share,
  }) => {
    attach(share.site, "MKE", SiteKey.open(join(share.folder, "MKE.key")));
    const rows = Array.from({ length: 1000 }, (_, n) => ({
      ...{ name: `2${String(n).padStart(4, "0")}CEN.PCK`, length: 10, sha256: "" },
      ...{ site: siteCode.parse("CEN"), expiresMs: 1e15 },
    }));
    for (const { name } of rows) await writeFile(join(share.receive, name), "");
    share.site.database.transaction(() => {
      for (const row of rows) keepUpload(share.site.database, row);
    });
    const one = "2_1000CEN.PCK";
    expect(await codeOf(await share.create(one, 10))).toBe("507 NO_ROOM");
    expect((await share.create("2_1000MKE.PCK", 10, "", "MKE")).status).toBe(201);
    expect((await share.create("20000CEN.PCK", 10)).status).toBe(201); // it was begun before
    await share.ask("DELETE", "20001CEN.PCK");
    expect((await share.create(one, 10)).status).toBe(201);
  });

  test.runIf(existsSync("/dev/full"))("a disk that fills up under an upload is said", async ({ share }) => {
    await symlink("/dev/full", join(share.receive, "2___1CEN.PCK"));
    await share.create("2___1CEN.PCK", 1000);

    expect(await codeOf(await share.patch("2___1CEN.PCK", 0, someBytes(1000)))).toBe("507 NO_ROOM");
    expect((await share.ask("HEAD", "2___1CEN.PCK")).headers.get("Upload-Offset")).toBe("0");
  });
});

describe("expiration", () => {
  test("what nobody went on with is removed", async ({ folder }) => {
    await using share = await RunningShare.start(folder, { expireAfterMs: 1000 });
    await share.create("2___1CEN.PCK", 1000);

    await expect.poll(() => share.files()).toEqual([]);
    expect((await share.ask("HEAD", "2___1CEN.PCK")).status).toBe(404);
    expect(share.site.events().at(-1)).toMatchObject({ action: "deleted", text: "expired", peer: "CEN" });
  });

  test("an upload that is being written does not expire", async ({ folder }) => {
    const clock = new ManualClock();
    await using share = await RunningShare.start(folder, { expireAfterMs: 60_000, clock });
    await share.create("2___1CEN.PCK", 1000);
    const socket = await share.rawPatch("2___1CEN.PCK", 1000, "Upload-Acknowledge: 1\r\n");
    socket.write(someBytes(500));
    await once(socket, "data"); // it is read, so its request holds the upload
    await share.create("2___2CEN.PCK", 1000);
    await clock.advance(61_000);

    await expect.poll(() => share.files()).toEqual(["2___1CEN.PCK"]); // the second has expired, the first is in use
  });

  test("every piece prolongs the life of an upload", async ({ share }) => {
    const created = await share.create("2___1CEN.PCK", 1000);
    const piece = await share.patch("2___1CEN.PCK", 0, someBytes(10));

    const expires = (answer: Response) => Date.parse(answer.headers.get("Upload-Expires") ?? "");
    expect(expires(piece)).toBeGreaterThanOrEqual(expires(created));
    expect(expires(piece) - share.site.clock.now()).toBeGreaterThan(6 * 24 * 3_600_000);
  });

  test("what is committed does not expire", async ({ folder }) => {
    await using share = await RunningShare.start(folder, { expireAfterMs: 60_000_000 });
    const content = someBytes(1000);
    const job = await share.delivery("2___1CEN", content);
    await share.put("2___1CEN.PCK", content);
    await share.put("2___1CEN.TMP", await readFile(job.instructionFile.path));
    await share.commit("2___1CEN");

    const rows = share.site.database.all("SELECT name FROM upload");
    expect(rows).toEqual([]);
  });
});
