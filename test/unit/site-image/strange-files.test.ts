/**
 * Files in inboxes that no component left there: each lies in quarantine in the end, with a status message, and
 * nothing that it names is touched.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { serverName } from "../../../domain/identifiers.ts";
import { senderType } from "../../../domain/package.ts";
import { InboxManager } from "../../../site-image/components/inbox-manager.ts";
import { CompletedRequests } from "../../../site-image/components/scheduler/completed-requests.ts";
import { statusMessagesOf } from "../../../site-image/database/status-messages.ts";
import { minijobIn, sendRequestIn } from "../../../site-image/inboxes/documents.ts";
import { Inbox } from "../../../site-image/inboxes/inbox.ts";
import { readWaiting, sendRequests } from "../../../site-image/inboxes/send-request-files.ts";
import { stages } from "../../../site-image/inboxes/stages.ts";
import { ComponentRun } from "../../support/component-run.ts";
import { sendRequestOf } from "../../support/send-request.ts";
import { test } from "../../support/site-fixture.ts";
import type { SitePlace } from "../../support/site-place.ts";

const elsewhere = [
  "../../../../site.db",
  "/etc/passwd",
  "..",
  "",
  "00000001.P00/../../x",
  "00000001.P00\0",
  "1.P00",
];

function messages({ database }: SitePlace): string[] {
  return statusMessagesOf(database, { limit: 10 }).map(({ id, text }) => `${id} ${text}`);
}

test.for(elsewhere)("a send request does not name %j as its file", (name) => {
  const schema = sendRequestIn("2__01CEN");
  expect(schema.safeParse(sendRequestOf()).success).toBe(true);
  expect(schema.safeParse(sendRequestOf({ packageFile: name })).success).toBe(false);
  expect(schema.safeParse(sendRequestOf({ instructionFile: name })).success).toBe(false);
});

test("a send request has no files but those of its own job, and is in the file of its name", () => {
  const schema = sendRequestIn("2__01CEN");
  expect(schema.safeParse(sendRequestOf({ packageFile: "00000002.P00" })).success).toBe(false);
  expect(schema.safeParse(sendRequestOf({ instructionFile: "00000002.I00" })).success).toBe(false);
  expect(schema.safeParse(sendRequestOf({ request: "2__02CEN" })).success).toBe(false);
});

test("a minijob is in the file of its name", () => {
  const [version, destination, priority, preferredSender] = [1, "CHI", "high", "*"];
  const work = { kind: "replication", objects: [{ kind: "sitesRemoved", sites: [], atMs: 0 }] };
  const job = { version, job: "00000001", destination, priority, preferredSender, work };
  expect(minijobIn("00000001").safeParse(job).success).toBe(true);
  expect(minijobIn("00000002").safeParse(job).success).toBe(false);
});

test.for([
  [
    "that names files elsewhere",
    JSON.stringify(sendRequestOf({ status: "OK", packageFile: "../../../../kept" })),
  ],
  ["of another name", JSON.stringify(sendRequestOf({ status: "OK", request: "2__02CEN" }))],
  ["that is no JSON", "{"],
  ["that is empty", ""],
] as const)("a completed request %s is not cleared", async ([, text], { site, folder }) => {
  const outbox = site.place.folders.outbox("LAN");
  await mkdir(outbox, { recursive: true });
  await writeFile(join(folder, "kept"), "");
  await writeFile(join(outbox, "2__01CEN.SRS"), text);
  const { place, database } = site;
  const completed = new CompletedRequests({ place, database }, outbox);
  await using run = await ComponentRun.of(site, {
    ...{ name: "SMS_TEST", log: "test", recover: async () => {} },
    run: (signal) => completed.run(signal),
  });
  await run.event(({ action }) => action === "quarantined");
  expect(await readdir(outbox)).toEqual(["Quarantine"]);
  expect(await readFile(join(outbox, "Quarantine/2__01CEN.SRS"), "utf8")).toBe(text);
  expect(await readdir(folder)).toContain("kept");
  expect(messages(site)).toEqual([expect.stringMatching(/^30000 .*: 2__01CEN\.SRS: /)]);
});

/** What can lie under a document's name and is none: a read of the first would wait until somebody writes. */
const noFiles: readonly (readonly [what: string, make: (path: string, elsewhere: string) => unknown])[] = [
  ["a pipe", (path) => execFileSync("mkfifo", [path])],
  ["a socket", (path) => left(path)],
  ["a symbolic link", (path, elsewhere) => symlink(elsewhere, path)],
  ["a folder", (path) => mkdir(join(path, "inside"), { recursive: true })],
];

/** The socket of a server that died: its name stays, while one that ends takes it away. */
function left(path: string): void {
  const server = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", server]);
}

test.for(noFiles)(
  "%s under the name of a minijob goes to quarantine unread, each time it comes",
  async ([what, make], { site, folder }) => {
    const inbox = new Inbox(join(folder, "box"), stages.minijob, site.place);
    await inbox.recover();
    await writeFile(join(folder, "elsewhere"), "a secret that is no JSON");
    for (const name of ["00000001.JOB", "00000001.JOB.2"]) {
      await make(join(inbox.folder, "00000001.JOB"), join(folder, "elsewhere"));
      const file = await inbox.claim("00000001");
      expect(await file?.read(minijobIn("00000001"))).toBeUndefined();
      const isReplaced = what !== "a folder";
      expect(await readdir(join(inbox.folder, "Quarantine"))).toContain(isReplaced ? "00000001.JOB" : name);
    }
    const told = expect.stringMatching(`^30000 .*: 00000001.WRK: it is ${what}, not a file$`);
    expect(messages(site)).toEqual([told, told]);
  },
);

test.for(noFiles)(
  "%s under the name of a send request keeps nobody who looks at requests",
  async ([what, make], { site, folder }) => {
    const { place, database } = site;
    const outbox = place.folders.outbox("LAN");
    for (const type of senderType.options) await mkdir(place.folders.outbox(type), { recursive: true });
    await mkdir(place.folders.requests);
    await make(join(outbox, "2__01CEN.SRQ"), join(folder, "elsewhere"));
    expect(await sendRequests({ folders: place.folders, database })).toEqual([]);
    const inbox = new Inbox(outbox, stages.sendRequest, place);
    expect(await readWaiting(inbox, "2__01CEN", ".SRQ")).toBeUndefined();
    expect(await readdir(outbox)).toEqual(["Quarantine"]);
    expect(messages(site)).toEqual([expect.stringContaining(`it is ${what}, not a file`)]);
  },
);

test("a file without end under the name of a minijob is not read into memory", async ({ site, folder }) => {
  const inbox = new Inbox(join(folder, "box"), stages.minijob, site.place);
  await inbox.recover();
  const path = join(inbox.folder, "00000001.JOB");
  await writeFile(path, "");
  await truncate(path, 2 ** 40); // a hole, which takes no room
  const file = await inbox.claim("00000001");
  expect(await file?.read(minijobIn("00000001"))).toBeUndefined();
  expect(messages(site)).toEqual([expect.stringContaining("more than the 67108864 of a document")]);
});

test("a pipe and a link among the files for clients go to quarantine, and what the link shows is not copied", async ({
  site,
  folder,
}) => {
  const { place } = site;
  const box = place.folders.packageInformation;
  const server = serverName.parse("CHICAP");
  await mkdir(box, { recursive: true });
  await mkdir(place.folders.distributionManager, { recursive: true });
  await writeFile(join(folder, "icon"), JSON.stringify({ version: 1, packageId: "CEN00001", icon: "" }));
  await symlink(join(folder, "icon"), join(box, "CEN00001.ICO"));
  const manager = new InboxManager({ place, clientAccessPoints: [server], managementPoints: [] });
  await using _run = await ComponentRun.of(site, manager);
  await expect.poll(() => readdir(box)).toEqual(["Quarantine"]);
  execFileSync("mkfifo", [join(box, "CEN00001.NAL")]); // named by the watch, not found by a look at all
  await expect.poll(() => readdir(join(box, "Quarantine"))).toEqual(["CEN00001.ICO", "CEN00001.NAL"]);
  expect(await readdir(place.folders.clientAccessPoint(server))).toEqual([]);
});

test("clients are given no file that they could not read, and Distribution Manager is to make it anew", async ({
  site,
}) => {
  const { place } = site;
  const box = place.folders.packageInformation;
  const [clientAccessPoint, managementPoint] = [serverName.parse("CHICAP"), serverName.parse("CHIMP")];
  const servers = { clientAccessPoints: [clientAccessPoint], managementPoints: [managementPoint] };
  const icon = (packageId: string) => JSON.stringify({ version: 1, packageId, icon: "" });
  await mkdir(box, { recursive: true });
  await mkdir(place.folders.distributionManager, { recursive: true });
  await writeFile(join(box, "CEN00001.ICO"), icon("CEN00001"));
  await writeFile(join(box, "CEN00002.ICO"), icon("CEN00001")); // of another package
  await writeFile(join(box, "CEN00003.NAL"), "{}");
  await writeFile(join(box, "run.exe"), "MZ");
  await using run = await ComponentRun.of(site, new InboxManager({ place, ...servers }));
  await run.event(
    ({ action, server, file }) =>
      action === "copied" && server === "CHIMP" && file?.includes("00001") === true,
  );
  await expect.poll(async () => (await readdir(join(box, "Quarantine"))).length).toBe(3);

  for (const mirror of [
    place.folders.clientAccessPoint(clientAccessPoint),
    place.folders.managementPoint(managementPoint),
  ])
    expect(await readdir(mirror)).toEqual(["CEN00001.ICO"]);
  expect(messages(site).filter((text) => text.startsWith("30000"))).toHaveLength(3);
  expect((await readdir(place.folders.distributionManager)).sort()).toEqual(["CEN00002.PKN", "CEN00003.PKN"]);
});
