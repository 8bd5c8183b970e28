/**
 * A site with a certificate: share and SMS Provider over HTTPS, believed by who knows the authority, and by nobody else.
 */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { Agent, fetch } from "undici";
import { expect } from "vitest";

import { standardAddress } from "../../domain/address.ts";
import { SiteKey } from "../../site-image/security/site-key.ts";
import { tlsFrom } from "../../site-image/security/tls-files.ts";
import { SiteConnections } from "../../site-image/senders/site-connections.ts";
import { transferOver } from "../../site-image/senders/transfer.ts";
import { startSite } from "../../site-image/site.ts";
import { siteConfig } from "../../site-image/site-config.ts";
import { test as base } from "../support/temporary-folder.ts";
import { TestAuthority } from "../support/test-authority.ts";
import { makeDelivery, someBytes } from "./share/running-share.ts";

const token = "a-token-for-tests-only";
const account = "SMSServer_CEN";
const secret = "a secret for tests only";

/** An authority, and a certificate of it for 127.0.0.1 with its key, all PEM. */
async function certificates() {
  const authority = await TestAuthority.make();
  return { ...(await authority.certify("127.0.0.1")), authority: authority.certificate };
}

/** Site CHI with a certificate, and CEN attached above it. */
const test = base.extend("chicago", async ({ folder }, { onCleanup }) => {
  const tls = await certificates();
  const config = siteConfig.parse({
    ...{ code: "CHI", name: "CHI", type: "primary", parent: "CEN", timeZone: "Etc/UTC", host: "127.0.0.1" },
    ...{ distributionPoints: [], clientAccessPoints: [], managementPoints: [], senders: {}, port: 0 },
    ...{ root: join(folder, "CHI"), administratorToken: token, tls },
    clock: [{ realMs: 0, emulatedMs: Date.UTC(2003, 10, 7), scale: 1 }],
  });
  const site = await startSite(config);
  const dispatcher = new Agent({ connect: { ca: tls.authority } });
  onCleanup(async () => {
    await dispatcher.destroy();
    await site[Symbol.asyncDispose]();
  });
  const ask = (path: string, method = "GET", body?: object) =>
    fetch(`${site.url}${path}`, {
      ...{ method, dispatcher, body: body ? JSON.stringify(body) : null },
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    });
  const attached = await ask("/site/neighbours/CEN", "PUT", {
    ...{ code: "CEN", relation: "parent", publicKey: SiteKey.open(join(folder, "CEN.key")).publicKey },
    share: { url: "https://127.0.0.1:1", account: "SMSServer_CHI", secret },
    ...{ addresses: [standardAddress], accepts: { account, secret } },
  });
  expect(attached.status).toBe(204);
  return { url: site.url, authority: tls.authority, ask };
});

const execute = promisify(execFile);
const healthCheck = fileURLToPath(new URL("../../site-image/health-check.ts", import.meta.url));
const hooks = { connected() {}, started() {}, progress() {} };

test("the SMS Provider answers over HTTPS, and nothing over HTTP", async ({ chicago }) => {
  expect(chicago.url).toMatch(/^https:/);
  expect((await chicago.ask("/AdminService/wmi/SMS_Site")).status).toBe(200);
  await expect(fetch(`${chicago.url.replace("https", "http")}/health`)).rejects.toThrow();
  await expect(fetch(`${chicago.url}/health`), "the authority is not one that is known").rejects.toThrow();
});

test("the container's health check asks over TLS as well", async ({ chicago }) => {
  const { port } = new URL(chicago.url);
  const env = { PATH: process.env.PATH, SPOOLNET_PORT: port };
  const check = (more: object) => execute(process.execPath, [healthCheck], { env: { ...env, ...more } });

  await check({ SPOOLNET_TLS_CERTIFICATE_FILE: "given" });
  await expect(check({}), "it looks at the answer").rejects.toMatchObject({ code: 1 });
});

test("a sender that knows the authority delivers, and one that does not says what is wrong", async ({
  folder,
  chicago,
}) => {
  const target = { url: chicago.url, account, secret };
  const job = await makeDelivery(folder, target, "2___1CEN", someBytes(300_000));
  const { signal } = new AbortController();
  const other = await certificates();
  await using strangers = new SiteConnections(other.authority);
  await using friends = new SiteConnections(chicago.authority);

  await expect(transferOver(strangers)(job, hooks, signal)).rejects.toThrow(
    /^the certificate of site CHI at https:.* is not to be trusted/,
  );
  await transferOver(friends)(job, hooks, signal);
});

test("files that are missing or do not fit are named", async ({ folder }) => {
  const [one, two] = await Promise.all([certificates(), certificates()]);
  const files = { certificate: join(folder, "a.pem"), key: join(folder, "a.key") };
  await writeFile(files.certificate, one.certificate);
  await writeFile(files.key, two.key);
  const given = {
    SPOOLNET_TLS_CERTIFICATE_FILE: files.certificate,
    SPOOLNET_TLS_KEY_FILE: files.key,
  };

  expect(() => tlsFrom(given)).toThrow(/a\.pem, .*a\.key are not PEM files that fit together/);
  expect(() => tlsFrom({ ...given, SPOOLNET_TLS_KEY_FILE: join(folder, "none") })).toThrow(
    /cannot read the key of the certificate from .*none/,
  );
  expect(() => tlsFrom({ SPOOLNET_TLS_CERTIFICATE_FILE: files.certificate })).toThrow("TLS wants");
  expect(tlsFrom({})).toBeUndefined();
});
