/**
 * A new version of a package goes to a site that holds one of the five before it as what changed since, and whole to any
 * other. Seen on real sites, at what they send.
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect } from "vitest";

import type { PackageId } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import { systemWallClock, until } from "../../orchestrator/wall-clock.ts";
import { expectSameTree } from "../support/same-tree.ts";
import { scheduleFiles } from "../support/schedule-files.ts";
import { unlikeTheirRows } from "../support/site-rest.ts";
import { test } from "../support/temporary-folder.ts";
import { allPoints, type Point, TestHierarchy } from "../support/test-hierarchy.ts";

/** From noon to midnight on Saturday nothing leaves Chicago for Milwaukee. */
const topology = `
name: deltas
clock: { start: "2003-11-07T17:30:00-05:00", scale: 3600 }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  CHI: { type: primary, parent: CEN, timeZone: America/New_York, distributionPoints: [CHIDP1, CHIDP2] }
  MKE: { type: secondary, parent: CHI, distributionPoints: [MKEDP] }
addresses:
  - { from: CHI, to: MKE, schedule: { Sat 12-24: closed } }
`;
const newYork = (time: string) => Date.parse(`2003-11-${time}-05:00`);

const fileBytes = 20_000;
const files = 60;

/** Sixty files that do not compress. */
async function makeSource(folder: string): Promise<string> {
  const source = join(folder, "source");
  await mkdir(join(source, "data"), { recursive: true });
  for (let number = 0; number < files; number++)
    await writeFile(join(source, "data", `${number}.bin`), randomBytes(fileBytes));
  return source;
}

/** Resolves when the time that was set last holds: sites are told of it before. */
async function timeHolds({ running }: TestHierarchy, signal: AbortSignal): Promise<void> {
  const fromMs = running.clock.at(-1)?.emulatedMs ?? 0;
  const holds = async () => running.now() >= fromMs || undefined;
  await until(systemWallClock, { everyMs: 20, withinMs: 30_000, signal }, holds);
}

class Deltas {
  readonly hierarchy: TestHierarchy;
  readonly source: string;
  readonly id: PackageId;
  version = 1;

  private constructor(hierarchy: TestHierarchy, source: string, id: PackageId) {
    this.hierarchy = hierarchy;
    this.source = source;
    this.id = id;
  }

  /** The first version is everywhere. */
  static async start(hierarchy: TestHierarchy, folder: string): Promise<Deltas> {
    const source = await makeSource(folder);
    const deltas = new Deltas(hierarchy, source, await hierarchy.addPackage(source));
    await deltas.arrived();
    return deltas;
  }

  /** Some files are others, one comes, one goes. */
  async refresh(changed = 1): Promise<void> {
    this.version++;
    for (let number = 0; number < changed; number++)
      await writeFile(join(this.source, "data", `${this.version + number}.bin`), randomBytes(fileBytes));
    await writeFile(join(this.source, `only in ${this.version}.txt`), "new");
    await rm(join(this.source, `only in ${this.version - 1}.txt`), { force: true });
    const path = `wmi/SMS_Package('${this.id}')/AdminService.RefreshPkgSource`;
    expect((await this.hierarchy.ask("CEN", "POST", path)).status).toBe(204);
  }

  async arrived(): Promise<void> {
    await this.hierarchy.arrived(this.id, this.version);
    for (const site of ["CEN", "CHI"]) await this.sentAll(site);
  }

  /** The senders of a site have nothing left, and it knows of what they have sent. */
  async sentAll(site: string): Promise<void> {
    await this.hierarchy.until(
      site,
      async () => (await scheduleFiles(this.hierarchy.root, site)).length === 0,
    );
  }

  /** How much a site has sent of a version's content, request by request. */
  async sent(site: string, version = this.version): Promise<number[]> {
    const events = await this.hierarchy.events(site);
    const jobs = new Set(
      events
        .filter(
          ({ action, file, sourceVersion }) =>
            action === "created" && file?.endsWith(".JOB") && sourceVersion === version,
        )
        .map(({ job }) => job),
    );
    const isContent = ({ action, file }: { action: string; file?: string | undefined }) =>
      action === "created" && file?.endsWith(".P00");
    return events.filter((event) => isContent(event) && jobs.has(event.job)).map(({ bytes = 0 }) => bytes);
  }

  copy(site: string): string {
    return join(this.hierarchy.root, site, "SMSPKG", `${this.id}.PKG`);
  }

  /** Every place has what is in the source, and SMSPKG of every site what its database says. */
  async expectWhole(): Promise<void> {
    for (const point of allPoints) await expectSameTree(this.source, this.hierarchy.share(point, this.id));
    for (const site of ["CEN", "CHI", "MKE"]) {
      expect(await unlikeTheirRows(join(this.hierarchy.root, site)), site).toEqual([]);
      expect((await readFile(this.copy(site))).equals(await readFile(this.copy("CEN"))), site).toBe(true);
    }
  }
}

const whole = files * fileBytes;

test("a new version goes as what changed, from site to site, and what only looks different is not sent", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder, topology);
  const deltas = await Deltas.start(hierarchy, folder);
  expect((await deltas.sent("CEN"))[0]).toBeGreaterThan(0.9 * whole);
  let inodes: number[] = [];
  for (let refreshes = 0; refreshes < 2; refreshes++) {
    for (let number = 10; number < files; number++) {
      const file = join(deltas.source, "data", `${number}.bin`);
      await utimes(file, 1_000_000_000, 1_000_000_000 + number);
      await chmod(file, 0o600);
    }
    await deltas.refresh();
    await deltas.arrived();
    await deltas.expectWhole();
    for (const site of ["CEN", "CHI"]) {
      const [bytes = whole, ...more] = await deltas.sent(site);
      expect(more, site).toEqual([]);
      expect(bytes, site).toBeLessThan(0.03 * whole);
    }
    const inode = (point: Point) =>
      stat(join(hierarchy.share(point, deltas.id), "data/50.bin")).then(({ ino }) => ino);
    const now = await Promise.all(allPoints.map(inode));
    if (refreshes > 0) expect(now, "what is the same is not written again").toEqual(inodes);
    inodes = now;
  }
});

describe("a site that could not be reached for a while", () => {
  test.for([
    [5, "gets all that changed since then at once, five versions back"],
    [6, "gets the whole package, six versions back"],
  ] as const)("%i versions: %s", async ([behind], { folder, signal }) => {
    await using hierarchy = await TestHierarchy.start(folder, topology);
    const deltas = await Deltas.start(hierarchy, folder);
    await hierarchy.running.setTime({ emulatedMs: newYork("08T12:00:00"), scale: 60 });
    await timeHolds(hierarchy, signal); // else a quick refresh would go out before noon
    for (let refreshes = 0; refreshes < behind; refreshes++) {
      await deltas.refresh();
      const isStored = ({ action, sourceVersion }: { action: string; sourceVersion?: number | undefined }) =>
        action === "stored" && sourceVersion === deltas.version;
      await hierarchy.event("CHI", isStored);
      await deltas.sentAll("CEN");
    }
    await hierarchy.running.setTime({ emulatedMs: newYork("09T00:00:00"), scale: 3600 });
    await deltas.arrived();
    await deltas.expectWhole();
    const [toChicago = whole] = await deltas.sent("CEN");
    expect(toChicago).toBeLessThan(0.03 * whole);
    const [bytes = 0] = await deltas.sent("CHI");
    const stored = (await hierarchy.events("MKE")).filter(({ action }) => action === "stored");
    expect(stored.map(({ sourceVersion }) => sourceVersion)).toEqual([1, 1 + behind]);
    if (behind > 5) expect(bytes).toBeGreaterThan(0.9 * whole);
    else expect(bytes).toBeLessThan(0.03 * behind * whole);
  });
});

test("a site whose compressed copy is damaged or gone says so and gets the whole package, then what changed again", async ({
  folder,
}) => {
  await using hierarchy = await TestHierarchy.start(folder, topology);
  const deltas = await Deltas.start(hierarchy, folder);
  for (const lose of [(copy: string) => writeFile(copy, randomBytes(1000)), (copy: string) => rm(copy)]) {
    await lose(deltas.copy("CHI"));
    await deltas.refresh();
    await deltas.arrived();
    await deltas.expectWhole();
    const sizes = await deltas.sent("CEN");
    expect(sizes.map((bytes) => bytes > 0.9 * whole)).toEqual([false, true]);
  }
  const { body } = await hierarchy.ask("CHI", "GET", "wmi/SMS_StatusMessage");
  const failed = (body as { value: { MessageID: number; PackageID: string }[] }).value.filter(
    ({ MessageID, PackageID }) => MessageID === 4402 && PackageID === deltas.id,
  );
  expect(failed).toHaveLength(2);
  await deltas.refresh();
  await deltas.arrived();
  const [bytes = whole] = await deltas.sent("CEN");
  expect(bytes).toBeLessThan(0.03 * whole);
});

test("a version that is refreshed while it is sent is what the next one starts from", async ({
  folder,
  signal,
}) => {
  const slow = "  - { from: CEN, to: CHI, rate: 64 kbit/s }\n";
  await using hierarchy = await TestHierarchy.start(folder, topology + slow);
  const deltas = await Deltas.start(hierarchy, folder);
  await hierarchy.running.setTime({ scale: 2 }); // twenty seconds and more for what changes
  await timeHolds(hierarchy, signal);
  await deltas.refresh(20);
  const isUnderWay = ({ action, bytes = 0, offset = 0 }: JournalEvent) =>
    action === "progress" && bytes > 10 * fileBytes && bytes < whole / 2 && offset > 0;
  await hierarchy.event("CEN", isUnderWay);
  await deltas.refresh();
  await hierarchy.event(
    "CEN",
    ({ action, file, sourceVersion }) =>
      action === "created" && !!file?.endsWith(".JOB") && sourceVersion === 3,
  );
  await hierarchy.running.setTime({ scale: 3600 });
  await deltas.arrived();
  await deltas.expectWhole();
  const stored = (await hierarchy.events("CHI")).filter(({ action }) => action === "stored");
  expect(stored.map(({ sourceVersion }) => sourceVersion)).toEqual([1, 2, 3]);
  const [fromFirst = whole, fromSecond = whole, ...more] = await deltas.sent("CEN");
  expect(more).toEqual([]);
  expect(fromFirst).toBeGreaterThan(20 * fileBytes);
  expect(fromSecond).toBeLessThan(2 * fileBytes);
});
