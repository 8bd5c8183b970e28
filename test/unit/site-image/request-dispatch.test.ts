import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import type { Clock } from "../../../domain/clock.ts";
import { TimeZone } from "../../../domain/time-zone.ts";
import { RequestDispatch } from "../../../site-image/components/scheduler/request-dispatch.ts";
import { test } from "../../support/site-fixture.ts";

test("a scheduler with nothing to do rests, and does not look again and again", async ({ site, folder }) => {
  const { clock, place, database } = site;
  let sleeps = 0;
  const counting: Clock = {
    now: () => clock.now(),
    realNow: () => clock.realNow(),
    scale: () => clock.scale(),
    sleepReal: (ms, signal) => clock.sleepReal(ms, signal),
    sleep: (ms, signal) => {
      sleeps += 1;
      return clock.sleep(ms, signal);
    },
  };
  const zone = new TimeZone("Etc/UTC");
  const dispatch = new RequestDispatch({ place: { ...place, clock: counting }, database, zone });
  await dispatch.recover();
  const stop = new AbortController();
  const running = dispatch.run(stop.signal);
  await readdir(folder);
  await writeFile(join(place.folders.requests, "stray.txt"), ""); // makes it look once more
  // One look reads a folder once, so who goes on looking has had its chance a few hundred times.
  for (let turn = 0; turn < 500; turn++) await readdir(folder);
  stop.abort();
  await running;

  expect(sleeps).toBeGreaterThan(0);
  expect(sleeps).toBeLessThan(10);
});
