/**
 * A site whose folder is lost and that comes back empty under its old code.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { expectSameTree } from "../support/same-tree.ts";
import { test } from "../support/temporary-folder.ts";
import { allPoints, makeSource, TestHierarchy } from "../support/test-hierarchy.ts";

test("a site that lost its folder is attached again and gets every package it should have", async ({
  folder,
}) => {
  const source = await makeSource(folder);
  let id: Awaited<ReturnType<TestHierarchy["addPackage"]>>;
  {
    await using hierarchy = await TestHierarchy.start(folder);
    id = await hierarchy.addPackage(source);
    await hierarchy.arrived(id, 1);
  }
  await rm(join(folder, "root/MKE"), { recursive: true });
  await using hierarchy = await TestHierarchy.start(folder);
  await hierarchy.event("MKE", ({ action }) => action === "installed");
  await expectSameTree(source, hierarchy.share(["MKE", "MKEDP"], id));
  // What it says of itself now is news at the central site, though it once said more.
  const installed = await hierarchy.event("MKE", ({ action }) => action === "installed");
  await hierarchy.event(
    "CEN",
    ({ action, server, realMs }) => action === "recorded" && server === "MKEDP" && realMs > installed.realMs,
  );
  expect(await hierarchy.site("CEN").provider.copies(id)).toHaveLength(allPoints.length);
});
