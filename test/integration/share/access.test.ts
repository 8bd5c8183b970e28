/**
 * Who may put what on the share.
 */
import { readFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { join } from "node:path";

import { expect } from "vitest";

import { basicHeader } from "../../../site-image/security/secrets.ts";
import { SiteKey } from "../../../site-image/security/site-key.ts";
import {
  accountOf,
  attach,
  codeOf,
  type RunningShare,
  secretOf,
  sha256,
  someBytes,
} from "./running-share.ts";
import { test } from "./share-fixture.ts";

const name = "2___1CEN.PCK";

function attachMilwaukee(share: RunningShare): void {
  attach(share.site, "MKE", SiteKey.open(join(share.folder, "MKE.key")));
}

/** A request whose path goes out as it is: fetch would tidy it up. */
function statusOf(share: RunningShare, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = {
      "Tus-Resumable": "1.0.0",
      Authorization: basicHeader(accountOf("CEN"), secretOf("CEN")),
    };
    const asked = httpRequest(share.url, { method: "DELETE", path, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on("error", reject).end();
  });
}

test.for([
  ["no credentials", ""],
  ["a token", "Bearer abcdefghijklmnop"],
  ["what is not base64", "Basic ???"],
  ["the secret of another account", basicHeader(accountOf("CEN"), secretOf("MKE"))],
  ["an account that nobody has", basicHeader(accountOf("XYZ"), secretOf("CEN"))],
] as const)("%s is answered 401, and nothing is taken", async ([, authorization], { share }) => {
  const answer = await share.ask("POST", "", { headers: { Authorization: authorization } });

  expect(answer.headers.get("WWW-Authenticate")).toBe('Basic realm="SMS_SITE"');
  expect(await codeOf(answer)).toBe("401 NOT_ATTACHED");
  expect(await share.files()).toEqual([]);
});

test("neither the answer nor the log repeats an account that nobody has: it may be a secret", async ({
  share,
}) => {
  const swapped = basicHeader(secretOf("CEN"), accountOf("CEN"));
  const answer = await (await share.ask("POST", "", { headers: { Authorization: swapped } })).text();

  const log = await readFile(join(share.folder, "SMS/Logs/smssite.log"), "utf8");
  const words = `an account whose SHA-256 begins with ${sha256(Buffer.from(secretOf("CEN"))).slice(0, 8)}`;
  for (const text of [answer, log]) {
    expect(text).toContain(words);
    expect(text).not.toContain(secretOf("CEN"));
  }
});

test("the log tells whose account was shown with a wrong secret, and the answer does not", async ({
  share,
}) => {
  const wrong = basicHeader(accountOf("CEN"), "wrong");
  const answer = await (await share.ask("POST", "", { headers: { Authorization: wrong } })).text();

  const log = await readFile(join(share.folder, "SMS/Logs/smssite.log"), "utf8");
  expect(log).toContain("Refused POST / of a sender with the account of site CEN");
  expect(answer).not.toContain("CEN");
});

test("another site cannot look at an upload", async ({ share }) => {
  attachMilwaukee(share);
  await share.create(name, 100);

  const answer = await share.ask("HEAD", name, { as: "MKE" });

  expect(answer.status).toBe(403);
  expect(answer.headers.get("Refusal-Code")).toBe("NOT_YOURS");
});

test("another site cannot remove or commit an upload", async ({ share }) => {
  attachMilwaukee(share);
  await share.create(name, 100);

  expect(await codeOf(await share.ask("DELETE", name, { as: "MKE" }))).toBe("403 NOT_YOURS");
  expect(await codeOf(await share.ask("MOVE", "2___1CEN.TMP", { as: "MKE" }))).toBe("403 NOT_YOURS");
  expect(await share.files()).toEqual([name]);
});

test("another site cannot add to an upload", async ({ share }) => {
  attachMilwaukee(share);
  await share.create(name, 100);
  const headers = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0" };

  const answer = await share.ask("PATCH", name, { headers, body: someBytes(10), as: "MKE" });

  expect(await codeOf(answer)).toBe("403 NOT_YOURS");
  expect(share.bytesOnDisk(name)).toBe(0);
});

test.for([
  "/SMS_SITE/..%2F..%2F..%2F..%2Fsite.db",
  "/SMS_SITE/%2e%2e%2fsite.db",
  "/SMS_SITE/2___1CEN.PCK%00",
  "/SMS_SITE/..\\site.db",
])("the path %j leads nowhere", async (path, { share }) => {
  expect(await statusOf(share, path)).toBe(400);
});

test("an instruction that is moved anywhere but to its own .SNI is refused", async ({ share }) => {
  await share.put("2___1CEN.TMP", someBytes(10));

  const answer = await share.ask("MOVE", "2___1CEN.TMP", {
    headers: { Destination: "/SMS_SITE/../../x.SNI" },
  });

  expect(await codeOf(answer)).toBe("400 NAME_REFUSED");
});

test("what is refused is in the log", async ({ share }) => {
  await share.create("2___1MKE.PCK", 100);

  const log = await readFile(join(share.folder, "SMS/Logs/smssite.log"), "utf8");
  expect(log).toContain("Refused POST / of site CEN: the name is not");
});
