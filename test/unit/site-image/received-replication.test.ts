/**
 * What Replication Manager makes of what a neighbour said: it believes a child about itself and those below it.
 */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { standardAddress } from "../../../domain/address.ts";
import { siteInformation } from "../../../domain/hierarchy.ts";
import { type SiteCode, siteCode } from "../../../domain/identifiers.ts";
import { packageStatus } from "../../../domain/package-status.ts";
import { priorities } from "../../../domain/priority.ts";
import { ReplicationManager } from "../../../site-image/components/replication-manager/replication-manager.ts";
import { packageStatuses } from "../../../site-image/database/package-status.ts";
import { removeSites } from "../../../site-image/database/removed-sites.ts";
import { knownSites, rememberNeighbour, rememberSite } from "../../../site-image/database/sites.ts";
import { statusMessagesOf } from "../../../site-image/database/status-messages.ts";
import { putDocument } from "../../../site-image/inboxes/inbox.ts";
import { ReplicationOutbox } from "../../../site-image/inboxes/replication-outbox.ts";
import { ComponentRun } from "../../support/component-run.ts";
import { test as siteTest } from "../../support/site-fixture.ts";
import type { SitePlace } from "../../support/site-place.ts";

const site = (code: string, parent: string | null) =>
  siteInformation.parse({ code, name: code, type: "primary", parent, distributionPoints: [] });

/** The central site CHI with its children MKE and BOS. */
const test = siteTest.extend("manager", async ({ site: { place, database } }) => {
  rememberSite(database, site("CHI", null));
  for (const code of ["MKE", "BOS"].map((text) => siteCode.parse(text))) {
    rememberSite(database, site(code, "CHI"));
    rememberNeighbour(database, {
      ...{ code, relation: "child", publicKey: "", addresses: [standardAddress] },
      share: { url: "http://127.0.0.1:1", account: "SMSServer_CHI", secret: "a secret for tests" },
      ...{ acceptsAccount: `SMSServer_${code}`, acceptsSecretSha256: "" },
    });
  }
  for (const priority of priorities)
    await mkdir(place.folders.replicationOutbound(priority), { recursive: true });
  await mkdir(place.folders.replicationIncoming, { recursive: true });
  return new ReplicationManager({ place, database, parent: null, outbox: new ReplicationOutbox(database) });
});

let count = 0;
async function receive({ place }: SitePlace, from: string, object: object, ageMs = 0): Promise<string> {
  const name = `2___${++count}${from}-0000.RPT`;
  await putDocument(
    place,
    join(place.folders.replicationIncoming, name),
    {
      ...{ version: 1, destination: place.site, priority: "high", preferredSender: "*", object, from },
      receivedMs: place.clock.now() - ageMs,
    },
    {},
  );
  return name;
}

const statusAt = (at: string, state: string) => ({
  kind: "packageStatus",
  rows: [
    packageStatus.parse({
      ...{ packageId: "CHI00001", site: at, server: "", state, sourceVersion: 1 },
      ...{ redistribution: 0, sequence: 1, changedMs: 0, reason: "" },
    }),
  ],
});

/** Until the file `name` was handled: what was done with it. */
async function endOf(run: ComponentRun, name: string): Promise<string> {
  const stem = name.slice(0, -4);
  const ends = ["deleted", "released", "quarantined"];
  return (
    await run.event(({ action, file, from }) => ends.includes(action) && `${file} ${from}`.includes(stem))
  ).action;
}

const parentOf = ({ database }: SitePlace, code: string) =>
  knownSites(database).find((one) => one.code === code)?.parent;

test("a site is believed about itself, and not about its sister", async ({ site: chicago, manager }) => {
  const own = await receive(chicago, "MKE", statusAt("MKE", "installed"));
  const sisters = await receive(chicago, "MKE", statusAt("BOS", "installed"));
  await using run = await ComponentRun.of(chicago, manager);

  expect(await endOf(run, own)).toBe("deleted");
  expect(await endOf(run, sisters)).toBe("released");
  expect(packageStatuses(chicago.database).map((row) => row.site)).toEqual(["MKE"]);
});

test("a site that claims the one it is attached to is refused, in quarantine, with a status message", async ({
  site: chicago,
  manager,
}) => {
  const atMs = chicago.place.clock.now();
  const name = await receive(chicago, "MKE", { kind: "sites", sites: [site("CHI", "MKE")], atMs });
  await using run = await ComponentRun.of(chicago, manager);

  expect(await endOf(run, name)).toBe("quarantined");
  expect(parentOf(chicago, "CHI")).toBe(null);
  expect(await readdir(join(chicago.place.folders.replicationIncoming, "Quarantine"))).toEqual([name]);
  expect(statusMessagesOf(chicago.database, { limit: 5 }).map(({ id }) => id)).toContain(30001);
});

test("a site cannot remove its sister", async ({ site: chicago, manager }) => {
  const atMs = chicago.place.clock.now();
  const name = await receive(chicago, "MKE", { kind: "sitesRemoved", sites: ["BOS"], atMs });
  await using run = await ComponentRun.of(chicago, manager);

  expect(await endOf(run, name)).toBe("quarantined");
  expect(parentOf(chicago, "BOS")).toBe("CHI");
});

test("the news that a site has come waits for the news that it has gone elsewhere", async ({
  site: chicago,
  manager,
}) => {
  rememberSite(chicago.database, site("MAD", "BOS"));
  const nowMs = chicago.place.clock.now();
  const come = await receive(chicago, "MKE", { kind: "sites", sites: [site("MAD", "MKE")], atMs: nowMs - 1 });
  await using run = await ComponentRun.of(chicago, manager);
  expect(await endOf(run, come)).toBe("released");
  expect(parentOf(chicago, "MAD")).toBe("BOS");

  await receive(chicago, "BOS", { kind: "sitesRemoved", sites: ["MAD"], atMs: nowMs - 2 });
  await run.event(({ action, text }) => action === "recorded" && text === "site MAD is below MKE");
  expect(parentOf(chicago, "MAD")).toBe("MKE");
});

test("what waited for a week in vain is refused", async ({ site: chicago, manager }) => {
  const weekMs = 7 * 24 * 60 * 60_000;
  const name = await receive(chicago, "MKE", statusAt("BOS", "failed"), weekMs);
  await using run = await ComponentRun.of(chicago, manager);

  expect(await endOf(run, name)).toBe("quarantined");
  expect(packageStatuses(chicago.database)).toEqual([]);
});

test("what a site told that was removed meanwhile goes with it", async ({ site: chicago, manager }) => {
  const gone: SiteCode[] = [siteCode.parse("MKE")];
  const name = await receive(chicago, "MKE", statusAt("MKE", "installed"));
  removeSites(chicago.database, chicago.place.site, gone, chicago.place.clock.now());
  await using run = await ComponentRun.of(chicago, manager);

  expect(await endOf(run, name)).toBe("deleted");
  expect(packageStatuses(chicago.database)).toEqual([]);
});
