/**
 * What is being sent, or waits to be, is withdrawn when there is no more use for it: a newer version came, or the package
 * was deleted. Seen on real sites.
 */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { scheduleFiles } from "../support/schedule-files.ts";
import {
  act,
  bigSource,
  chicago,
  closed,
  contentRequest,
  isUnderWay,
  newYork,
  slow,
  topology,
} from "../support/send-request-hierarchy.ts";
import { test } from "../support/temporary-folder.ts";
import { makeSource, TestHierarchy } from "../support/test-hierarchy.ts";

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
