/**
 * Files in inboxes that no component left there: each lies in quarantine in the end, with a status message, and
 * nothing that it names is touched.
 */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { serverName } from "../../../domain/identifiers.ts";
import { InboxManager } from "../../../site-image/components/inbox-manager.ts";
import { CompletedRequests } from "../../../site-image/components/scheduler/completed-requests.ts";
import { statusMessagesOf } from "../../../site-image/database/status-messages.ts";
import { minijobIn, sendRequestIn } from "../../../site-image/inboxes/documents.ts";
import { Inbox } from "../../../site-image/inboxes/inbox.ts";
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

test("a folder where a file should be goes to quarantine like one that cannot be read", async ({
  site,
  folder,
}) => {
  const inbox = new Inbox(join(folder, "box"), stages.minijob, site.place);
  await inbox.recover();
  await mkdir(join(inbox.folder, "00000001.JOB/inside"), { recursive: true });
  const file = await inbox.claim("00000001");
  expect(await file?.read(minijobIn("00000001"))).toBeUndefined();
  expect(await readdir(join(inbox.folder, "Quarantine"))).toEqual(["00000001.JOB"]);
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
