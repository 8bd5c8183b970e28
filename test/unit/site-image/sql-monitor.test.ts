/**
 * SQL Monitor, for as long as a test looks.
 */
import { expect } from "vitest";

import { SqlMonitor } from "../../../site-image/components/sql-monitor.ts";
import { ComponentRun } from "../../support/component-run.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { SitePlace } from "../../support/site-place.ts";
import { test } from "../../support/temporary-folder.ts";

test("a commit leaves nothing asleep behind, however many there are", async ({ folder }) => {
  using site = new SitePlace(folder);
  const clock = new ManualClock();
  const place = { ...site.place, clock };
  await using _run = await ComponentRun.of(site, new SqlMonitor({ place, database: site.database }));
  for (let commit = 0; commit < 100; commit += 1) {
    site.database.run("UPDATE wakeup SET done = 1");
    await clock.advance(1);
  }
  expect(clock.asleep).toBe(1);
});
