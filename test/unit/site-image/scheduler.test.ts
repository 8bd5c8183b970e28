import { createHash } from "node:crypto";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";
import { standardAddress } from "../../../domain/address.ts";
import { siteCode } from "../../../domain/identifiers.ts";
import type { PackageContent, PackageDelta } from "../../../domain/replication.ts";
import { TimeZone } from "../../../domain/time-zone.ts";
import { Scheduler } from "../../../site-image/components/scheduler/scheduler.ts";
import {
  forgetStoredContent,
  rememberPackage,
  rememberReplicated,
  rememberStoredContent,
  replicatedTo,
} from "../../../site-image/database/packages.ts";
import { rememberNeighbour, rememberSite } from "../../../site-image/database/sites.ts";
import { rememberStoredDelta } from "../../../site-image/database/stored-deltas.ts";
import { minijob } from "../../../site-image/inboxes/documents.ts";
import { putDocument } from "../../../site-image/inboxes/inbox.ts";
import { SiteKey } from "../../../site-image/security/site-key.ts";
import { ComponentRun } from "../../support/component-run.ts";
import { definitionOf } from "../../support/package-definition.ts";
import { test as siteTest } from "../../support/site-fixture.ts";
import type { SitePlace } from "../../support/site-place.ts";

const mke = siteCode.parse("MKE");
const point = { site: "MKE", server: "MKEDP" };
const wanted = definitionOf({ distributionPoints: [point] });
const job = "00000001";

/** Site CHI with its child MKE, which was sent version 1 of a package, and the job that was made to send it. */
const test = siteTest.extend("scheduler", async ({ site, folder }) => {
  const { database, place } = site;
  rememberSite(database, {
    code: place.site,
    name: "Chicago",
    type: "primary",
    parent: null,
    distributionPoints: [],
  });
  rememberSite(database, {
    code: mke,
    name: "Milwaukee",
    type: "secondary",
    parent: place.site,
    distributionPoints: [],
  });
  rememberNeighbour(database, {
    code: mke,
    relation: "child",
    publicKey: "",
    addresses: [standardAddress],
    share: { url: "http://127.0.0.1:1", account: "SMSServer_CHI", secret: "a secret for tests" },
    acceptsAccount: "SMSServer_MKE",
    acceptsSecretSha256: "",
  });
  rememberPackage(database, wanted);
  rememberReplicated(database, wanted.id, {
    site: mke,
    definitionVersion: 1,
    sourceVersion: 1,
    cancelledAt: 0,
  });
  await mkdir(place.folders.compressedCopies, { recursive: true });
  const scheduler = new Scheduler({
    place,
    database,
    key: SiteKey.open(join(folder, "site.key")),
    zone: new TimeZone("America/Chicago"),
  });
  await scheduler.recover();
  return scheduler;
});

/** SMSPKG then holds this version. */
async function store({ place, database }: SitePlace, sourceVersion: number): Promise<PackageContent> {
  const copy = `compressed copy of version ${sourceVersion}`;
  const sha256 = createHash("sha256").update(copy).digest("hex");
  const content = { sourceVersion, bytes: copy.length, sha256, files: 1, sourceBytes: 1 };
  forgetStoredContent(database, wanted.id);
  await writeFile(join(place.folders.compressedCopies, `${wanted.id}.PKG`), copy);
  rememberStoredContent(database, wanted.id, content);
  return content;
}

async function putJob({ place }: SitePlace, content: PackageContent, delta?: PackageDelta): Promise<void> {
  const work = { kind: "package", packageId: wanted.id, content, ...(delta && { delta }) } as const;
  const preferredSender = "*";
  const document = minijob.parse({
    version: 1,
    job,
    destination: mke,
    priority: "medium",
    preferredSender,
    work,
  });
  await putDocument(place, join(place.folders.scheduler, `${job}.JOB`), document, {});
}

const isJobsEnd = ({ action, file }: { action: string; file?: string | undefined }) =>
  action === "deleted" && file?.endsWith(`${job}.WRK`) === true;

test("a job that a crash brought twice leaves its request and the files of it alone", async ({
  site,
  scheduler,
}) => {
  const content = await store(site, 1);
  await putJob(site, content);
  await using run = await ComponentRun.of(site, scheduler);
  await run.event(isJobsEnd);
  await store(site, 2);
  await putJob(site, content);
  let ends = 0;
  await run.event((event) => isJobsEnd(event) && ++ends === 2);
  expect(await readdir(site.place.folders.toSend)).toEqual([`${job}.I00`, `${job}.P00`]);
  expect(await readdir(site.place.folders.outbox("LAN"))).toEqual(["2___1CHI.SRQ"]);
});

test("a job is dropped when its package was deleted before it could be sent", async ({ site, scheduler }) => {
  const content = await store(site, 1);
  rememberPackage(site.database, definitionOf({ definitionVersion: 2, deleted: true }));
  forgetStoredContent(site.database, wanted.id);
  await putJob(site, content);
  await using run = await ComponentRun.of(site, scheduler);
  await run.event(isJobsEnd);
  expect(await readdir(site.place.folders.toSend)).toEqual([]);
});

test("content whose job was dropped does not count as sent, so that it is sent when it is wanted again", async ({
  site,
  scheduler,
}) => {
  const content = await store(site, 1);
  rememberPackage(site.database, definitionOf({ definitionVersion: 2 }));
  forgetStoredContent(site.database, wanted.id);
  await putJob(site, content);
  await using run = await ComponentRun.of(site, scheduler);
  await run.event(isJobsEnd);
  expect(replicatedTo(site.database, wanted.id)).toEqual([
    { site: mke, definitionVersion: 1, sourceVersion: 0, cancelledAt: 0, heldVersion: 0 },
  ]);
});

test("a job whose content is being made anew waits for it", async ({ site, scheduler }) => {
  const content = await store(site, 1);
  forgetStoredContent(site.database, wanted.id);
  await putJob(site, content);
  await using run = await ComponentRun.of(site, scheduler);
  await run.event(({ action, file }) => action === "released" && file?.endsWith(`${job}.JOB`) === true);
  await store(site, 1);
  await run.event(({ action, file }) => action === "created" && file?.endsWith(".SRQ") === true);
});

test("content whose compressed copy is gone is not sent, and does not count as sent", async ({
  site,
  scheduler,
}) => {
  const content = await store(site, 1);
  await rm(join(site.place.folders.compressedCopies, `${wanted.id}.PKG`));
  await putJob(site, content);
  await using run = await ComponentRun.of(site, scheduler);
  await run.event(isJobsEnd);
  expect(await readdir(site.place.folders.toSend)).toEqual([]);
  expect(replicatedTo(site.database, wanted.id)).toMatchObject([{ site: mke, sourceVersion: 0 }]);
});

test("a delta that is gone or another is not sent, and the content does not count as sent", async ({
  site,
  scheduler,
}) => {
  const content = await store(site, 2);
  rememberPackage(site.database, { ...wanted, sourceVersion: 2, definitionVersion: 2 });
  rememberReplicated(site.database, wanted.id, {
    ...{ site: mke, definitionVersion: 2, sourceVersion: 2, cancelledAt: 0 },
  });
  const base = { sourceVersion: 1, sha256: "1".repeat(64) };
  const delta = { base, bytes: 5, sha256: createHash("sha256").update("delta").digest("hex") };
  rememberStoredDelta(site.database, wanted.id, { ...delta, sha256: "2".repeat(64) });
  await writeFile(site.place.folders.delta(wanted.id, 1), "other");
  await putJob(site, content, delta);
  await using run = await ComponentRun.of(site, scheduler);
  await run.event(isJobsEnd);
  expect(await readdir(site.place.folders.toSend)).toEqual([]);
  expect(replicatedTo(site.database, wanted.id)).toMatchObject([{ site: mke, sourceVersion: 0 }]);
});
