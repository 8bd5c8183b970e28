/**
 * The package distribution process flow, sentence by sentence, seen in the journals of three real sites.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import type { JournalEvent } from "../../domain/journal.ts";
import { cmTraceLines } from "../support/cm-trace.ts";
import { expectSameTree } from "../support/same-tree.ts";
import { test } from "../support/temporary-folder.ts";
import { allPoints, makeSource, TestHierarchy } from "../support/test-hierarchy.ts";

/** One step: whose, what, and the file's name; what follows is looked for after it. */
type Step = [
  sentence: string,
  component: string,
  action: JournalEvent["action"],
  file?: RegExp,
  from?: RegExp,
];

const inboxes = "SMS/Inboxes";
const job = "[0-9]{8}";
const at = (path: string) => new RegExp(`^${path.replaceAll(".", "\\.").replaceAll("$", "\\$")}$`);

/** Steps that the article tells in this order. Those of different components can overlap, so each list is one thread. */
const atTheSource: Step[] = [
  ["The SMS Provider writes this information to the SMS database", "SMS_PROVIDER", "recorded"],
  [
    "This action triggers SQL Monitor to write a wake-up file",
    "SMS_SQL_MONITOR",
    "created",
    at(`${inboxes}/Distmgr.box/CEN00001.PKN`),
  ],
  [
    "Distribution Manager wakes up",
    "SMS_DISTRIBUTION_MANAGER",
    "claimed",
    undefined,
    at(`${inboxes}/Distmgr.box/CEN00001.PKN`),
  ],
  [
    "compresses the source directory into a temporary directory and then moves the file to the SMSPKG folder",
    "SMS_DISTRIBUTION_MANAGER",
    "compressed",
    at("SMSPKG/CEN00001.PKG"),
    at("SMSPKG/Temp/CEN00001.PKG"),
  ],
];
const onItsDistributionPoint: Step[] = [
  ...atTheSource,
  [
    "copies the source file directory to the SMSPKGx$ folder",
    "SMS_DISTRIBUTION_MANAGER",
    "installed",
    at("SiteSystems/HQDP/SMSPKGC$/CEN00001"),
  ],
  ["writes .PKG", "SMS_DISTRIBUTION_MANAGER", "created", at(`${inboxes}/Pkginfo.box/CEN00001.PKG`)],
  ["writes .NAL", "SMS_DISTRIBUTION_MANAGER", "created", at(`${inboxes}/Pkginfo.box/CEN00001.NAL`)],
  ["writes .ICO", "SMS_DISTRIBUTION_MANAGER", "created", at(`${inboxes}/Pkginfo.box/CEN00001.ICO`)],
];
const toTheClients: Step[] = (["PKG", "NAL", "ICO"] as const).flatMap((extension): Step[] => [
  [
    `Inbox Manager copies .${extension} to each CAP`,
    "SMS_INBOX_MANAGER",
    "copied",
    at(`SiteSystems/CENCAP/CAP_CEN/Pkginfo.box/CEN00001.${extension}`),
  ],
  [
    `and to each management point`,
    "SMS_INBOX_MANAGER",
    "copied",
    at(`SiteSystems/CENMP/MP_CEN/Pkginfo.box/CEN00001.${extension}`),
  ],
]);
const toTheChild: Step[] = [
  ...atTheSource,
  [
    "writes a package replication file (.RPT) to Replication Manager's inbox",
    "SMS_DISTRIBUTION_MANAGER",
    "created",
    at(`${inboxes}/Replmgr.box/Outbound/High/${job}.RPT`),
  ],
  [
    "Now Replication Manager takes over",
    "SMS_REPLICATION_MANAGER",
    "claimed",
    undefined,
    at(`${inboxes}/Replmgr.box/Outbound/High/${job}.RPT`),
  ],
  [
    "creates a minijob for the Scheduler and places it in the Scheduler's inbox",
    "SMS_REPLICATION_MANAGER",
    "created",
    at(`${inboxes}/Schedule.box/${job}.JOB`),
  ],
  [
    "The Scheduler creates the package file",
    "SMS_SCHEDULER",
    "created",
    at(`${inboxes}/Schedule.box/Tosend/${job}.P00`),
  ],
  [
    "and the instruction file, in the Tosend directory",
    "SMS_SCHEDULER",
    "created",
    at(`${inboxes}/Schedule.box/Tosend/${job}.I00`),
  ],
  [
    "The send request file is written to the preferred sender's outbox",
    "SMS_SCHEDULER",
    "created",
    at(`${inboxes}/Schedule.box/Outboxes/LAN/1___[0-9A-Z]+.SRQ`),
  ],
  [
    "the sender changes the extension of the send request file to .SRS",
    "SMS_LAN_SENDER",
    "claimed",
    at(`${inboxes}/Schedule.box/Outboxes/LAN/1___[0-9A-Z]+.SRS`),
  ],
  [
    "and writes status information to it",
    "SMS_LAN_SENDER",
    "updated",
    at(`${inboxes}/Schedule.box/Outboxes/LAN/1___[0-9A-Z]+.SRS`),
  ],
  ["The sender connects to the target site's SMS_SITE share", "SMS_LAN_SENDER", "sending"],
  [
    "When the data has been completely transferred, the status is completed",
    "SMS_LAN_SENDER",
    "completed",
    at(`${inboxes}/Schedule.box/Outboxes/LAN/1___[0-9A-Z]+.SRS`),
  ],
  [
    "and the file is then deleted",
    "SMS_SCHEDULER",
    "deleted",
    at(`${inboxes}/Schedule.box/Outboxes/LAN/1___[0-9A-Z]+.SRS`),
  ],
];
/** At a child, by the code of the site that sends to it. */
const atTheTarget = (sender: string, server: string): Step[] => [
  [
    "the SMS_SITE share is the Despooler's Receive directory",
    "SMS_SITE_SHARE",
    "received",
    at(`${inboxes}/Despoolr.box/Receive/1___[0-9A-Z]+${sender}.PCK`),
  ],
  [
    "the instruction follows",
    "SMS_SITE_SHARE",
    "received",
    at(`${inboxes}/Despoolr.box/Receive/1___[0-9A-Z]+${sender}.TMP`),
  ],
  [
    "and a rename commits it",
    "SMS_SITE_SHARE",
    "renamed",
    at(`${inboxes}/Despoolr.box/Receive/1___[0-9A-Z]+${sender}.SNI`),
  ],
  [
    "the Despooler takes it",
    "SMS_DESPOOLER",
    "claimed",
    undefined,
    at(`${inboxes}/Despoolr.box/Receive/1___[0-9A-Z]+${sender}.SNI`),
  ],
  ["and stores the compressed copy", "SMS_DESPOOLER", "stored", at("SMSPKG/CEN00001.PKG")],
  [
    "and passes it to Distribution Manager",
    "SMS_DISTRIBUTION_MANAGER",
    "claimed",
    undefined,
    at(`${inboxes}/Distmgr.box/CEN00001.PKN`),
  ],
  [
    "which processes the package for those distribution points",
    "SMS_DISTRIBUTION_MANAGER",
    "installed",
    at(`SiteSystems/${server}/SMSPKGC$/CEN00001`),
  ],
];
const definitionAtTheTarget: Step[] = [
  [
    "the definition is handed on",
    "SMS_DESPOOLER",
    "created",
    at(`${inboxes}/Distmgr.box/Incoming/CEN00001.PKG`),
  ],
  [
    "and Distribution Manager takes it",
    "SMS_DISTRIBUTION_MANAGER",
    "claimed",
    undefined,
    at(`${inboxes}/Distmgr.box/Incoming/CEN00001.PKG`),
  ],
  ["and keeps it", "SMS_DISTRIBUTION_MANAGER", "recorded"],
];

/** Finds each step after the one before it; fails with the sentence that is not true. */
function expectSteps(events: readonly JournalEvent[], steps: readonly Step[]): void {
  let next = 0;
  for (const [sentence, component, action, file, from] of steps) {
    const found = events.findIndex(
      (event, index) =>
        index >= next &&
        event.component === component &&
        event.action === action &&
        (event.packages?.some((id) => id === "CEN00001") ?? true) &&
        (!file || file.test(event.file ?? "")) &&
        (!from || from.test(event.from ?? "")),
    );
    expect(
      found,
      `"${sentence}": no ${action} by ${component} ${file ?? ""} ${from ?? ""}`,
    ).toBeGreaterThanOrEqual(0);
    next = found + 1;
  }
}

test("every sentence of the process flow is true of a package on its way through three sites", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder);
  const source = await makeSource(folder);
  const id = await hierarchy.addPackage(source, allPoints, { Priority: 1 });
  await hierarchy.arrived(id, 1);

  const cleared = (event: JournalEvent) =>
    event.component === "SMS_SCHEDULER" && event.action === "deleted" && /1___.*SRS$/.test(event.file ?? "");
  for (const site of ["CEN", "CHI"]) await hierarchy.event(site, cleared);
  await hierarchy.event("CEN", ({ file }) => file?.endsWith("MP_CEN/Pkginfo.box/CEN00001.ICO") === true);

  const [central, chicago, milwaukee] = await Promise.all(
    ["CEN", "CHI", "MKE"].map((site) => hierarchy.events(site)),
  );
  for (const steps of [onItsDistributionPoint, toTheChild]) expectSteps(central ?? [], steps);
  for (const step of toTheClients) expectSteps(central ?? [], [step]);
  expectSteps(chicago ?? [], definitionAtTheTarget);
  for (const server of ["CHIDP1", "CHIDP2"]) expectSteps(chicago ?? [], atTheTarget("CEN", server));
  expectSteps(milwaukee ?? [], definitionAtTheTarget);
  expectSteps(milwaukee ?? [], atTheTarget("CHI", "MKEDP"));

  for (const point of allPoints) await expectSameTree(source, hierarchy.share(point, id));
  for (const site of ["CEN", "CHI", "MKE"]) await expectLogsToParse(join(hierarchy.root, site, "SMS/Logs"));
});

/** Every line of every log, and a log of every component of the flow. */
async function expectLogsToParse(folder: string): Promise<void> {
  const logs = (await readdir(folder)).filter((name) => name.endsWith(".log"));
  expect(logs).toEqual(
    expect.arrayContaining(["despool.log", "distmgr.log", "replmgr.log", "sched.log", "sender.log"]),
  );
  for (const name of logs) cmTraceLines(await readFile(join(folder, name), "utf8"));
}

test("at a site without children the process stops with the files for clients", async ({ folder }) => {
  await using hierarchy = await TestHierarchy.start(folder);
  const id = await hierarchy.addPackage(await makeSource(folder), [["CEN", "HQDP"]]);
  await hierarchy.arrived(id, 1);
  await hierarchy.event("CEN", ({ file }) => file?.endsWith("CAP_CEN/Pkginfo.box/CEN00001.ICO") === true);

  const about = (await hierarchy.events("CEN")).filter((event) => event.packages?.includes(id));
  expect(about.filter(({ component }) => component === "SMS_REPLICATION_MANAGER")).toEqual([]);
  // Not compressed either: the source folder is used as it is, and no child needs a copy.
  expect(about.filter(({ action }) => action === "compressed")).toEqual([]);
  const locations = JSON.parse(await hierarchy.file("CEN", "SMS/Inboxes/Pkginfo.box/CEN00001.NAL"));
  expect(locations.distributionPoints).toEqual([
    { site: "CEN", server: "HQDP", path: "/SiteSystems/HQDP/SMSPKGC$/CEN00001/" },
  ]);
});

test("where the compressed copy is the source, it is uncompressed for the distribution points", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder);
  const source = await makeSource(folder);
  const id = await hierarchy.addPackage(source, [["CEN", "HQDP"]], { PkgSourceFlag: 3 });
  await hierarchy.arrived(id, 1);
  await hierarchy.event("CEN", ({ file }) => file?.endsWith("CAP_CEN/Pkginfo.box/CEN00001.ICO") === true);
  expectSteps(await hierarchy.events("CEN"), onItsDistributionPoint);
  await expectSameTree(source, hierarchy.share(["CEN", "HQDP"], id));
});

test("a child gets one copy over its link, whatever number of distribution points is below it", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder);
  const id = await hierarchy.addPackage(await makeSource(folder));
  await hierarchy.arrived(id, 1);
  for (const site of ["CHI", "MKE"]) {
    const stored = (await hierarchy.events(site)).filter(({ action }) => action === "stored");
    expect(stored.map(({ packages }) => packages)).toEqual([[id]]);
  }
});
