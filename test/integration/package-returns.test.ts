/**
 * A package that is taken off a site and comes back, the same version.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { expectSameTree } from "../support/same-tree.ts";
import { test } from "../support/temporary-folder.ts";
import { makeSource, TestHierarchy } from "../support/test-hierarchy.ts";

test("a distribution point that comes back gets the version again, though its site let go of its copy", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder);
  const source = await makeSource(folder);
  const id = await hierarchy.addPackage(source);
  await hierarchy.arrived(id, 1);
  const keys = `PackageID='${id}',SiteCode='MKE',ServerName='MKEDP'`;
  expect((await hierarchy.ask("CEN", "DELETE", `wmi/SMS_DistributionPoint(${keys})`)).status).toBe(204);
  await hierarchy.event("MKE", ({ action, file }) => action === "deleted" && file === `SMSPKG/${id}.PKG`);
  const point = { PackageID: id, SiteCode: "MKE", ServerName: "MKEDP" };
  expect((await hierarchy.ask("CEN", "POST", "wmi/SMS_DistributionPoint", point)).status).toBe(201);
  let stored = 0;
  await hierarchy.event("MKE", ({ action }) => action === "stored" && ++stored === 2);
  await hierarchy.arrived(id, 1);
  await expectSameTree(source, hierarchy.share(["MKE", "MKEDP"], id));
});

test("a site whose compressed copy has vanished asks for it again when a site below it wants the package", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder);
  const source = await makeSource(folder);
  const id = await hierarchy.addPackage(source, [["CHI", "CHIDP1"]]);
  await hierarchy.arrived(id, 1);
  await rm(join(hierarchy.root, "CHI/SMSPKG", `${id}.PKG`));
  const point = { PackageID: id, SiteCode: "MKE", ServerName: "MKEDP" };
  expect((await hierarchy.ask("CEN", "POST", "wmi/SMS_DistributionPoint", point)).status).toBe(201);
  await hierarchy.arrived(id, 1);
  await expectSameTree(source, hierarchy.share(["MKE", "MKEDP"], id));
});
