/**
 * A sending that failed, and its site started again before the delay of its retry is over.
 */
import { expect } from "vitest";

import { siteCode } from "../../domain/identifiers.ts";
import type { SendRequestStatus } from "../../domain/send-request.ts";
import { changeWay, cutLink } from "../../orchestrator/link-change.ts";
import { test } from "../support/temporary-folder.ts";
import { makeSource, TestHierarchy } from "../support/test-hierarchy.ts";

const topology = `
name: retries
clock: { start: "2003-11-07T17:30:00-05:00", scale: 60 }
defaults: { site: { senders: { LAN: { retryDelay: 30 min } } } }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  CHI: { type: primary, parent: CEN, timeZone: America/New_York, distributionPoints: [CHIDP] }
`;

test("a retry that was to come at a moment comes no sooner because the site was started again", async ({
  folder,
}) => {
  const failed: SendRequestStatus[] = [];
  {
    await using hierarchy = await TestHierarchy.start(folder, topology);
    await changeWay(hierarchy.site("CEN"), siteCode.parse("CHI"), cutLink);
    await hierarchy.addPackage(await makeSource(folder), [["CHI", "CHIDP"]]);
    await hierarchy.until("CEN", async () => {
      const requests = await hierarchy.site("CEN").sendRequests();
      failed.splice(0, Number.POSITIVE_INFINITY, ...requests.filter(({ nextTryMs }) => nextTryMs !== null));
      return failed.length === 2; // its definition and its content
    });
  }
  await using hierarchy = await TestHierarchy.start(folder, topology);
  await hierarchy.running.setTime({ emulatedMs: Math.max(...failed.map((one) => one.nextTryMs ?? 0)) });

  for (const { request, nextTryMs } of failed) {
    let starts = 0;
    const again = await hierarchy.event("CEN", ({ action, file = "" }) => {
      if (action === "started") starts++;
      return starts === 2 && action === "claimed" && file.includes(request);
    });
    expect(again.emulatedMs).toBeGreaterThanOrEqual(nextTryMs ?? Number.NaN);
  }
});
