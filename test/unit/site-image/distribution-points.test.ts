import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { serverName } from "../../../domain/identifiers.ts";
import { DistributionPoints } from "../../../site-image/components/distribution-manager/distribution-points.ts";
import { PackageShare } from "../../../site-image/content/package-share.ts";
import { ReplicationOutbox } from "../../../site-image/inboxes/replication-outbox.ts";
import { definitionOf } from "../../support/package-definition.ts";
import { test as siteTest } from "../../support/site-fixture.ts";

const server = serverName.parse("CHIDP1");
const definition = definitionOf();
const fill = (staging: string) => writeFile(join(staging, "readme.txt"), "version 1");

/** The distribution point of site CHI, as clients and as Distribution Manager see it. */
const test = siteTest
  .extend("share", async ({ site }) => {
    const folder = site.place.folders.packageShare(server);
    await mkdir(folder, { recursive: true });
    return new PackageShare(folder);
  })
  .extend("points", ({ site }) => {
    const { place, database } = site;
    return new DistributionPoints({
      place,
      database,
      outbox: new ReplicationOutbox(database),
      parent: null,
      servers: [server],
    });
  });

test("a package is taken off though a run died between installing it and noting so", async ({
  share,
  points,
}) => {
  await share.install(definition.id, 1, fill);
  await points.uninstallBut(definition, []);
  expect(existsSync(share.path(definition.id))).toBe(false);
});

test("a package that comes back is installed though a run died between taking it off and noting so", async ({
  share,
  points,
}) => {
  await points.install(definition, server, fill);
  await share.remove(definition.id);
  await points.install(definition, server, fill);
  expect(await readFile(join(share.path(definition.id), "readme.txt"), "utf8")).toBe("version 1");
});

test("a redistribution is not done again though a run died between installing it and noting so", async ({
  share,
  points,
  site,
}) => {
  const again = { ...definition, redistribution: 1 };
  await points.install(definition, server, fill);
  await share.install(definition.id, 1, fill, { redistribution: 1 });
  let filled = 0;
  await points.install(again, server, async () => void filled++);
  expect(filled).toBe(0);
  const told = [...site.events()].filter((event) => event.server === server);
  expect(told.map(({ action }) => action)).toEqual(["installed", "recorded"]);
  await points.install({ ...again, redistribution: 2 }, server, async () => void filled++);
  expect(filled).toBe(1);
});
