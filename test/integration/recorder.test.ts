/**
 * The recorder at every receiver (test/support/traffic-recorder.ts), on real sites: it sees what comes, and by other
 * addresses than those it came by, it would have been a fault. That every hierarchy of the tests ends with its check is
 * what the other tests here rest on.
 */
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import type { Address } from "../../domain/address.ts";
import { parseRateLimit } from "../../domain/rate-limit-words.ts";
import { parseSchedule } from "../../domain/schedule-words.ts";
import { bytesOf } from "../support/arrivals.ts";
import { test } from "../support/temporary-folder.ts";
import { type Point, TestHierarchy } from "../support/test-hierarchy.ts";
import type { Traffic } from "../support/traffic.ts";
import { faultsIn } from "../support/traffic-check.ts";

const chicago: readonly Point[] = [["CHI", "CHIDP"]];

/** An hour takes a second. */
const topology = (words: string) => `
name: recorder
clock: { start: "2003-11-07T17:30:00-05:00", scale: 3600 }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  CHI: { type: primary, parent: CEN, timeZone: America/Chicago, distributionPoints: [CHIDP] }
addresses:
  - { from: CEN, to: CHI${words} }
`;

/** A source that does not compress. */
async function bigSource(folder: string, bytes: number): Promise<string> {
  const source = join(folder, "big");
  await mkdir(source);
  await writeFile(join(source, "content.bin"), randomBytes(bytes));
  return source;
}

/** The same traffic, had the addresses been others. */
function by(change: Partial<Address>, { records, sendings }: Traffic): Traffic {
  const changed = records.map((record) => {
    if (record.kind !== "news") return record;
    const addresses = record.addresses.map(({ to, addresses }) => ({
      to,
      addresses: addresses.map((address) => ({ ...address, ...change })),
    }));
    return { ...record, addresses };
  });
  return { records: changed, sendings };
}

test("it sees every byte, and says what a closed or a limited address would not have let through", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder, topology(""));
  const id = await hierarchy.addPackage(await bigSource(folder, 5_000_000), chicago);
  await hierarchy.arrived(id, 1);
  const traffic = await hierarchy.traffic();
  const received = (await hierarchy.events("CHI")).filter(({ action }) => action === "received");
  const content = received.find(({ bytes = 0 }) => bytes > 4_000_000)?.request;
  const arrivals = traffic.records.filter((record) => record.kind === "arrival");

  expect(bytesOf(arrivals.filter(({ request }) => request === content))).toBe(
    received.reduce((sum, { request, bytes = 0 }) => sum + (request === content ? bytes : 0), 0),
  );
  expect(faultsIn(traffic)).toEqual([]);
  const closed = faultsIn(by({ schedule: parseSchedule({ "daily 00-24": "high only" }) }, traffic));
  expect(closed).toContainEqual(expect.objectContaining({ why: "closed", site: "CHI", from: "CEN" }));
  expect(closed.filter(({ request }) => request.startsWith("1"))).toEqual([]);
  const slow = faultsIn(by({ rateLimit: parseRateLimit("8 kbit/s") }, traffic));
  expect(slow).toContainEqual(expect.objectContaining({ why: "too fast", site: "CHI", from: "CEN" }));
});

test("a package that goes through closed hours and hours of other limits arrives without a byte too many", async ({
  folder,
}) => {
  // Every other hour is closed, to medium at least, and no open one carries all of it: 3.6 MB, or 7.2 MB.
  const every = (step: number, words: string) =>
    Array.from({ length: 24 / step }, (_, index) => {
      const two = (hour: number) => String(hour).padStart(2, "0");
      return `"daily ${two(step * index + step - 1)}-${two(step * index + step)}": ${words}`;
    }).join(", ");
  const hours = `${every(2, "closed")}, "Mon-Sun 21-22": high only`;
  const rates = `"daily 00-24": 16 kbit/s, ${every(3, "8 kbit/s")}`;
  await using hierarchy = await TestHierarchy.start(
    folder,
    topology(`, schedule: { ${hours} }, rate: { ${rates} }`),
  );
  const id = await hierarchy.addPackage(await bigSource(folder, 12_000_000), chicago);
  await hierarchy.arrived(id, 1);
  const resumed = (await hierarchy.events("CEN")).filter(
    ({ action, offset = 0 }) => action === "sending" && offset > 0,
  );

  expect(resumed.length).toBeGreaterThan(0);
});
