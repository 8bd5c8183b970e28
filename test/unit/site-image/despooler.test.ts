import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { standardAddress } from "../../../domain/address.ts";
import { requestIdOf, siteCode } from "../../../domain/identifiers.ts";
import type { PackageContent } from "../../../domain/replication.ts";
import { Despooler } from "../../../site-image/components/despooler/despooler.ts";
import { compressFolder } from "../../../site-image/content/package-archive.ts";
import { makeDelta } from "../../../site-image/content/package-delta.ts";
import {
  rememberPackage,
  rememberStoredContent,
  storedContent,
} from "../../../site-image/database/packages.ts";
import { rememberNeighbour } from "../../../site-image/database/sites.ts";
import { statusMessagesOf } from "../../../site-image/database/status-messages.ts";
import {
  type InstructionBody,
  incomingDefinition,
  instructionBody,
} from "../../../site-image/inboxes/documents.ts";
import { putDocument } from "../../../site-image/inboxes/inbox.ts";
import { ReplicationOutbox } from "../../../site-image/inboxes/replication-outbox.ts";
import { SiteKey } from "../../../site-image/security/site-key.ts";
import { ComponentRun } from "../../support/component-run.ts";
import { definitionOf } from "../../support/package-definition.ts";
import { test as siteTest } from "../../support/site-fixture.ts";
import type { SitePlace } from "../../support/site-place.ts";

const cen = siteCode.parse("CEN");
const { id } = definitionOf();

/** Site CHI, whose Despooler takes what CEN sends. */
const test = siteTest
  .extend("key", async ({ folder }) => SiteKey.open(join(folder, "CEN.key")))
  .extend("despooler", async ({ site, key }) => {
    const { place, database } = site;
    attachCentral(site, key, "parent");
    const { folders } = place;
    for (const folder of [
      folders.compressedCopies,
      folders.distributionManagerIncoming,
      folders.replicationIncoming,
      folders.replicationOutbound("high"),
    ])
      await mkdir(folder, { recursive: true });
    const despooler = new Despooler({
      place,
      database,
      parent: cen,
      outbox: new ReplicationOutbox(database),
    });
    await despooler.recover();
    return despooler;
  });

function attachCentral({ database }: SitePlace, key: SiteKey, relation: "parent" | "child"): void {
  rememberNeighbour(database, {
    code: cen,
    relation,
    publicKey: key.publicKey,
    addresses: [standardAddress],
    share: { url: "http://127.0.0.1:1", account: "SMSServer_CHI", secret: "a secret for tests" },
    acceptsAccount: "SMSServer_CEN",
    acceptsSecretSha256: "",
  });
}

/** Leaves request `number` on the share as a commit does: its package file, `data`, and the signed instruction. */
async function commit(
  { place }: SitePlace,
  key: SiteKey,
  number: number,
  data: string | Buffer,
  work: (digest: { bytes: number; sha256: string }) => InstructionBody["work"],
): Promise<void> {
  const request = requestIdOf(2, number, cen);
  const digest = { bytes: Buffer.byteLength(data), sha256: createHash("sha256").update(data).digest("hex") };
  const body = instructionBody.parse({
    request,
    job: String(number).padStart(8, "0"),
    source: cen,
    destination: place.site,
    finalSite: place.site,
    priority: "medium",
    preferredSender: "*",
    ...digest,
    work: work(digest),
  });
  const text = JSON.stringify(body);
  const packageFile = join(place.folders.receive, `${request}.PCK`);
  const isLarge = digest.bytes > 1 << 20;
  await writeFile(packageFile, isLarge ? "" : data);
  await truncate(packageFile, digest.bytes); // a large one has only zeros, and so no blocks
  const path = join(place.folders.receive, `${request}.SNI`);
  await putDocument(place, path, { version: 1, body: text, signature: key.sign(text) }, {});
}

function commitContent(site: SitePlace, key: SiteKey, version: number, data: string | Buffer): Promise<void> {
  return commit(site, key, version, data, (digest) => ({
    kind: "package",
    packageId: id,
    content: { sourceVersion: version, ...digest, files: 1, sourceBytes: 1 },
  }));
}

const isEnd = (number: number) => (event: { action: string; file?: string | undefined }) =>
  event.action === "deleted" && event.file?.endsWith(`${requestIdOf(2, number, cen)}.IST`) === true;

test("content that is still being checked does not replace a newer version that came meanwhile", async ({
  site,
  key,
  despooler,
}) => {
  rememberPackage(site.database, definitionOf());
  await commitContent(site, key, 1, Buffer.alloc(256 << 20)); // takes its time to check
  await using run = await ComponentRun.of(site, despooler);
  await run.event(({ action, file }) => action === "claimed" && file?.endsWith(".IST") === true);
  await commitContent(site, key, 2, "version 2");
  await run.event(({ action, sourceVersion }) => action === "waiting" && sourceVersion === 2);
  rememberPackage(site.database, definitionOf({ sourceVersion: 2, definitionVersion: 2 }));
  await Promise.all([run.event(isEnd(1)), run.event(isEnd(2))]);
  expect(storedContent(site.database, id)?.sourceVersion).toBe(2);
  expect(await readFile(join(site.place.folders.compressedCopies, `${id}.PKG`), "utf8")).toBe("version 2");
});

test("of two definitions that come at the same time the newer one is handed on", async ({
  site,
  key,
  despooler,
}) => {
  const versions = [12, 3, 9, 1, 7, 10, 2, 5];
  for (const [number, definitionVersion] of versions.entries()) {
    const object = { kind: "package", definition: definitionOf({ definitionVersion }) };
    await commit(site, key, number, JSON.stringify({ version: 1, objects: [object] }), () => ({
      kind: "replication",
    }));
  }
  await using run = await ComponentRun.of(site, despooler);
  await Promise.all(versions.map((_, number) => run.event(isEnd(number))));
  const path = join(site.place.folders.distributionManagerIncoming, `${id}.PKG`);
  const { definition } = incomingDefinition.parse(JSON.parse(await readFile(path, "utf8")));
  expect(definition.definitionVersion).toBe(12);
});

test("a definition that a child sends is refused, signed as it may be", async ({ site, key, despooler }) => {
  attachCentral(site, key, "child");
  const object = { kind: "package", definition: definitionOf() };
  await commit(site, key, 1, JSON.stringify({ version: 1, objects: [object] }), () => ({
    kind: "replication",
  }));
  await using run = await ComponentRun.of(site, despooler);
  await run.event(isEnd(1));
  expect(await readdir(site.place.folders.distributionManagerIncoming)).toEqual([]);
  expect(statusMessagesOf(site.database, { limit: 1 })).toMatchObject([{ id: 30001 }]);
});

test("an older version, signed, replaces neither the definition nor the content that is held", async ({
  site,
  key,
  despooler,
}) => {
  const held = { sourceVersion: 2, bytes: 1, sha256: "0".repeat(64), files: 1, sourceBytes: 1 };
  rememberPackage(site.database, definitionOf({ sourceVersion: 2, definitionVersion: 2 }));
  rememberStoredContent(site.database, id, held);
  const object = { kind: "package", definition: definitionOf() };
  await commit(site, key, 11, JSON.stringify({ version: 1, objects: [object] }), () => ({
    kind: "replication",
  }));
  await commitContent(site, key, 1, "version 1");
  await using run = await ComponentRun.of(site, despooler);
  await Promise.all([run.event(isEnd(11)), run.event(isEnd(1))]);
  expect(await readdir(site.place.folders.distributionManagerIncoming)).toEqual([]);
  expect(await readdir(site.place.folders.compressedCopies)).toEqual([]);
  expect(storedContent(site.database, id)?.sourceVersion).toBe(2);
});

test("content that was stored, and removed before a crash let the instruction end, is asked for again", async ({
  site,
  key,
  despooler,
}) => {
  rememberPackage(site.database, definitionOf());
  await commitContent(site, key, 1, "version 1");
  const { receive } = site.place.folders;
  await rm(join(receive, `${requestIdOf(2, 1, cen)}.PCK`));
  await using run = await ComponentRun.of(site, despooler);
  await run.event(isEnd(1));
  const asked = await run.event(
    ({ action, file }) => action === "created" && file?.endsWith(".RPT") === true,
  );
  expect(asked.peer).toBe(cen);
});

const hostileBatches = {
  "that is not JSON": "{",
  "of a list nested a hundred thousand deep": "[".repeat(100_000),
  "of more bytes than can be read as a whole": Buffer.alloc(65 << 20),
};

test.for(Object.entries(hostileBatches))(
  "a signed replication %s is put in quarantine and never comes round again",
  async ([, data], { site, key, despooler }) => {
    await commit(site, key, 1, data, () => ({ kind: "replication" }));
    await using run = await ComponentRun.of(site, despooler);
    const { file } = await run.event(({ action }) => action === "quarantined" || action === "released");
    expect(file).toBe(`SMS/Inboxes/Despoolr.box/Receive/Quarantine/${requestIdOf(2, 1, cen)}.SNI`);
  },
);
const isQuarantined = (event: { action: string }) => event.action === "quarantined";

test("an instruction that its source did not sign is put in quarantine, and its content is not stored", async ({
  site,
  folder,
  despooler,
}) => {
  rememberPackage(site.database, definitionOf());
  await commitContent(site, SiteKey.open(join(folder, "another.key")), 1, "version 1");
  await using run = await ComponentRun.of(site, despooler);
  await run.event(isQuarantined);
  expect(storedContent(site.database, id)).toBeUndefined();
});

test("content that is damaged on the disk after it came in is not stored, and is asked for again", async ({
  site,
  key,
  despooler,
}) => {
  rememberPackage(site.database, definitionOf());
  await commitContent(site, key, 1, "version 1");
  await writeFile(join(site.place.folders.receive, `${requestIdOf(2, 1, cen)}.PCK`), "version 7");
  await using run = await ComponentRun.of(site, despooler);
  await run.event(isQuarantined);
  expect(storedContent(site.database, id)).toBeUndefined();
});

type Version = { readonly archive: string; readonly content: PackageContent };

async function versionIn(folder: string, sourceVersion: number): Promise<Version> {
  const source = join(folder, `source ${sourceVersion}`);
  const archive = join(folder, `${sourceVersion}.PKG`);
  await mkdir(source);
  await writeFile(join(source, "kept.txt"), "kept");
  await writeFile(join(source, "version.txt"), `${sourceVersion}`);
  const { listing: _, ...made } = await compressFolder({ source, archive });
  return { archive, content: { sourceVersion, ...made } };
}

/** CHI is to have a version and gets it as a delta from version 1, whatever it holds. */
async function commitDelta(
  site: SitePlace,
  key: SiteKey,
  folder: string,
  version = 2,
): Promise<[Version, Version]> {
  const { folders } = site.place;
  await mkdir(folders.compressing, { recursive: true });
  rememberPackage(site.database, definitionOf({ sourceVersion: version, definitionVersion: version }));
  const [one, two] = [await versionIn(folder, 1), await versionIn(folder, version)];
  const file = join(folder, "delta");
  const known = ({ archive, content: { sha256 } }: Version) => ({ archive, sha256 });
  const made = await makeDelta({ from: known(one), to: known(two), delta: file });
  const { sourceVersion, sha256 } = one.content;
  const delta = { base: { sourceVersion, sha256 }, ...made };
  await commit(site, key, 2, await readFile(file), () => ({
    ...{ kind: "package", packageId: id, content: two.content, delta },
  }));
  return [one, two];
}

test.for([
  ["is there as it was sent", "1", true],
  ["was being replaced when the last run died, and is still the one before", "1", false],
  ["was replaced when the last run died, and not noted", "2", false],
] as const)(
  "a delta is merged with the compressed copy, where that %s",
  async ([, held, hasRow], { site, key, folder, despooler }) => {
    const [one, two] = await commitDelta(site, key, folder);
    const copy = site.place.folders.compressedCopy(id);
    await copyFile(held === "1" ? one.archive : two.archive, copy);
    if (hasRow) rememberStoredContent(site.database, id, one.content);
    await using run = await ComponentRun.of(site, despooler);
    await run.event(isEnd(2));
    expect(storedContent(site.database, id)).toEqual(two.content);
    expect((await readFile(copy)).equals(await readFile(two.archive))).toBe(true);
    expect(await readdir(site.place.folders.receive)).toEqual([]);
    expect(await readdir(site.place.folders.compressing)).toEqual([]);
    expect(statusMessagesOf(site.database, { limit: 9 }).map((message) => message.id)).toEqual([4400]);
  },
);

test.for([
  ["another version", (copy: string) => writeFile(copy, "another")],
  ["gone", (copy: string) => rm(copy)],
] as const)(
  "a delta whose base is %s is reported, and the content is asked for whole",
  async ([, lose], { site, key, folder, despooler }) => {
    const [one] = await commitDelta(site, key, folder);
    const copy = site.place.folders.compressedCopy(id);
    await copyFile(one.archive, copy);
    await lose(copy);
    rememberStoredContent(site.database, id, one.content);
    await using run = await ComponentRun.of(site, despooler);
    await run.event(isEnd(2));
    const asked = await run.event(
      ({ action, file }) => action === "created" && file?.endsWith(".RPT") === true,
    );
    expect(asked.peer).toBe(cen);
    expect(storedContent(site.database, id)).toEqual(one.content);
    expect(await readdir(site.place.folders.receive)).toEqual([]);
    expect(await readdir(site.place.folders.compressing)).toEqual([]);
    expect(statusMessagesOf(site.database, { limit: 9 }).map((message) => message.id)).toContain(4402);
  },
);

test("a delta that cannot be merged for the disk is reported and tried again, and the content is not asked for", async ({
  site,
  key,
  folder,
  despooler,
}) => {
  const [one, two] = await commitDelta(site, key, folder);
  const { folders } = site.place;
  await copyFile(one.archive, folders.compressedCopy(id));
  rememberStoredContent(site.database, id, one.content);
  await rm(folders.compressing, { recursive: true });
  await using run = await ComponentRun.of(site, despooler);
  await run.event(({ action, file }) => action === "released" && file?.endsWith(".SNI") === true);
  expect(storedContent(site.database, id)).toEqual(one.content);
  expect(statusMessagesOf(site.database, { limit: 9 }).map((message) => message.id)).toContain(4402);
  await mkdir(folders.compressing);
  await run.event(isEnd(2));
  expect(storedContent(site.database, id)).toEqual(two.content);
  expect(await readdir(folders.replicationOutbound("high"))).toEqual([]);
});

test("a delta whose base is not the version that is here is reported with that, so that a delta from there can come", async ({
  site,
  key,
  folder,
  despooler,
}) => {
  await commitDelta(site, key, folder, 3);
  const { archive, content } = await versionIn(folder, 2);
  await copyFile(archive, site.place.folders.compressedCopy(id));
  rememberStoredContent(site.database, id, content);
  await using run = await ComponentRun.of(site, despooler);
  await run.event(isEnd(2));
  const asked = await run.event(
    ({ action, file }) => action === "created" && file?.endsWith(".RPT") === true,
  );
  const { object } = JSON.parse(await readFile(join(site.place.folders.root, asked.file ?? ""), "utf8"));
  expect(object).toEqual({ kind: "contentRequest", packageId: id, sourceVersion: 3, site: "CHI", holds: 2 });
});

test("content is stored also where a newer version is known of, for that is made out of it", async ({
  site,
  key,
  despooler,
}) => {
  rememberPackage(site.database, definitionOf({ sourceVersion: 2, definitionVersion: 2 }));
  await commitContent(site, key, 1, "version 1");
  await using run = await ComponentRun.of(site, despooler);
  await run.event(isEnd(1));
  expect(storedContent(site.database, id)?.sourceVersion).toBe(1);
});
