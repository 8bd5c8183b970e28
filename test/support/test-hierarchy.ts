/**
 * A hierarchy of real sites in this process, for tests: three in a row unless told otherwise, at 3,600 times real
 * time. What a test waits for is a condition on the journals or on what the SMS Provider says, never a time.
 * Whatever a test is about, it fails at its end where a byte came in a closed hour or above a limit, or where the
 * journals of its sites tell of what must not happen (orchestrator/history/).
 */
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { PackageId, SiteCode } from "../../domain/identifiers.ts";
import { siteCode } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import { embeddedDriver } from "../../orchestrator/drivers/embedded.ts";
import { type RunningHierarchy, startHierarchy } from "../../orchestrator/hierarchy.ts";
import { assertHistory } from "../../orchestrator/history/history-check.ts";
import { historyIn } from "../../orchestrator/history/history-in-folder.ts";
import { loadTopology } from "../../orchestrator/topology/load.ts";
import type { SendersPlan } from "../../orchestrator/topology/sender-words.ts";
import { systemWallClock } from "../../orchestrator/wall-clock.ts";
import type { Traffic, TrafficRecord } from "./traffic.ts";
import { assertAllowed, sendingsOf, TrafficRecorder } from "./traffic-recorder.ts";

export const threeSites = `
name: test
clock: { start: "2003-11-07T17:30:00-05:00", scale: 3600 }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP], managementPoints: [CENMP] }
  CHI: { type: primary, parent: CEN, timeZone: America/Chicago, distributionPoints: [CHIDP1, CHIDP2] }
  MKE: { type: secondary, parent: CHI, distributionPoints: [MKEDP] }
`;

/** Where content of a package should be. */
export type Point = readonly [site: string, server: string];

export const allPoints: readonly Point[] = [
  ["CEN", "HQDP"],
  ["CHI", "CHIDP1"],
  ["CHI", "CHIDP2"],
  ["MKE", "MKEDP"],
];

export class TestHierarchy implements AsyncDisposable {
  readonly root: string;
  readonly running: RunningHierarchy;
  readonly #token: string;
  readonly #recorder: TrafficRecorder;
  readonly #records: readonly TrafficRecord[];

  private constructor(
    root: string,
    running: RunningHierarchy,
    token: string,
    recorder: TrafficRecorder,
    records: readonly TrafficRecord[],
  ) {
    this.root = root;
    this.running = running;
    this.#token = token;
    this.#recorder = recorder;
    this.#records = records;
  }

  /** `senders`: what is set on those of a site, by its code. */
  static async start(
    folder: string,
    topology = threeSites,
    senders: Readonly<Record<string, Partial<SendersPlan>>> = {},
  ): Promise<TestHierarchy> {
    const root = join(folder, "root");
    const file = join(folder, "topology.yaml");
    const administratorToken = "a-token-for-tests-only";
    await writeFile(file, topology);
    await using owned = new AsyncDisposableStack();
    const records: TrafficRecord[] = [];
    const recorder = owned.use(new TrafficRecorder(root, (record) => records.push(record)));
    const loaded = await loadTopology(file);
    const sites = loaded.sites.map((site) => ({
      ...site,
      senders: { ...site.senders, ...senders[site.code] },
    }));
    const running = await startHierarchy({
      topology: { ...loaded, sites },
      driver: embeddedDriver,
      root,
      administratorToken,
      wallClock: systemWallClock,
      signal: new AbortController().signal,
      say: () => {},
    });
    owned.move();
    return new TestHierarchy(root, running, administratorToken, recorder, records);
  }

  /** Asks a site's SMS Provider; the answer's status and body. */
  async ask(
    site: string,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${this.site(site).url}/AdminService/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** Makes a package at CEN; rejects when it is refused. */
  async addPackage(
    source: string,
    points: readonly Point[] = allPoints,
    more: object = {},
  ): Promise<PackageId> {
    const DistributionPoints = points.map(([SiteCode, ServerName]) => ({ SiteCode, ServerName }));
    const { status, body } = await this.ask("CEN", "POST", "wmi/SMS_Package", {
      Name: "Office Update",
      PkgSourcePath: source,
      DistributionPoints,
      ...more,
    });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return (body as { PackageID: PackageId }).PackageID;
  }

  /** Resolves once the central site has heard that every place it wants the package has the version, and no other has any. */
  async arrived(id: PackageId, version: number): Promise<void> {
    const isThere = async () => {
      const copies = await this.site("CEN").provider.copies(id);
      return copies.every(({ state, sourceVersion }) => state === "installed" && sourceVersion === version);
    };
    await this.until("CEN", isThere);
  }

  /** Resolves once the central site has heard that the package is nowhere any more. */
  async gone(id: PackageId): Promise<void> {
    await this.until("CEN", async () => (await this.site("CEN").provider.copies(id)).length === 0);
  }

  /** Asks again with each event of a site, until the answer is yes. */
  async until(site: string, isTrue: () => Promise<boolean>): Promise<void> {
    const stop = new AbortController();
    if (await isTrue()) return;
    for await (const _ of this.site(site).follow(0, stop.signal)) if (await isTrue()) stop.abort();
  }

  /** The first event of a site that `matches`, past or to come. */
  async event(site: string, matches: (event: JournalEvent) => boolean): Promise<JournalEvent> {
    const stop = new AbortController();
    let found: JournalEvent | undefined;
    for await (const event of this.site(site).follow(0, stop.signal)) {
      if (!matches(event)) continue;
      found = event;
      stop.abort();
    }
    if (!found) throw new Error(`the journal of ${site} ended without the event`);
    return found;
  }

  events(site: string): Promise<JournalEvent[]> {
    return this.site(site).keptEvents();
  }

  /** The folder that clients of a distribution point see. */
  share([site, server]: Point, id: PackageId): string {
    return join(this.root, site, "SiteSystems", server, "SMSPKGC$", id);
  }

  file(site: string, path: string): Promise<string> {
    return readFile(join(this.root, site, path), "utf8");
  }

  /** What the recorder has seen so far. */
  async traffic(): Promise<Traffic> {
    const roots = [...this.running.sites.keys()].map((code) => join(this.root, code));
    return { records: this.#records, sendings: (await Promise.all(roots.map(sendingsOf))).flat() };
  }

  site(code: string) {
    return this.running.site(siteCode.parse(code) as SiteCode);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running[Symbol.asyncDispose]();
    this.#recorder[Symbol.dispose]();
    assertAllowed(await this.traffic());
    assertHistory(await historyIn(this.root));
  }
}

/** A small real package source: folders, an empty file, a script, a link inside, a name with an accent. */
export async function makeSource(folder: string, text = "version 1"): Promise<string> {
  const source = join(folder, "source");
  await mkdir(join(source, "fr/aide"), { recursive: true });
  await mkdir(join(source, "empty"), { recursive: true });
  await writeFile(join(source, "readme.txt"), text);
  await writeFile(join(source, "empty.cfg"), "");
  await writeFile(join(source, "setup.sh"), "#!/bin/sh\necho done\n", { mode: 0o755 });
  await writeFile(join(source, "fr/aide/à propos.txt"), "aide\n");
  await symlink("setup.sh", join(source, "install"));
  return source;
}
