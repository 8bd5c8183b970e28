/**
 * A share that takes in no more transfers at a time.
 */

import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { requestId } from "../../domain/identifiers.ts";
import { intakeLimits } from "../../domain/intake-limits.ts";
import { Intake } from "../../site-image/http/intake.ts";
import { test } from "../support/temporary-folder.ts";
import { makeSource, TestHierarchy } from "../support/test-hierarchy.ts";
import { codeOf, RunningShare, someBytes } from "./share/running-share.ts";

describe("a share that takes one transfer at a time", () => {
  const intake = intakeLimits.parse({ transfers: 1 });
  const [first, second] = ["2___1CEN.PCK", "2___2CEN.PCK"] as const;

  test("keeps the place for who made an upload, has others come again, and takes them when it has ended", async ({
    folder,
  }) => {
    await using share = await RunningShare.start(folder, { intake });
    await share.create(first, 1000);
    const refused = await share.create(second, 1000);
    expect(refused.headers.get("Retry-After")).toBe("1");
    expect(await codeOf(refused)).toBe("503 BUSY");

    const held = await share.rawPatch(first, 1000);
    held.write(someBytes(600));
    await expect.poll(() => share.bytesOnDisk(first)).toBe(600);
    expect(await codeOf(await share.create(second, 1000))).toBe("503 BUSY");

    held.write(someBytes(400));
    await expect.poll(() => share.offsetOf(first)).toBe(1000);
    await expect.poll(async () => (await share.create(second, 1000)).status).toBe(201);
    expect((await share.patch(second, 0, someBytes(1000))).status).toBe(204);
    expect((await share.create(second, 1000)).status).toBe(201); // all of it is there, so it needs no place
    expect((await share.create("2___3CEN.PCK", 1000)).status).toBe(201);
  });

  test("keeps it no longer than ten seconds of real time", () => {
    let nowMs = 0;
    const places = new Intake({ realNow: () => nowMs }, intake);
    places.reserve(first);
    nowMs = 9_999;
    expect(() => places.reserve(second)).toThrow("1 are under way");
    nowMs = 10_000;
    places.reserve(second);
    expect(() => places.enter(first)).toThrow("1 are under way");
    {
      using _ = places.enter(second);
      nowMs = 1e9;
      expect(() => places.reserve(first)).toThrow("1 are under way");
    }
    places.reserve(first);
  });

  test("is asked again by a sender without a try being counted, and both packages arrive", async ({
    folder,
  }) => {
    await using hierarchy = await TestHierarchy.start(
      folder,
      `
name: busy
clock: { start: "2003-11-07T17:30:00-05:00", scale: 60 }
sites:
  CEN: { type: primary, distributionPoints: [HQDP] }
  CHI: { type: primary, parent: CEN, distributionPoints: [CHIDP1], share: { transfers: 1 } }
links:
  - { between: [CEN, CHI], bandwidth: 64 kbit/s }
`,
    );
    const chicago = [["CHI", "CHIDP1"]] as const;
    const big = join(folder, "big");
    await mkdir(big);
    await writeFile(join(big, "big.bin"), randomBytes(20_000_000));
    const long = await hierarchy.addPackage(big, chicago, { Name: "Long" });
    await hierarchy.event("CEN", ({ action, bytes = 0, offset = 0 }) => {
      return action === "progress" && bytes > 1_000_000 && offset > 0;
    });
    const other = await hierarchy.addPackage(await makeSource(folder), chicago, { Name: "Other" });
    const waits = await hierarchy.event("CEN", ({ action, component, packages }) => {
      return action === "waiting" && component === "SMS_LAN_SENDER" && packages?.[0] === other;
    });
    expect(waits.text).toMatch(/^site CHI is busy; asked again at /);
    expect(requestId.parse(waits.request)).toMatch(/CEN$/);
    await hierarchy.running.setTime({ scale: 3600 });
    for (const id of [long, other]) await hierarchy.arrived(id, 1);

    const failed = (await hierarchy.events("CEN")).filter(({ action }) => action === "failed");
    expect(failed).toEqual([]);
  });
});

test("one site has half of the places at most, however many it asks for", () => {
  const places = new Intake({ realNow: () => 0 }, intakeLimits.parse({ transfers: 4 }));
  places.reserve("2___1CEN.PCK");
  using _ = places.enter("2___2CEN.PCK");
  expect(() => places.reserve("2___3CEN.PCK")).toThrow("2 are under way");
  places.reserve("2___1CEN.PCK"); // its own again
  places.reserve("2___1MKE.PCK");
  places.reserve("2___1OMA.PCK");
  expect(() => places.reserve("2___1DEN.PCK")).toThrow("4 are under way");
});

test("the more transfers a share takes, the less it gathers of each, and all together what its memory allows", () => {
  const memoryBytes = 8 * 1024 * 1024;
  const intake = new Intake({ realNow: () => 0 }, intakeLimits.parse({ transfers: 400, memoryBytes }));
  const gathered: number[] = [];
  for (let transfers = 1; transfers <= 200; transfers++) {
    intake.enter(`upload ${transfers}`);
    gathered.push(intake.batchBytes);
    expect(2 * transfers * intake.batchBytes).toBeLessThanOrEqual(memoryBytes);
  }
  expect(gathered[0]).toBe(512 * 1024);
  expect(gathered).toEqual(gathered.toSorted((a, b) => b - a));
});
