/**
 * What an address and its sender allow, seen on a package between two real sites.
 */
import { randomBytes } from "node:crypto";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import type { JournalEvent } from "../../domain/journal.ts";
import { standardSender } from "../../domain/sender-settings.ts";
import { test } from "../support/temporary-folder.ts";
import { makeSource, type Point, TestHierarchy } from "../support/test-hierarchy.ts";

/** Friday 17:30 in New York, where CEN is, at 3,600 times real time: an hour takes a second. */
const topology = (addresses: string, scale = 3600) => `
name: senders
clock: { start: "2003-11-07T17:30:00-05:00", scale: ${scale} }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  CHI: { type: primary, parent: CEN, timeZone: America/New_York, distributionPoints: [CHIDP] }
  MKE: { type: secondary, parent: CEN, timeZone: America/New_York, distributionPoints: [MKEDP] }
addresses:
${addresses}
`;
const chicago: readonly Point[] = [["CHI", "CHIDP"]];
const newYork = (time: string) => Date.parse(`2003-11-${time}-05:00`);

/** A source that does not compress. */
async function bigSource(folder: string, bytes: number, name = "big"): Promise<string> {
  const source = join(folder, name);
  await mkdir(source);
  await writeFile(join(source, "content.bin"), randomBytes(bytes));
  return source;
}

/** Content on its way from CEN, not the small files of definitions. */
const isContent = ({ component, action, bytes = 0 }: JournalEvent) =>
  component.endsWith("_SENDER") && action === "sending" && bytes > 50_000;

test("medium waits until its address opens, says until when, and nothing leaves before", async ({
  folder,
}) => {
  // At 60 times real time there are minutes to see it wait; then the clock is advanced.
  await using hierarchy = await TestHierarchy.start(
    folder,
    topology("  - { from: CEN, to: CHI, schedule: { Mon-Fri 08-20: high only } }", 60),
  );
  const id = await hierarchy.addPackage(await makeSource(folder), chicago);
  const waits = await hierarchy.event(
    "CEN",
    ({ action, packages }) => action === "waiting" && packages?.[0] === id,
  );
  expect(waits).toMatchObject({ component: "SMS_SCHEDULER", text: "high only until Fri 20:00" });
  expect(waits.file).toMatch(/Schedule\.box\/Requests\/2___\w+CEN\.SRQ$/);
  await hierarchy.running.setTime({ emulatedMs: newYork("07T20:00:00") });
  await hierarchy.arrived(id, 1);
  const sent = (await hierarchy.events("CEN")).filter(
    ({ action, peer }) => action === "sending" && peer === "CHI",
  );
  expect(sent.length).toBeGreaterThan(0);
  for (const { emulatedMs } of sent) expect(emulatedMs).toBeGreaterThanOrEqual(newYork("07T20:00:00"));
});

test("high goes at once where medium waits", async ({ folder }) => {
  await using hierarchy = await TestHierarchy.start(
    folder,
    topology("  - { from: CEN, to: CHI, schedule: { Mon-Sun 00-24: high only } }"),
  );
  const medium = await hierarchy.addPackage(await makeSource(folder), chicago, { Name: "Medium" });
  const high = await hierarchy.addPackage(join(folder, "source"), chicago, { Name: "High", Priority: 1 });
  await hierarchy.event("CHI", ({ action, packages }) => action === "installed" && packages?.[0] === high);
  const [state] = await hierarchy.site("CEN").provider.copies(medium);
  expect(state).toMatchObject({ state: "pending" });
});

test("a transfer stops when its window closes and goes on from the byte it had when it opens", async ({
  folder,
}) => {
  // At 60 times real time the window is open for four and a half minutes more; then the clock is advanced.
  await using hierarchy = await TestHierarchy.start(
    folder,
    topology("  - { from: CEN, to: CHI, schedule: { daily 22-23: closed }, rate: 8 kbit/s }", 60),
  );
  const id = await hierarchy.addPackage(await bigSource(folder, 4_000_000), chicago);
  await hierarchy.event(
    "CEN",
    ({ action, bytes = 0, offset = 0 }) => action === "progress" && bytes > 50_000 && offset > 0,
  );
  await hierarchy.running.setTime({ emulatedMs: newYork("07T22:00:00") });
  const stopped = await hierarchy.event(
    "CEN",
    ({ action, text, file }) =>
      action === "renamed" && text === "closed until Fri 23:00" && file?.includes("Requests") === true,
  );
  const held = await stat(
    join(hierarchy.root, `CHI/SMS/Inboxes/Despoolr.box/Receive/${stopped.request}.PCK`),
  );
  expect(held.size).toBeLessThan(4_000_000);
  await hierarchy.running.setTime({ emulatedMs: newYork("07T23:00:00"), scale: 3600 });
  const again = await hierarchy.event(
    "CEN",
    (event) => isContent(event) && event.sequence > stopped.sequence,
  );
  expect(again.emulatedMs).toBeGreaterThanOrEqual(newYork("07T23:00:00"));
  expect(again.offset).toBeGreaterThan(0);
  await hierarchy.arrived(id, 1);
  expect((await hierarchy.events("CHI")).filter(({ action }) => action === "stored")).toHaveLength(1);
});

test("a high request queued behind a hundred medium ones starts next, and the running one is not pre-empted", async ({
  folder,
}) => {
  // The first alone takes minutes, until all are queued; then time is made to fly.
  await using hierarchy = await TestHierarchy.start(
    folder,
    topology("  - { from: CEN, to: CHI, rate: 800 kbit/s }", 1),
  );
  const source = await bigSource(folder, 40_000_000);
  const first = await hierarchy.addPackage(source, chicago, { Name: "First" });
  await hierarchy.event("CEN", isContent);
  const small = await bigSource(folder, 60_000, "small");
  for (let index = 0; index < 100; index++) {
    await hierarchy.addPackage(small, chicago, { Name: `Medium ${index}` });
  }
  const queued = (priority: "1" | "2", count: number) => {
    const jobs = new Set<string>();
    const requests = new Set<string>();
    return hierarchy.event("CEN", ({ action, job = "", file = "", request = "", sourceVersion }) => {
      if (action !== "created") return false;
      if (file.endsWith(".JOB") && sourceVersion !== undefined) jobs.add(job);
      if (file.endsWith(".SRQ") && jobs.has(job) && request.startsWith(priority)) requests.add(request);
      return requests.size === count;
    });
  };
  await queued("2", 101); // the first too
  const high = await hierarchy.addPackage(small, chicago, { Name: "High", Priority: 1 });
  await queued("1", 1);
  await hierarchy.running.setTime({ scale: 3600 });
  await hierarchy.event("CHI", ({ action, packages }) => action === "installed" && packages?.[0] === high);
  const order = (await hierarchy.events("CEN")).filter(isContent).map(({ packages }) => packages?.[0]);
  expect(order.slice(0, 2)).toEqual([first, high]);
  const ended = (await hierarchy.events("CEN")).filter(
    ({ action, bytes = 0 }) => action === "completed" && bytes > 50_000,
  );
  expect(ended[0]?.packages).toEqual([first]);
});

test("low waits through medium and high hours, while medium goes", async ({ folder }) => {
  await using hierarchy = await TestHierarchy.start(
    folder,
    topology("  - { from: CEN, to: CHI, schedule: { Mon-Fri 08-20: medium and high } }", 60),
  );
  const low = await hierarchy.addPackage(await makeSource(folder), chicago, { Name: "Low", Priority: 3 });
  const waits = await hierarchy.event(
    "CEN",
    ({ action, packages }) => action === "waiting" && packages?.[0] === low,
  );
  expect(waits.text).toBe("medium and high until Fri 20:00");
  const medium = await hierarchy.addPackage(join(folder, "source"), chicago, { Name: "Medium" });
  await hierarchy.event("CHI", ({ action, packages }) => action === "installed" && packages?.[0] === medium);
  await hierarchy.running.setTime({ emulatedMs: newYork("07T20:00:00"), scale: 3600 });
  await hierarchy.arrived(low, 1);
  const sent = (await hierarchy.events("CEN")).filter(
    ({ action, packages, peer }) => action === "sending" && peer === "CHI" && packages?.[0] === low,
  );
  for (const { emulatedMs } of sent) expect(emulatedMs).toBeGreaterThanOrEqual(newYork("07T20:00:00"));
});

/** A line that nobody answers, and the network for when it has failed. */
const deafLine = (lanSchedule: string) =>
  topology(
    `  - { from: CEN, to: CHI, sender: RASISDN, line: { speed: 64 kbit/s, dial: 1 s, noAnswer: 100% } }
  - { from: CEN, to: CHI, schedule: { daily: "${lanSchedule}" } }`,
  );

test("when an address has failed, the next by relative priority stands in where its schedule lets it", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder, deafLine("all"));
  const id = await hierarchy.addPackage(await makeSource(folder), chicago);
  await hierarchy.arrived(id, 1);
  const events = (await hierarchy.events("CEN")).filter(({ packages }) => packages?.[0] === id);
  const allFailed = events.filter(({ action, peer }) => action === "failed" && peer === "CHI");
  const failed = allFailed.filter(({ request }) => request === allFailed[0]?.request);
  expect(failed.map(({ text }) => text?.replace(/(Fri|Sat) \d\d:\d\d:\d\d/, "<time>"))).toEqual([
    "site CHI does not answer; retry 1 of 2 at <time>",
    "site CHI does not answer; retry 2 of 2 at <time>",
    "site CHI does not answer; the address rests until <time>",
  ]);
  const sent = events.filter(({ action, peer }) => action === "sending" && peer === "CHI");
  expect(new Set(sent.map(({ component }) => component))).toEqual(new Set(["SMS_LAN_SENDER"]));
});

test("the next address does not stand in where its schedule keeps it from that", async ({ folder }) => {
  await using hierarchy = await TestHierarchy.start(folder, deafLine("all, no backup"));
  const id = await hierarchy.addPackage(await makeSource(folder), chicago);
  const waits = await hierarchy.event(
    "CEN",
    ({ action, component, packages }) =>
      action === "waiting" && component === "SMS_SCHEDULER" && packages?.[0] === id,
  );
  expect(waits.text).toMatch(
    /^RASISDN: failed, rests until (Fri|Sat) \d\d:\d\d:\d\d; LAN: may not stand in now$/,
  );
  // When it has rested it is tried again, and the other still not.
  const isDialledAgain = ({ action, sequence, peer }: JournalEvent) =>
    action === "dialling" && sequence > waits.sequence && peer === "CHI";
  await hierarchy.event("CEN", isDialledAgain);
  const sent = (await hierarchy.events("CEN")).filter(
    ({ action, peer }) => action === "sending" && peer === "CHI",
  );
  expect(sent).toEqual([]);
});

test("a sending that keeps to what it found when it began goes on when its window closes, and the next one waits", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(
    folder,
    topology("  - { from: CEN, to: CHI, schedule: { daily 22-23: closed }, rate: 8 kbit/s }", 60),
    { CEN: { LAN: { ...standardSender, whenAddressChanges: "finish" } } },
  );
  const id = await hierarchy.addPackage(await bigSource(folder, 2_000_000), chicago);
  await hierarchy.event(
    "CEN",
    ({ action, bytes = 0, offset = 0 }) => action === "progress" && bytes > 50_000 && offset > 0,
  );
  await hierarchy.running.setTime({ emulatedMs: newYork("07T22:00:00") });
  const next = await hierarchy.addPackage(await makeSource(folder), chicago, { Name: "Next" });
  const waits = await hierarchy.event(
    "CEN",
    ({ action, packages, text }) =>
      action === "waiting" && packages?.[0] === next && text === "closed until Fri 23:00",
  );
  expect(waits.component).toBe("SMS_SCHEDULER");
  await hierarchy.running.setTime({ scale: 3600 });
  const done = await hierarchy.event(
    "CEN",
    ({ action, packages, bytes = 0 }) => action === "completed" && packages?.[0] === id && bytes > 50_000,
  );
  expect(done.emulatedMs).toBeGreaterThan(newYork("07T22:00:00"));
  const starts = (await hierarchy.events("CEN")).filter(isContent);
  expect(starts.map(({ offset }) => offset)).toEqual([0]); // once, from its first byte to its last
});

test("a RAS sender has one line: it dials, serves one site after the other, and hangs up when nothing waits", async ({
  folder,
}) => {
  const line = "line: { speed: 64 kbit/s, dial: 20 s, hangUpAfter: 60 s }";
  await using hierarchy = await TestHierarchy.start(
    folder,
    topology(
      `  - { from: CEN, to: CHI, sender: RASISDN, ${line} }\n  - { from: CEN, to: MKE, sender: RASISDN, ${line} }`,
    ),
  );
  const id = await hierarchy.addPackage(await bigSource(folder, 400_000), [
    ["CHI", "CHIDP"],
    ["MKE", "MKEDP"],
  ]);
  await hierarchy.arrived(id, 1);
  const hungUp = await hierarchy.event(
    "CEN",
    ({ action, text }) => action === "hung up" && !!text?.startsWith("idle"),
  );
  expect(hungUp.text).toMatch(/^idle; connected for \d+\.\d s, \d+\.\d s since the start$/);

  const events = await hierarchy.events("CEN");
  const calls = events.filter(({ action }) => ["dialling", "connected", "hung up"].includes(action));
  expect(new Set(calls.map(({ component }) => component))).toEqual(new Set(["SMS_ISDN_RAS_SENDER"]));
  // One call at a time, each dialled for its 20 seconds.
  for (const [index, { action, emulatedMs, peer }] of calls.entries()) {
    const before = calls[index - 1];
    expect(action).toBe(["dialling", "connected", "hung up"][index % 3]);
    if (action === "dialling") continue;
    expect(peer).toBe(before?.peer);
    if (action === "connected") expect(emulatedMs - (before?.emulatedMs ?? 0)).toBeGreaterThanOrEqual(20_000);
  }
  // Never faster than the line: 400 kB at 8,000 bytes a second.
  for (const { request, emulatedMs } of events.filter(isContent)) {
    const end = events.find((event) => event.action === "completed" && event.request === request);
    expect((end?.emulatedMs ?? 0) - emulatedMs).toBeGreaterThanOrEqual(50_000 * 0.98);
  }
  expect(events.some(({ action, text }) => action === "waiting" && text === "line busy")).toBe(true);
});

test("a limited address has one connection", async ({ folder }) => {
  await using hierarchy = await TestHierarchy.start(
    folder,
    topology("  - { from: CEN, to: CHI, rate: 100% }"),
  );
  const source = await bigSource(folder, 300_000);
  for (let index = 0; index < 4; index++)
    await hierarchy.addPackage(source, chicago, { Name: `Package ${index}` });
  await hierarchy.until(
    "CEN",
    async () =>
      (await hierarchy.events("CEN")).filter(
        ({ action, bytes = 0 }) => action === "completed" && bytes > 50_000,
      ).length === 4,
  );
  let open = 0;
  for (const { action, file, peer } of await hierarchy.events("CEN")) {
    if (peer === "CHI" && action === "completed") open--;
    if (action === "claimed" && file?.endsWith(".SRS")) open++;
    expect(open).toBeLessThanOrEqual(1);
  }
});
