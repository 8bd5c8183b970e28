/**
 * The emulated WAN of running sites: told over HTTP, kept over restarts, shared by transfers, cut and restored.
 */
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import type { JournalEvent } from "../../domain/journal.ts";
import { noLinks, siteLinks } from "../../domain/link.ts";
import { test } from "../support/temporary-folder.ts";
import { type Point, TestHierarchy } from "../support/test-hierarchy.ts";

const twoSites = (addresses: string, scale: number) => `
name: links
clock: { start: "2003-11-07T17:30:00-05:00", scale: ${scale} }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  CHI: { type: primary, parent: CEN, timeZone: America/New_York, distributionPoints: [CHIDP] }
addresses:
  - { from: CEN, to: CHI, ${addresses} }
`;
const chicago: readonly Point[] = [["CHI", "CHIDP"]];

async function sourceOf(folder: string, bytes: number): Promise<string> {
  const source = join(folder, "big");
  await mkdir(source);
  await writeFile(join(source, "content.bin"), randomBytes(bytes));
  return source;
}

const ofContent = ({ bytes = 0 }: JournalEvent) => bytes > 50_000;

/** Emulated seconds that the content was on its way from CEN, and its bytes. */
async function contentOf(hierarchy: TestHierarchy): Promise<{ bytes: number; seconds: number }> {
  const events = (await hierarchy.events("CEN")).filter(ofContent);
  const started = events.find(({ action }) => action === "sending");
  const completed = events.find(({ action }) => action === "completed");
  if (!started || !completed) throw new Error("no content was sent");
  return { bytes: completed.bytes ?? 0, seconds: (completed.emulatedMs - started.emulatedMs) / 1000 };
}

test("a percent limit is of the bandwidth of the link where one is declared", async ({ folder }) => {
  await using hierarchy = await TestHierarchy.start(folder, twoSites("rate: 25%", 600));
  await hierarchy.site("CEN").setLinks(siteLinks.parse({ to: { CHI: { bytesPerSecond: 40_000 } } }));
  const id = await hierarchy.addPackage(await sourceOf(folder, 3_000_000), chicago);
  await hierarchy.arrived(id, 1);
  const { bytes, seconds } = await contentOf(hierarchy);

  expect(bytes / seconds).toBeLessThan(10_000 * 1.01);
});

test("a cut link fails what is under way, and it goes on from its byte when the link is back", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder, twoSites("rate: 80 kbit/s", 60));
  const id = await hierarchy.addPackage(await sourceOf(folder, 1_000_000), chicago);
  await hierarchy.event("CEN", (event) => event.action === "progress" && ofContent(event) && !!event.offset);
  const cut = siteLinks.parse({ to: { CHI: { isCut: true } } });
  await hierarchy.site("CEN").setLinks(cut);
  const failed = await hierarchy.event("CEN", ({ action }) => action === "failed");
  expect(failed.text).toMatch(/^the link is down; retry 1 of 2 at /);

  expect((await hierarchy.site("CEN").describe()).links).toEqual(cut);
  await hierarchy.site("CEN").setLinks(noLinks);
  await hierarchy.running.setTime({ scale: 3600 });
  await hierarchy.arrived(id, 1);
  const starts = (await hierarchy.events("CEN")).filter(
    (event) => event.action === "sending" && ofContent(event),
  );
  expect(starts.at(-1)?.offset).toBeGreaterThan(0);
});

test("an outage of a site's access link keeps others from reaching it", async ({ folder }) => {
  await using hierarchy = await TestHierarchy.start(folder, twoSites("rate: 80 kbit/s", 3600));
  await hierarchy.site("CHI").setLinks(siteLinks.parse({ down: { isCut: true } }));
  const id = await hierarchy.addPackage(await sourceOf(folder, 100_000), chicago);
  const failed = await hierarchy.event("CEN", ({ action }) => action === "failed");
  expect(failed.text).toContain("site CHI closed the connection");

  await hierarchy.site("CHI").setLinks(noLinks);
  await hierarchy.arrived(id, 1);
});
