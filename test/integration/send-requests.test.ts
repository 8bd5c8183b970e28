/**
 * An administrator changes their mind about what is being sent or waits to be: held, released, cancelled. Seen on real
 * sites.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import type { PackageId } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import { scheduleFiles } from "../support/schedule-files.ts";
import {
  act,
  bigSource,
  chicago,
  closed,
  contentRequest,
  isUnderWay,
  slow,
  topology,
} from "../support/send-request-hierarchy.ts";
import { test } from "../support/temporary-folder.ts";
import { makeSource, TestHierarchy } from "../support/test-hierarchy.ts";

/** At the target: what it held of a request is gone before it expires. */
const isGivenUp = (id: string) => (event: JournalEvent) =>
  event.action === "deleted" && event.request === id && event.text === "its sender gave it up";

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
