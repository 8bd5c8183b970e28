/**
 * One clock for all sites of a hierarchy.
 */
import { expect } from "vitest";

import { emulatedAt } from "../../domain/clock.ts";
import { systemWallClock, until } from "../../orchestrator/wall-clock.ts";
import { test } from "../support/temporary-folder.ts";
import { TestHierarchy } from "../support/test-hierarchy.ts";

test("an advance moves every site to the same moment, and a rescale holds at all of them", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder);
  const saturday = Date.parse("2003-11-15T06:00:00-05:00");
  await hierarchy.running.setTime({ emulatedMs: saturday });
  await hierarchy.running.setTime({ scale: 60 });
  const told = await Promise.all(["CEN", "CHI", "MKE"].map((site) => hierarchy.site(site).describe()));
  const far = Date.now() + 3_600_000;
  const [first] = told;
  for (const { clock } of told) expect(clock).toEqual(first?.clock);
  const timeline = first?.clock ?? [];
  expect(timeline.at(-1)?.scale).toBe(60);
  expect(emulatedAt(timeline, far)).toBeGreaterThan(saturday);
  const patience = { everyMs: 20, withinMs: 30_000, signal: new AbortController().signal };
  for (const site of ["CEN", "CHI", "MKE"]) {
    const reached = await until(systemWallClock, patience, async () => {
      const { emulatedMs } = await hierarchy.site(site).describe();
      return emulatedMs !== null && emulatedMs >= saturday ? emulatedMs : undefined;
    });
    expect(reached, site).toBeDefined();
  }
});
