/**
 * An administrator changes their mind about what is being sent or waits to be: held, released, cancelled, replaced by a
 * newer version, deleted. Seen on real sites.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import type { PackageId } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import type { SendRequestStatus } from "../../domain/send-request.ts";
import { scheduleFiles } from "../support/schedule-files.ts";
import { test } from "../support/temporary-folder.ts";
import { makeSource, type Point, TestHierarchy } from "../support/test-hierarchy.ts";

const newYork = (time: string) => Date.parse(`2003-11-${time}-05:00`);

/** Friday 17:30 in New York. */
const topology = (address: string, scale: number) => `
name: requests
clock: { start: "2003-11-07T17:30:00-05:00", scale: ${scale} }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  CHI: { type: primary, parent: CEN, timeZone: America/New_York, distributionPoints: [CHIDP] }
addresses:
  - { from: CEN, to: CHI, ${address} }
`;
/** A sending of 4 MB that would take an hour and more, a minute and more of it real. */
const slow = topology("rate: 8 kbit/s", 60);
const closed = topology("schedule: { Mon-Fri 08-20: closed }", 60);
const chicago: readonly Point[] = [["CHI", "CHIDP"]];

async function bigSource(folder: string): Promise<string> {
  const source = join(folder, "big");
  await mkdir(source);
  await writeFile(join(source, "content.bin"), randomBytes(4_000_000));
  return source;
}

const isUnderWay = ({ action, bytes = 0, offset = 0 }: JournalEvent) =>
  action === "progress" && bytes > 50_000 && offset > 0;

/** At the target: what it held of a request is gone before it expires. */
const isGivenUp = (id: string) => (event: JournalEvent) =>
  event.action === "deleted" && event.request === id && event.text === "its sender gave it up";

/** The request that carries content of a package, once there is one. */
async function contentRequest(
  hierarchy: TestHierarchy,
  id: PackageId,
  version = 1,
): Promise<SendRequestStatus> {
  let found: SendRequestStatus | undefined;
  await hierarchy.until("CEN", async () => {
    const requests = await hierarchy.site("CEN").sendRequests();
    found = requests.find(({ packages, sourceVersion }) => sourceVersion === version && packages[0] === id);
    return found !== undefined;
  });
  if (!found) throw new Error(`no request for package ${id}`);
  return found;
}

async function act(hierarchy: TestHierarchy, action: string, request: string): Promise<number> {
  const path = `wmi/SMS_SendRequest('${request}')/AdminService.${action}`;
  return (await hierarchy.ask("CEN", "POST", path)).status;
}

test("a running request that is held stops, waits, and goes on from the byte it had when it is released", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder, slow);
  const id = await hierarchy.addPackage(await bigSource(folder), chicago);
  await hierarchy.event("CEN", isUnderWay);
  await hierarchy.until("CEN", async () => (await contentRequest(hierarchy, id)).state === "SENDING");
  const running = await contentRequest(hierarchy, id);
  expect(running).toMatchObject({ state: "SENDING", sender: "LAN", reason: "", connects: 1, wish: "" });
  expect(running.syncPoint + running.bytesLeft).toBe(running.bytes);

  expect(await act(hierarchy, "Hold", running.request)).toBe(204);
  const stopped = await hierarchy.event(
    "CEN",
    ({ action, file, text }) =>
      action === "renamed" && !!file?.includes("/Requests/") && text === "held by an administrator",
  );
  const held = await contentRequest(hierarchy, id);
  expect(held).toMatchObject({
    state: "SUSPENDED",
    sender: null,
    reason: "held by an administrator",
    wish: "hold",
  });
  expect(held.syncPoint).toBeGreaterThan(0);
  expect(held.syncPoint).toBeLessThan(held.bytes);
  expect(await act(hierarchy, "Hold", running.request)).toBe(204); // again, and nothing more happens

  await hierarchy.running.setTime({ scale: 3600 });
  expect(await act(hierarchy, "Release", running.request)).toBe(204);
  const again = await hierarchy.event(
    "CEN",
    ({ action, sequence, request }) =>
      action === "sending" && sequence > stopped.sequence && request === running.request,
  );
  expect(again.offset).toBeGreaterThan(0);
  await hierarchy.arrived(id, 1);
  expect((await hierarchy.events("CHI")).filter(({ action }) => action === "stored")).toHaveLength(1);
  expect(await act(hierarchy, "Hold", running.request)).toBe(409);
});

test("a request that waits at its sender is held, also over a restart, until it is released", async ({
  folder,
}) => {
  let id: PackageId;
  let request: string;
  {
    await using hierarchy = await TestHierarchy.start(folder, slow);
    await hierarchy.addPackage(await bigSource(folder), chicago, { Name: "First" });
    await hierarchy.event("CEN", isUnderWay);
    id = await hierarchy.addPackage(await makeSource(folder), chicago, { Name: "Second" });
    const waiting = await contentRequest(hierarchy, id);
    request = waiting.request;
    await hierarchy.event("CEN", (event) => event.action === "waiting" && event.request === request);
    expect(await contentRequest(hierarchy, id)).toMatchObject({
      sender: "LAN",
      reason: "1 of 1 connections to site CHI in use",
    });
    expect(await act(hierarchy, "Hold", request)).toBe(204);
    await hierarchy.event(
      "CEN",
      (event) => event.request === request && !!event.file?.includes("/Requests/"),
    );
  }
  await using hierarchy = await TestHierarchy.start(folder, slow);
  expect(await contentRequest(hierarchy, id)).toMatchObject({ sender: null, wish: "hold" });
  await hierarchy.running.setTime({ scale: 3600 });
  await hierarchy.event("CEN", ({ action, bytes = 0 }) => action === "completed" && bytes > 50_000);
  expect(await contentRequest(hierarchy, id)).toMatchObject({ reason: "held by an administrator" });
  expect(await act(hierarchy, "Release", request)).toBe(204);
  await hierarchy.arrived(id, 1);
});

test("a running request that is cancelled ends, and its content is not sent again before the package is changed", async ({
  folder,
}) => {
  let id: PackageId;
  {
    await using hierarchy = await TestHierarchy.start(folder, slow);
    id = await hierarchy.addPackage(await bigSource(folder), chicago);
    await hierarchy.event("CEN", isUnderWay);
    const { request } = await contentRequest(hierarchy, id);
    expect(await act(hierarchy, "Cancel", request)).toBe(204);
    const ended = await hierarchy.event(
      "CEN",
      (event) => event.action === "withdrawn" && event.request === request,
    );
    expect(ended.text).toBe("cancelled by an administrator");
    await hierarchy.event("CHI", isGivenUp(request));
    await hierarchy.event(
      "CEN",
      ({ action, file }) => action === "deleted" && !!file?.endsWith(`/Outboxes/LAN/${request}.SRS`),
    );
    // The definition's request may still be on its way to its end.
    await expect.poll(() => scheduleFiles(hierarchy.root, "CEN")).toEqual([]);
    expect(await act(hierarchy, "Cancel", request)).toBe(409);
  }
  await using hierarchy = await TestHierarchy.start(folder, slow);
  await hierarchy.running.setTime({ scale: 3600 });
  // Something else goes over the same address meanwhile, and only that.
  const other = await hierarchy.addPackage(await makeSource(folder), chicago, { Name: "Other" });
  await hierarchy.arrived(other, 1);
  expect(await hierarchy.site("CEN").provider.copies(id)).toMatchObject([{ state: "pending" }]);
  const isSentAgain = ({ action, packages, bytes = 0 }: JournalEvent) =>
    action === "sending" && packages?.[0] === id && bytes > 50_000;
  expect((await hierarchy.events("CEN")).filter(isSentAgain)).toHaveLength(1);

  await hierarchy.ask("CEN", "POST", `wmi/SMS_Package('${id}')/AdminService.Redistribute`);
  await hierarchy.arrived(id, 1);
  expect((await hierarchy.events("CEN")).filter(isSentAgain)).toHaveLength(2);
});

test("what the target holds of a request that was held is dropped there when it is cancelled", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder, slow);
  const id = await hierarchy.addPackage(await bigSource(folder), chicago);
  await hierarchy.event("CEN", isUnderWay);
  const { request } = await contentRequest(hierarchy, id);
  expect(await act(hierarchy, "Hold", request)).toBe(204);
  await hierarchy.event(
    "CEN",
    ({ action, text }) => action === "renamed" && text === "held by an administrator",
  );
  expect(await act(hierarchy, "Cancel", request)).toBe(204);
  await hierarchy.event("CHI", isGivenUp(request));
  await hierarchy.event("CEN", (event) => event.action === "withdrawn" && event.request === request);
});

test("a cancelled version gives way to the next one", async ({ folder }) => {
  await using hierarchy = await TestHierarchy.start(folder, closed);
  const source = await makeSource(folder);
  const id = await hierarchy.addPackage(source, chicago);
  const { request } = await contentRequest(hierarchy, id);
  await hierarchy.event("CEN", (event) => event.action === "waiting" && event.request === request);
  expect(await act(hierarchy, "Cancel", request)).toBe(204);
  await hierarchy.event(
    "CEN",
    (event) => event.action === "deleted" && !!event.file?.endsWith(`${request}.SRQ`),
  );
  await writeFile(join(source, "readme.txt"), "version 2");
  await hierarchy.ask("CEN", "POST", `wmi/SMS_Package('${id}')/AdminService.RefreshPkgSource`);
  await contentRequest(hierarchy, id, 2);
  await hierarchy.running.setTime({ emulatedMs: newYork("07T20:00:00"), scale: 3600 });
  await hierarchy.arrived(id, 2);
});

test("what carries definitions is held, not cancelled; a request nobody knows is not found", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder, closed);
  const id = await hierarchy.addPackage(await makeSource(folder), chicago);
  await contentRequest(hierarchy, id);
  const requests = await hierarchy.site("CEN").sendRequests();
  const definition = requests.find(({ sourceVersion }) => sourceVersion === null);
  const { status, body } = await hierarchy.ask(
    "CEN",
    "POST",
    `wmi/SMS_SendRequest('${definition?.request}')/AdminService.Cancel`,
  );
  expect(status).toBe(409);
  expect(JSON.stringify(body)).toContain("hold it instead");
  expect(await act(hierarchy, "Release", `${definition?.request}`)).toBe(409);
  expect(await act(hierarchy, "Hold", "2__ZZCEN")).toBe(404);
  await expect(hierarchy.site("CHI").actOnRequest("hold", definition?.request as never)).rejects.toThrow(
    "no send request",
  );
});

test("the class shows what waits with its reason, on the clock of the site", async ({ folder }) => {
  await using hierarchy = await TestHierarchy.start(folder, closed);
  const id = await hierarchy.addPackage(await makeSource(folder), chicago);
  const { request } = await contentRequest(hierarchy, id);
  await hierarchy.event("CEN", (event) => event.action === "waiting" && event.request === request);
  const { body } = await hierarchy.ask("CEN", "GET", `wmi/SMS_SendRequest('${request}')`);
  expect(body).toMatchObject({
    State: "SUSPENDED",
    Priority: 2,
    DesSiteCode: "CHI",
    PackageIDs: [id],
    SourceVersion: 1,
    Connects: 0,
    NextTryTime: "2003-11-08T01:00:00Z",
    Held: false,
    Reason: "closed until Fri 20:00",
  });
});

test("a newer version withdraws the older one that still waits, and only the newer is sent", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder, closed);
  const source = await makeSource(folder);
  const id = await hierarchy.addPackage(source, chicago);
  const older = await contentRequest(hierarchy, id);
  await writeFile(join(source, "readme.txt"), "version 2");
  await hierarchy.ask("CEN", "POST", `wmi/SMS_Package('${id}')/AdminService.RefreshPkgSource`);
  await contentRequest(hierarchy, id, 2);
  const gone = await hierarchy.event(
    "CEN",
    (event) => event.action === "withdrawn" && event.request === older.request,
  );
  expect(gone.text).toBe("superseded by version 2");
  await hierarchy.event(
    "CEN",
    ({ action, file }) => action === "deleted" && !!file?.endsWith(`${older.request}.SRQ`),
  );
  await hierarchy.running.setTime({ emulatedMs: newYork("07T20:00:00"), scale: 3600 });
  await hierarchy.arrived(id, 2);
  const stored = (await hierarchy.events("CHI")).filter(({ action }) => action === "stored");
  expect(stored.map(({ sourceVersion }) => sourceVersion)).toEqual([2]);
});

test("an older version that is being sent goes on, and is withdrawn when it is put back", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(
    folder,
    topology("rate: 8 kbit/s, schedule: { daily 22-23: closed }", 60),
  );
  const source = await bigSource(folder);
  const id = await hierarchy.addPackage(source, chicago);
  await hierarchy.event("CEN", isUnderWay);
  const older = await contentRequest(hierarchy, id);
  await writeFile(join(source, "more.txt"), "version 2");
  await hierarchy.ask("CEN", "POST", `wmi/SMS_Package('${id}')/AdminService.RefreshPkgSource`);
  await contentRequest(hierarchy, id, 2);
  await hierarchy.until("CEN", async () => (await contentRequest(hierarchy, id)).state === "SENDING");
  expect(await contentRequest(hierarchy, id)).toMatchObject({ wish: "supersede" });
  await hierarchy.running.setTime({ emulatedMs: newYork("07T22:00:00") });
  const gone = await hierarchy.event(
    "CEN",
    (event) => event.action === "withdrawn" && event.request === older.request,
  );
  expect(gone.text).toBe("superseded by version 2");
  await hierarchy.running.setTime({ emulatedMs: newYork("07T23:00:00"), scale: 3600 });
  await hierarchy.arrived(id, 2);
});

test("a package that is deleted withdraws its content, also what is being sent, and the deletion travels", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder, slow);
  const id = await hierarchy.addPackage(await bigSource(folder), chicago);
  await hierarchy.event("CEN", isUnderWay);
  const { request } = await contentRequest(hierarchy, id);
  await hierarchy.ask("CEN", "DELETE", `wmi/SMS_Package('${id}')`);
  const gone = await hierarchy.event(
    "CEN",
    (event) => event.action === "withdrawn" && event.request === request,
  );
  expect(gone.text).toBe("the package was deleted");
  await hierarchy.event(
    "CHI",
    ({ action, file }) => action === "deleted" && file === `SMS/Inboxes/Pkginfo.box/${id}.PKG`,
  );
  await hierarchy.until("CEN", async () => (await scheduleFiles(hierarchy.root, "CEN")).length === 0);
  expect(existsSync(hierarchy.share(["CHI", "CHIDP"], id))).toBe(false);
});

test("a RAS sender says in its request that it dials and is connected", async ({ folder }) => {
  const line = "line: { speed: 64 kbit/s, dial: 600 s }";
  await using hierarchy = await TestHierarchy.start(folder, topology(`sender: RASISDN, ${line}`, 60));
  await hierarchy.addPackage(await makeSource(folder), chicago);
  const dialling = await hierarchy.event("CEN", ({ action }) => action === "dialling");
  const file = join(hierarchy.root, `CEN/SMS/Inboxes/Schedule.box/Outboxes/RASISDN/${dialling.request}.SRS`);
  await hierarchy.until("CEN", async () => JSON.parse(await readFile(file, "utf8")).reason !== "");
  expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({
    status: "CONNECTING",
    reason: "dialling site CHI",
  });
});
