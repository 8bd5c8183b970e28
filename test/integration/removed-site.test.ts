/**
 * A child site is removed while things are on their way to it: nothing of it stays, and the sites above know.
 */
import { expect } from "vitest";

import { scheduleFiles } from "../support/schedule-files.ts";
import { test } from "../support/temporary-folder.ts";
import { makeSource, type Point, TestHierarchy } from "../support/test-hierarchy.ts";

const topology = (addresses: string) => `
name: removed
clock: { start: "2003-11-07T17:30:00-05:00", scale: 60 }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  CHI: { type: primary, parent: CEN, timeZone: America/New_York, distributionPoints: [CHIDP] }
  MKE: { type: secondary, parent: CHI, timeZone: America/New_York, distributionPoints: [MKEDP] }
${addresses}
`;
const hq: Point = ["CEN", "HQDP"];
const everywhere: readonly Point[] = [hq, ["CHI", "CHIDP"], ["MKE", "MKEDP"]];

const sitesKnownAt = async (hierarchy: TestHierarchy, site: string) =>
  (await hierarchy.site(site).describe()).sites.map(({ code }) => code);

test("what waits for a child that is removed is withdrawn, and its distribution points leave the packages", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(
    folder,
    topology("addresses: [{ from: CEN, to: CHI, schedule: { daily: closed } }]"),
  );
  const id = await hierarchy.addPackage(await makeSource(folder), everywhere);
  await hierarchy.until("CEN", async () => {
    const requests = await hierarchy.site("CEN").sendRequests();
    return (
      requests.length === 2 && requests.every(({ reason }) => reason === "closed to medium at all hours")
    );
  });

  await hierarchy.site("CEN").removeNeighbour(hierarchy.site("CHI").code);
  await hierarchy.until("CEN", async () => (await scheduleFiles(hierarchy.root, "CEN")).length === 0);
  const withdrawn = (await hierarchy.events("CEN")).filter(({ action }) => action === "withdrawn");
  expect(new Set(withdrawn.map(({ text }) => text))).toEqual(new Set(["site CHI was removed"]));
  expect(await sitesKnownAt(hierarchy, "CEN")).toEqual(["CEN"]);
  expect((await hierarchy.site("CEN").describe()).neighbours).toEqual([]);
  await hierarchy.until("CEN", async () => {
    const copies = await hierarchy.site("CEN").provider.copies(id);
    return copies.length === 1 && copies[0]?.state === "installed";
  });
  await hierarchy.site("CEN").removeNeighbour(hierarchy.site("CHI").code); // again, and nothing more happens
  expect(await scheduleFiles(hierarchy.root, "CEN")).toEqual([]);
});

test("the sites above a parent that removes its child are told, and drop it from their packages", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder, topology(""));
  const id = await hierarchy.addPackage(await makeSource(folder), everywhere);
  await hierarchy.arrived(id, 1);
  await hierarchy.site("CHI").removeNeighbour(hierarchy.site("MKE").code);
  await hierarchy.site("MKE").removeNeighbour(hierarchy.site("CHI").code);
  await hierarchy.until("CEN", async () => !(await sitesKnownAt(hierarchy, "CEN")).includes("MKE" as never));
  expect(await sitesKnownAt(hierarchy, "CHI")).toEqual(["CHI"]);
  const copies = await hierarchy.site("CEN").provider.copies(id);
  expect(copies.map(({ server }) => server).sort()).toEqual(["CHIDP", "HQDP"]);
  // The definition without the point goes down as any change does, and to nobody below.
  await hierarchy.event(
    "CHI",
    ({ action, component, packages, sequence, text }) =>
      action === "recorded" &&
      component === "SMS_DISTRIBUTION_MANAGER" &&
      text === "definition kept" &&
      packages?.[0] === id &&
      sequence > 0,
  );
  await hierarchy.until("CHI", async () => (await scheduleFiles(hierarchy.root, "CHI")).length === 0);
  for (const site of ["CEN", "MKE"]) {
    await hierarchy.until(site, async () => (await scheduleFiles(hierarchy.root, site)).length === 0);
  }
});

test("a site that was removed and is attached again is sent what it is to have", async ({ folder }) => {
  {
    await using hierarchy = await TestHierarchy.start(folder, topology(""));
    await hierarchy.site("CHI").removeNeighbour(hierarchy.site("MKE").code);
    await hierarchy.site("MKE").removeNeighbour(hierarchy.site("CHI").code);
    await hierarchy.until("CEN", async () => (await sitesKnownAt(hierarchy, "CEN")).length === 2);
  }
  await using hierarchy = await TestHierarchy.start(folder, topology(""));
  expect(await sitesKnownAt(hierarchy, "CEN")).toEqual(["CEN", "CHI", "MKE"]);
  const id = await hierarchy.addPackage(await makeSource(folder), everywhere);
  await hierarchy.arrived(id, 1);
});
