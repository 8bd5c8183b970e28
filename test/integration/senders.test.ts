/**
 * What an address and its sender allow, seen on a package between two real sites.
 */
import { randomBytes } from "node:crypto";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import type { JournalEvent } from "../../domain/journal.ts";
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
  await using hierarchy = await TestHierarchy.start(
    folder,
    topology("  - { from: CEN, to: CHI, schedule: { Mon-Fri 08-20: high only } }"),
  );
  const id = await hierarchy.addPackage(await makeSource(folder), chicago);
  const waits = await hierarchy.event(
    "CEN",
    ({ action, packages }) => action === "waiting" && packages?.[0] === id,
  );
  expect(waits).toMatchObject({ component: "SMS_SCHEDULER", text: "high only until Fri 20:00" });
  expect(waits.file).toMatch(/Schedule\.box\/Requests\/2___\w+CEN\.SRQ$/);
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

test("a high request queued behind medium ones starts next, and the running one is not pre-empted", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(
    folder,
    topology("  - { from: CEN, to: CHI, rate: 800 kbit/s }"),
  );
  const source = await bigSource(folder, 200_000_000);
  const first = await hierarchy.addPackage(source, chicago, { Name: "First" });
  await hierarchy.event("CEN", isContent);
  const small = await bigSource(folder, 100_000, "small");
  const medium = [];
  for (let index = 0; index < 10; index++) {
    medium.push(await hierarchy.addPackage(small, chicago, { Name: `Medium ${index}` }));
  }
  for (const id of medium) {
    const isQueued = ({ action, packages, file }: JournalEvent) =>
      action === "created" && packages?.[0] === id && /Outboxes\/LAN\/.*SRQ$/.test(file ?? "");
    await hierarchy.event("CEN", isQueued);
  }
  const high = await hierarchy.addPackage(small, chicago, { Name: "High", Priority: 1 });
  await hierarchy.event("CHI", ({ action, packages }) => action === "installed" && packages?.[0] === high);
  const order = (await hierarchy.events("CEN")).filter(isContent).map(({ packages }) => packages?.[0]);
  expect(order.slice(0, 2)).toEqual([first, high]);
  const ended = (await hierarchy.events("CEN")).filter(
    ({ action, bytes = 0 }) => action === "completed" && bytes > 50_000,
  );
  expect(ended[0]?.packages).toEqual([first]);
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
