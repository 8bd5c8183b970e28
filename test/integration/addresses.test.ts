/**
 * The addresses of a topology file, as the sites of a running hierarchy know them.
 */
import { expect } from "vitest";

import { type Address, standardAddress } from "../../domain/address.ts";
import { parseRateLimit } from "../../domain/rate-limit-words.ts";
import { parseSchedule } from "../../domain/schedule-words.ts";
import { test } from "../support/temporary-folder.ts";
import { TestHierarchy } from "../support/test-hierarchy.ts";

const withAddresses = (...addresses: string[]) => `
name: test
clock: { start: "2003-11-07T23:30:00-05:00", scale: 3600 }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  MKE: { type: secondary, parent: CEN, distributionPoints: [MKEDP] }
addresses:
${addresses.map((one) => `  - { ${one} }\n`).join("")}`;

async function addressesOf(hierarchy: TestHierarchy, site: string): Promise<readonly Address[] | undefined> {
  return (await hierarchy.site(site).describe()).neighbours[0]?.addresses;
}

const down = "from: CEN, to: MKE, schedule: { Mon-Fri 07-22: closed }";
const planned = { ...standardAddress, schedule: parseSchedule({ "Mon-Fri 07-22": "closed" }) };

test("each site is told those of its own direction", async ({ folder }) => {
  await using hierarchy = await TestHierarchy.start(folder, withAddresses(down, "from: CEN, to: MKE"));

  expect(await addressesOf(hierarchy, "CEN")).toEqual([planned, standardAddress]);
  expect(await addressesOf(hierarchy, "MKE")).toEqual([standardAddress]);
});

test("a file that was changed takes effect on the next run of the same root", async ({ folder }) => {
  {
    await using hierarchy = await TestHierarchy.start(folder, withAddresses(down));
    expect(await addressesOf(hierarchy, "CEN")).toEqual([planned]);
  }
  await using hierarchy = await TestHierarchy.start(folder, withAddresses(`${down}, rate: 25%`));

  expect(await addressesOf(hierarchy, "CEN")).toEqual([{ ...planned, rateLimit: parseRateLimit("25%") }]);
});
