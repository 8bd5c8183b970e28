/**
 * What an administrator does to a package after it was made, seen at every site below.
 */
import { existsSync } from "node:fs";
import { chmod, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import type { JournalEvent } from "../../domain/journal.ts";
import { expectSameTree } from "../support/same-tree.ts";
import { test } from "../support/temporary-folder.ts";
import { allPoints, makeSource, TestHierarchy } from "../support/test-hierarchy.ts";

const installs = (events: readonly JournalEvent[]) =>
  events
    .filter(({ action }) => action === "installed")
    .map(({ server, sourceVersion }) => `${server} ${sourceVersion}`);

test("a refresh takes a new version from the source folder to every distribution point", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder);
  const source = await makeSource(folder);
  const id = await hierarchy.addPackage(source);
  await hierarchy.arrived(id, 1);
  await writeFile(join(source, "readme.txt"), "version 2");
  await rm(join(source, "empty.cfg"));
  expect(
    (await hierarchy.ask("CEN", "POST", `wmi/SMS_Package('${id}')/AdminService.RefreshPkgSource`)).status,
  ).toBe(204);
  await hierarchy.arrived(id, 2);
  for (const point of allPoints) await expectSameTree(source, hierarchy.share(point, id));
  expect(installs(await hierarchy.events("MKE"))).toEqual(["MKEDP 1", "MKEDP 2"]);
});

test("a distribution point that is added gets the version the others have, though the source was edited since", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder);
  const source = await makeSource(folder);
  const id = await hierarchy.addPackage(source, [["CEN", "HQDP"]]);
  await hierarchy.arrived(id, 1);
  await writeFile(join(source, "readme.txt"), "edited, not refreshed");
  const added = await hierarchy.ask("CEN", "POST", "wmi/SMS_DistributionPoint", {
    PackageID: id,
    SiteCode: "MKE",
    ServerName: "MKEDP",
  });
  expect(added.status).toBe(201);
  await hierarchy.arrived(id, 1);
  expect(await readFile(join(hierarchy.share(["MKE", "MKEDP"], id), "readme.txt"), "utf8")).toBe("version 1");
  await expectSameTree(hierarchy.share(["CEN", "HQDP"], id), hierarchy.share(["MKE", "MKEDP"], id));
});

test("a distribution point that is removed loses the package, and the site its compressed copy when it was the last", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder);
  const id = await hierarchy.addPackage(await makeSource(folder));
  await hierarchy.arrived(id, 1);
  const keys = `PackageID='${id}',SiteCode='MKE',ServerName='MKEDP'`;
  expect((await hierarchy.ask("CEN", "DELETE", `wmi/SMS_DistributionPoint(${keys})`)).status).toBe(204);
  await hierarchy.event("MKE", ({ action, file }) => action === "deleted" && file === `SMSPKG/${id}.PKG`);
  await hierarchy.until("CEN", async () => (await hierarchy.site("CEN").provider.copies(id)).length === 3);
  expect(existsSync(hierarchy.share(["MKE", "MKEDP"], id))).toBe(false);
  expect(existsSync(hierarchy.share(["CHI", "CHIDP1"], id))).toBe(true);
});

test("a package that is deleted is gone everywhere, with its files for clients", async ({ folder }) => {
  await using hierarchy = await TestHierarchy.start(folder);
  const source = await makeSource(folder);
  const id = await hierarchy.addPackage(source);
  await hierarchy.arrived(id, 1);
  await hierarchy.event("CEN", ({ file }) => file?.endsWith(`CAP_CEN/Pkginfo.box/${id}.ICO`) === true);
  expect((await hierarchy.ask("CEN", "DELETE", `wmi/SMS_Package('${id}')`)).status).toBe(204);
  await hierarchy.gone(id);
  for (const point of allPoints) expect(existsSync(hierarchy.share(point, id)), point.join()).toBe(false);
  await hierarchy.event(
    "CEN",
    ({ action, file }) => action === "deleted" && !!file?.endsWith(`CAP_CEN/Pkginfo.box/${id}.ICO`),
  );
  await hierarchy.event("MKE", ({ action, file }) => action === "deleted" && file === `SMSPKG/${id}.PKG`);
  expect((await hierarchy.ask("CEN", "GET", `wmi/SMS_Package('${id}')`)).status).toBe(404);
  expect(existsSync(join(source, "readme.txt"))).toBe(true);
});

test("a redistribution installs the same version once more on every distribution point", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder);
  const source = await makeSource(folder);
  const id = await hierarchy.addPackage(source);
  await hierarchy.arrived(id, 1);
  const damaged = hierarchy.share(["MKE", "MKEDP"], id);
  await writeFile(join(damaged, "readme.txt"), "somebody was here");
  await hierarchy.ask("CEN", "POST", `wmi/SMS_Package('${id}')/AdminService.Redistribute`);
  let seen = 0;
  await hierarchy.event("MKE", ({ action }) => action === "installed" && ++seen === 2);
  await expectSameTree(source, damaged);
  expect((await hierarchy.events("MKE")).filter(({ action }) => action === "stored")).toHaveLength(1); // nothing was sent
});

test("programs and names that change travel without the content", async ({ folder }) => {
  await using hierarchy = await TestHierarchy.start(folder);
  const id = await hierarchy.addPackage(await makeSource(folder));
  await hierarchy.arrived(id, 1);
  await hierarchy.ask("CEN", "PATCH", `wmi/SMS_Package('${id}')`, { Name: "Office Service Pack" });
  await hierarchy.ask("CEN", "POST", "wmi/SMS_Program", {
    PackageID: id,
    ProgramName: "Setup",
    CommandLine: "./setup.sh",
  });
  let information = { name: "", programs: [] };
  await hierarchy.until("MKE", async () => {
    information = JSON.parse(await hierarchy.file("MKE", `SMS/Inboxes/Pkginfo.box/${id}.PKG`));
    return information.programs.length === 1;
  });
  expect(information).toMatchObject({
    name: "Office Service Pack",
    programs: [{ name: "Setup", commandLine: "./setup.sh" }],
  });
  expect(installs(await hierarchy.events("MKE"))).toEqual(["MKEDP 1"]);
});

test("a source that has vanished is a status message and a retry, and nothing half-made; when it is back it goes on", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder);
  const source = await makeSource(folder);
  const id = await hierarchy.addPackage(source);
  await hierarchy.arrived(id, 1);
  await rename(source, `${source}-away`);
  await hierarchy.ask("CEN", "POST", `wmi/SMS_Package('${id}')/AdminService.RefreshPkgSource`);
  const waits = await hierarchy.event(
    "CEN",
    ({ action, sourceVersion }) => action === "waiting" && sourceVersion === 2,
  );
  expect(waits.text).toMatch(/retry 1 of 100 in 30 minutes: cannot read .*source/);
  const { body } = await hierarchy.ask("CEN", "GET", "wmi/SMS_StatusMessage");
  expect((body as { value: object[] }).value).toContainEqual(
    expect.objectContaining({ MessageID: 2306, PackageID: id }),
  );
  expect(await readFile(join(hierarchy.share(["CEN", "HQDP"], id), "readme.txt"), "utf8")).toBe("version 1");
  const [headquarters] = await hierarchy.site("CEN").provider.copies(id);
  expect(headquarters).toMatchObject({ server: "HQDP", state: "retrying" });
  await rename(`${source}-away`, source);
  await hierarchy.arrived(id, 2);
});

test("a link that leads out of the source is refused with its path, and a refresh without it goes through", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder);
  const source = await makeSource(folder);
  await symlink("../../etc/passwd", join(source, "fr/leak"));
  const id = await hierarchy.addPackage(source);
  await hierarchy.until("CEN", async () =>
    (await hierarchy.site("CEN").provider.copies(id)).some(
      ({ state, reason }) => state === "failed" && reason.includes("fr/leak"),
    ),
  );
  for (const point of allPoints) expect(existsSync(hierarchy.share(point, id))).toBe(false);
  await rm(join(source, "fr/leak"));
  await hierarchy.ask("CEN", "POST", `wmi/SMS_Package('${id}')/AdminService.RefreshPkgSource`);
  await hierarchy.arrived(id, 2);
});

test("a compressed copy that was damaged on the disk is asked for again, and never reaches a distribution point", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder);
  const source = await makeSource(folder);
  const id = await hierarchy.addPackage(source, [
    ["CEN", "HQDP"],
    ["CHI", "CHIDP1"],
  ]);
  await hierarchy.arrived(id, 1);
  const copy = join(hierarchy.root, "CHI/SMSPKG", `${id}.PKG`);
  const bytes = await readFile(copy);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0xff;
  await chmod(copy, 0o644);
  await writeFile(copy, bytes);
  await hierarchy.ask("CEN", "POST", "wmi/SMS_DistributionPoint", {
    PackageID: id,
    SiteCode: "CHI",
    ServerName: "CHIDP2",
  });
  await hierarchy.arrived(id, 1);
  await expectSameTree(source, hierarchy.share(["CHI", "CHIDP2"], id));
  const stored = (await hierarchy.events("CHI")).filter(({ action }) => action === "stored");
  expect(stored).toHaveLength(2);
});
