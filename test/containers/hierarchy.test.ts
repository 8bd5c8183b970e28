/**
 * Three sites in three containers: a package arrives, also where a site is killed while it is on its way.
 */
import { expect, inject } from "vitest";

import type { PackageId } from "../../domain/identifiers.ts";
import { test } from "../support/temporary-folder.ts";
import { allPoints } from "../support/test-hierarchy.ts";
import { ContainerHierarchy } from "./container-hierarchy.ts";

const image = inject("image");

test("a package of 50 MB arrives whole on every distribution point of three containers", async ({
  folder,
}) => {
  await using hierarchy = await ContainerHierarchy.start(image, folder);
  await hierarchy.makeSource(50);
  const id = await hierarchy.addPackage();
  await hierarchy.arrived(id);

  await expectWhole(hierarchy, id);
});

test.for(["CHI", "CEN"])(
  "site %s, killed while a package goes from CEN to CHI and started again, delivers it whole and once",
  async (victim, { folder }) => {
    await using hierarchy = await ContainerHierarchy.start(image, folder);
    await hierarchy.makeSource(300);
    const id = await hierarchy.addPackage();
    await hierarchy.sending(id);
    await hierarchy.kill(victim);
    await hierarchy.startAgain(victim);
    await hierarchy.arrived(id);

    await expectResumed(hierarchy, id);
    await expectWhole(hierarchy, id);
    await expectOnce(hierarchy, id);
  },
);

async function expectWhole(hierarchy: ContainerHierarchy, id: PackageId): Promise<void> {
  const source = await hierarchy.sourceTree();
  for (const point of allPoints)
    expect(await hierarchy.shareTree(point, id), point.join(" ")).toEqual(source);
}

/** The kill was in the middle: what was sent before it was not sent again. */
async function expectResumed(hierarchy: ContainerHierarchy, id: PackageId): Promise<void> {
  const sendings = (await hierarchy.events("CEN")).filter(
    ({ action, packages, bytes = 0 }) =>
      action === "sending" && packages?.includes(id) && bytes > 300 * 1024 * 1024,
  );
  expect(sendings.length).toBeGreaterThan(1);
  const last = sendings.at(-1);
  expect(last?.offset).toBeGreaterThan(0);
  expect(last?.offset).toBeLessThan(last?.bytes ?? 0);
}

async function expectOnce(hierarchy: ContainerHierarchy, id: PackageId): Promise<void> {
  const happened = (await Promise.all(["CEN", "CHI", "MKE"].map((site) => hierarchy.events(site))))
    .flat()
    .filter(({ action, packages }) => ["stored", "installed"].includes(action) && packages?.includes(id))
    .map(({ site, action, server, sourceVersion }) => `${site} ${action} ${server ?? ""} ${sourceVersion}`);
  expect(happened.sort()).toEqual([
    "CEN installed HQDP 1",
    "CHI installed CHIDP1 1",
    "CHI installed CHIDP2 1",
    "CHI stored  1",
    "MKE installed MKEDP 1",
    "MKE stored  1",
  ]);
}
