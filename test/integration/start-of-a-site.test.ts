/**
 * How a site starts, and what it says when it cannot.
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";

import { expect } from "vitest";

import { startSite } from "../../site-image/site.ts";
import { siteConfig } from "../../site-image/site-config.ts";
import type { Legacy } from "../crash/shim/orders.ts";
import { stashOf } from "../crash/shim/unflushed.ts";
import { test } from "../support/temporary-folder.ts";

const execute = promisify(execFile);

const config = (root: string, more: object = {}) =>
  siteConfig.parse({
    code: "CEN",
    name: "Headquarters",
    type: "primary",
    parent: null,
    timeZone: "Etc/UTC",
    distributionPoints: ["HQDP"],
    clientAccessPoints: [],
    managementPoints: [],
    senders: {},
    root,
    host: "127.0.0.1",
    port: 0,
    administratorToken: "a-token-for-tests-only",
    clock: null,
    ...more,
  });

/** Runs a site as a process of its own that is expected to fail; gives back what it said. */
async function failure(
  environment: Record<string, string>,
  preload: readonly string[] = [],
): Promise<{ code: number; stderr: string }> {
  try {
    await execute(process.execPath, [...preload, "site-image/main.ts"], {
      env: { PATH: process.env.PATH, ...environment },
    });
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, stderr };
  }
  throw new Error("the site started");
}

test("a site without a clock is up and waits to be told the time, and works from then on", async ({
  folder,
}) => {
  await using site = await startSite(config(join(folder, "CEN")));
  const health = async () => (await fetch(`${site.url}/health`)).json();
  expect(await health()).toEqual({ status: "waiting for a clock", site: "CEN" });
  const headers = { authorization: "Bearer a-token-for-tests-only", "content-type": "application/json" };
  const body = JSON.stringify([{ realMs: 0, emulatedMs: Date.UTC(2003, 10, 7), scale: 60 }]);
  expect((await fetch(`${site.url}/site/clock`, { method: "PUT", headers, body })).status).toBe(204);
  expect(await health()).toEqual({ status: "healthy", site: "CEN" });
});

test("a port in use is one clear message, and leaves nothing behind", async ({ folder }) => {
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as AddressInfo;
  const root = join(folder, "CEN");
  const message = `site CEN cannot listen: port ${port} of 127.0.0.1 is in use: give the site another`;
  await expect(startSite(config(root, { port }))).rejects.toThrow(message);
  expect(existsSync(root)).toBe(false);
  taken.close();
});

test("a folder that cannot be made is one clear message", async ({ folder }) => {
  await writeFile(join(folder, "file"), "");
  const { code, stderr } = await failure({
    SPOOLNET_SITE_CODE: "CEN",
    SPOOLNET_ROOT: join(folder, "file/CEN"),
    SPOOLNET_PORT: "0",
    SPOOLNET_ADMINISTRATOR_TOKEN: "a-token-for-tests-only",
  });
  expect(code).toBe(1);
  expect(stderr.trim().split("\n")).toEqual([
    expect.stringMatching(/^spoolnet site: cannot make the site's folder .*file\/CEN: ENOTDIR/),
  ]);
});

test.for([
  ["EROFS", "create site.db #1"],
  ["EMFILE", "create site.db #1"],
  ["EIO", "mkdir SMS/Inboxes/Distmgr.box #1"],
  ["ENOSPC", "mkdir SMS/Inboxes/Distmgr.box #1"],
] as const)(
  "a start on a disk that fails with %s is one clear message, and the next start goes well",
  async ([code, operation], { folder }) => {
    const root = join(folder, "CEN");
    const environment = {
      SPOOLNET_SITE_CODE: "CEN",
      SPOOLNET_ROOT: root,
      SPOOLNET_PORT: "0",
      SPOOLNET_ADMINISTRATOR_TOKEN: "a-token-for-tests-only",
    };
    const targets = [{ mode: code, operation: `add: ${operation}` }];
    const left: Legacy = { phase: "add", counts: {}, targets, met: [] };
    await writeFile(`${stashOf(root)}.json`, JSON.stringify(left));
    const failed = await failure(environment, ["--import", "./test/crash/shim/disk-shim.ts"]);
    expect(failed.code).toBe(1);
    expect(failed.stderr.trim().split("\n")).toEqual([
      expect.stringMatching(`^spoolnet site: ${code}: .*${root}`),
    ]);

    const clock = [{ realMs: performance.timeOrigin, emulatedMs: Date.UTC(2003, 10, 7), scale: 60 }];
    await using site = await startSite(config(root, { clock }));
    expect(await (await fetch(`${site.url}/health`)).json()).toEqual({ status: "healthy", site: "CEN" });
  },
);

test("every mistake in a site's environment is named at once, with what can be set", async () => {
  const { code, stderr } = await failure({
    SPOOLNET_SITE_CODE: "cen",
    SPOOLNET_SITE_TYPE: "tertiary",
    SPOOLNET_TIME_ZONE: "Mars/Olympus",
    SPOOLNET_PORT: "99999",
    SPOOLNET_SENDERS: '{"LAN":{"whenAddressChanges":"wait"}}',
    SPOOLNET_ADMINISTRATOR_TOKEN: "short",
  });
  expect(code).toBe(1);
  for (const setting of [
    "code: expected three characters",
    "type:",
    'timeZone: expected an IANA time zone like America/Chicago, got "Mars/Olympus"',
    "port:",
    "senders.LAN.whenAddressChanges:",
    "administratorToken:",
  ]) {
    expect(stderr).toContain(setting);
  }
  expect(stderr).toContain("SPOOLNET_PARENT_SITE: the parent's code");
  expect(stderr).not.toContain("short");
});

test("a secondary site without a parent is refused", async ({ folder }) => {
  const { stderr } = await failure({
    SPOOLNET_SITE_CODE: "MKE",
    SPOOLNET_SITE_TYPE: "secondary",
    SPOOLNET_ROOT: folder,
    SPOOLNET_ADMINISTRATOR_TOKEN: "a-token-for-tests-only",
  });
  expect(stderr).toContain("expected a parent, as every secondary site has one");
});

test("of two processes only one can have a site's folder", async ({ folder }) => {
  await using first = await startSite(config(folder));
  expect(first.code).toBe("CEN");
  await expect(startSite(config(folder))).rejects.toThrow(
    `another process runs the site in ${folder}: stop it first`,
  );
});

test("a site started again keeps its key, its clock and its packages", async ({ folder }) => {
  const headers = { authorization: "Bearer a-token-for-tests-only" };
  const seen: unknown[] = [];
  const clock = { realMs: 0, emulatedMs: Date.UTC(2003, 10, 7), scale: 60 };
  for (const given of [clock, null]) {
    await using site = await startSite(config(folder, { clock: given }));
    const { publicKey, clock: told } = (await (
      await fetch(`${site.url}/site`, { headers })
    ).json()) as Record<string, unknown>;
    seen.push({ publicKey, told });
  }
  expect(seen[1]).toEqual(seen[0]);
});

test("a site starts with a send request that was left half written, and puts it in quarantine", async ({
  folder,
}) => {
  const root = join(folder, "CEN");
  const outbox = join(root, "SMS/Inboxes/Schedule.box/Outboxes/LAN");
  await mkdir(outbox, { recursive: true });
  await writeFile(join(outbox, "2__01CEN.SRS"), '{"version":1,"request":"2__01');
  const clock = [{ realMs: performance.timeOrigin, emulatedMs: Date.UTC(2003, 10, 7), scale: 60 }];
  await using _site = await startSite(config(root, { clock }));
  await expect.poll(() => readdir(outbox)).toEqual(["Quarantine"]);
});

test("pipes, links and folders under the names of documents keep a site neither from starting nor from its work", async ({
  folder,
}) => {
  const root = join(folder, "CEN");
  const inboxes = join(root, "SMS/Inboxes");
  const strange = [
    "Distmgr.box/CEN00001.PKN",
    "Distmgr.box/Incoming/CHI00001.PKG",
    "Replmgr.box/Incoming/00000001.RPT",
    "Replmgr.box/Outbound/High/00000001.RPT",
    "Schedule.box/00000001.JOB",
    "Schedule.box/Requests/2__01CEN.SRQ",
    "Schedule.box/Outboxes/LAN/2__02CEN.SRS",
    "Despoolr.box/Receive/2__01CHI.SNI",
    "Despoolr.box/Receive/2__02CHI.PCK",
    "Pkginfo.box/CEN00001.ICO",
  ];
  for (const name of strange) {
    await mkdir(dirname(join(inboxes, name)), { recursive: true });
    execFileSync("mkfifo", [join(inboxes, name)]); // who reads one waits until somebody writes
  }
  await mkdir(join(inboxes, "Despoolr.box/Receive/2__03CHI.PCK/inside"), { recursive: true });
  await mkdir(join(inboxes, "Distmgr.box/.CEN00002.PKN.tmp"));
  const clock = [{ realMs: performance.timeOrigin, emulatedMs: Date.UTC(2003, 10, 7), scale: 60 }];
  await using site = await startSite(config(root, { clock, clientAccessPoints: ["CENCAP"] }));

  for (const name of [...strange, "Despoolr.box/Receive/2__03CHI.PCK"]) {
    const quarantine = join(inboxes, dirname(name), "Quarantine");
    const file = basename(name).replace(".SRS", ".SRQ"); // it was made ready again first
    await expect.poll(() => readdir(quarantine).catch(() => []), { timeout: 10_000 }).toContain(file);
  }
  expect(await (await fetch(`${site.url}/health`)).json()).toEqual({ status: "healthy", site: "CEN" });
});
