/**
 * What the share answers to tus requests, one fact a test.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { pieceType, writeChecksum, writeMetadata } from "../../../site-image/http/tus-headers.ts";
import { codeOf, RunningShare, sha256, someBytes } from "./running-share.ts";
import { test } from "./share-fixture.ts";

const name = "2___1CEN.PCK";

function checksumOf(bytes: Uint8Array): Record<string, string> {
  return { "Upload-Checksum": writeChecksum(createHash("sha256").update(bytes).digest()) };
}

describe("a client may ask what the share can do", () => {
  test("OPTIONS tells version, extensions, size and checksum without credentials", async ({ folder }) => {
    await using share = await RunningShare.start(folder, { maxBytes: 1_000_000 });

    const answer = await fetch(`${share.url}/SMS_SITE/`, { method: "OPTIONS" });

    expect(answer.status).toBe(204);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "tus-resumable": "1.0.0",
      "tus-version": "1.0.0",
      "tus-extension": "creation,creation-with-upload,checksum,termination,expiration",
      "tus-max-size": "1000000",
      "tus-checksum-algorithm": "sha256",
    });
  });

  test("another version of tus is refused with the one that would do", async ({ share }) => {
    const answer = await share.ask("HEAD", name, { headers: { "Tus-Resumable": "0.2.2" } });

    expect(answer.status).toBe(412);
    expect(answer.headers.get("Tus-Version")).toBe("1.0.0");
  });

  test("a method that is none of the share's is refused", async ({ share }) => {
    expect(await codeOf(await share.ask("GET", name))).toBe("405 METHOD_NOT_ALLOWED");
  });
});

describe("creation", () => {
  test("makes an empty file and says where", async ({ share }) => {
    const answer = await share.create(name, 100);

    expect(answer.status).toBe(201);
    expect(answer.headers.get("Location")).toBe(`/SMS_SITE/${name}`);
    expect(answer.headers.get("Upload-Offset")).toBe("0");
    expect(Date.parse(answer.headers.get("Upload-Expires") ?? "")).toBeGreaterThan(share.site.clock.now());
    expect(await share.files()).toEqual([name]);
  });

  test("goes on where a file of the same length and digest stands", async ({ share }) => {
    const bytes = someBytes(1000);
    await share.create(name, 1000, sha256(bytes));
    await share.patch(name, 0, bytes.subarray(0, 400));

    const answer = await share.create(name, 1000, sha256(bytes));

    expect(answer.status).toBe(201);
    expect(answer.headers.get("Upload-Offset")).toBe("400");
  });

  test("replaces a file of another digest", async ({ share }) => {
    await share.create(name, 1000, sha256(someBytes(1000)));
    await share.patch(name, 0, someBytes(400));

    const answer = await share.create(name, 1000, sha256(someBytes(1000)));

    expect(answer.headers.get("Upload-Offset")).toBe("0");
    expect(share.bytesOnDisk(name)).toBe(0);
  });

  test("takes the first piece with it", async ({ share }) => {
    const bytes = someBytes(1000);
    const headers = {
      "Upload-Length": "1000",
      "Upload-Metadata": writeMetadata({ filename: name, sha256: sha256(bytes) }),
      "Content-Type": pieceType,
    };

    const answer = await share.ask("POST", "", { headers, body: bytes });

    expect(answer.headers.get("Upload-Offset")).toBe("1000");
    expect(bytes.equals(await readFile(join(share.receive, name)))).toBe(true);
  });

  test("a file of no bytes is complete at once", async ({ share }) => {
    await share.create(name, 0, sha256(Buffer.alloc(0)));

    expect(share.site.events().map((event) => event.action)).toEqual(["created", "received"]);
  });

  test.for([
    ["", "400 METADATA_REFUSED"],
    ["2___1CEN.EXE", "400 NAME_REFUSED"],
    ["2___1CEN.SNI", "400 NAME_REFUSED"],
    ["../2___1CEN.PCK", "400 NAME_REFUSED"],
    ["/tmp/2___1CEN.PCK", "400 NAME_REFUSED"],
    ["2___1CEN.PCK/../../site.db", "400 NAME_REFUSED"],
    ["2___1CEN.PCK\0.PCK", "400 NAME_REFUSED"],
    ["2___1MKE.PCK", "400 NAME_REFUSED"],
    ["4___1CEN.PCK", "400 NAME_REFUSED"],
  ] as const)("refuses the name %j", async ([filename, refusal], { share }) => {
    expect(await codeOf(await share.create(filename, 10))).toBe(refusal);
    expect(await share.files()).toEqual([]);
  });

  test.for(["-1", "1e3", "", "99999999999999999999"])("refuses the length %j", async (length, { share }) => {
    const headers = {
      "Upload-Length": length,
      "Upload-Metadata": writeMetadata({ filename: name, sha256: "" }),
    };

    expect(await codeOf(await share.ask("POST", "", { headers }))).toBe("400 METADATA_REFUSED");
  });

  test("refuses more than the share takes", async ({ folder }) => {
    await using share = await RunningShare.start(folder, { maxBytes: 1000 });

    expect(await codeOf(await share.create(name, 1001))).toBe("413 TOO_LARGE");
  });

  test("refuses an instruction of more than a mebibyte", async ({ share }) => {
    expect(await codeOf(await share.create("2___1CEN.TMP", 1024 * 1024 + 1))).toBe("413 TOO_LARGE");
  });
});

describe("a piece", () => {
  test("counts once it is there, and the next goes on after it", async ({ share }) => {
    const bytes = someBytes(3000);
    await share.create(name, 3000, sha256(bytes));

    expect((await share.patch(name, 0, bytes.subarray(0, 1000))).headers.get("Upload-Offset")).toBe("1000");
    expect((await share.patch(name, 1000, bytes.subarray(1000))).headers.get("Upload-Offset")).toBe("3000");
    expect(bytes.equals(await readFile(join(share.receive, name)))).toBe(true);
  });

  test("HEAD tells offset, length and what was announced, and is not to be cached", async ({ share }) => {
    const digest = sha256(someBytes(10));
    await share.create(name, 1000, digest);
    await share.patch(name, 0, someBytes(10));

    const { headers } = await share.ask("HEAD", name);

    expect(headers.get("Upload-Offset")).toBe("10");
    expect(headers.get("Upload-Length")).toBe("1000");
    expect(headers.get("Upload-Metadata")).toBe(writeMetadata({ filename: name, sha256: digest }));
    expect(headers.get("Cache-Control")).toBe("no-store");
  });

  test("at another offset is refused", async ({ share }) => {
    await share.create(name, 1000);

    expect(await codeOf(await share.patch(name, 5, someBytes(10)))).toBe("409 WRONG_OFFSET");
  });

  test("of an upload that is not there is refused", async ({ share }) => {
    expect(await codeOf(await share.patch(name, 0, someBytes(10)))).toBe("404 UNKNOWN_UPLOAD");
  });

  test("of another type is refused", async ({ share }) => {
    await share.create(name, 1000);

    const answer = await share.patch(name, 0, someBytes(10), { "Content-Type": "application/zip" });

    expect(await codeOf(answer)).toBe("415 WRONG_TYPE");
  });

  test("with its checksum counts", async ({ share }) => {
    const bytes = someBytes(1000);
    await share.create(name, 1000);

    expect((await share.patch(name, 0, bytes, checksumOf(bytes))).status).toBe(204);
  });

  test("with another checksum does not count, and the right one may follow", async ({ share }) => {
    const bytes = someBytes(1000);
    await share.create(name, 1000, sha256(bytes));
    await share.patch(name, 0, bytes.subarray(0, 100));

    const wrong = await share.patch(name, 100, someBytes(900), checksumOf(bytes));
    expect(await codeOf(wrong)).toBe("460 WRONG_CHECKSUM");
    expect(await share.offsetOf(name)).toBe(100);
    expect((await share.patch(name, 100, bytes.subarray(100))).status).toBe(204);
  });

  test("with a checksum of another kind is refused", async ({ share }) => {
    await share.create(name, 1000);

    const answer = await share.patch(name, 0, someBytes(10), { "Upload-Checksum": "sha1 AAAA" });

    expect(await codeOf(answer)).toBe("400 WRONG_CHECKSUM_ALGORITHM");
  });

  test("that ends a file of another digest has it start over", async ({ share }) => {
    await share.create(name, 1000, sha256(someBytes(1000)));

    expect(await codeOf(await share.patch(name, 0, someBytes(1000)))).toBe("460 WRONG_CHECKSUM");
    expect(await share.offsetOf(name)).toBe(0);
    expect(share.site.events().map((event) => event.action)).toEqual(["created", "failed"]);
  });

  test("longer than announced is refused before a byte of it is taken", async ({ share }) => {
    await share.create(name, 10);

    expect(await codeOf(await share.patch(name, 0, someBytes(11)))).toBe("413 TOO_LONG");
    expect(await share.offsetOf(name)).toBe(0);
  });

  test("may come as POST from a client that has no PATCH", async ({ share }) => {
    await share.create(name, 10);

    const answer = await share.ask("POST", name, {
      headers: { "X-HTTP-Method-Override": "PATCH", "Content-Type": pieceType, "Upload-Offset": "0" },
      body: someBytes(10),
    });

    expect(answer.status).toBe(204);
  });

  test("of many megabytes is refused without being read, and the answer still arrives", async ({ share }) => {
    await share.create(name, 100_000_000);

    const answer = await share.patch(name, 1, someBytes(50_000_000));

    expect(await codeOf(answer)).toBe("409 WRONG_OFFSET");
  });
});

describe("termination", () => {
  test("removes the upload and its file", async ({ share }) => {
    await share.create(name, 1000);
    await share.patch(name, 0, someBytes(10));

    expect((await share.ask("DELETE", name)).status).toBe(204);
    expect((await share.ask("HEAD", name)).status).toBe(404);
    expect(await share.files()).toEqual([]);
  });
});
