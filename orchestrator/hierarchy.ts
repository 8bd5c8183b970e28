/**
 * A topology and a driver become a running hierarchy: its folder claimed, its clock going on from where it was,
 * its sites up and attached, and the central site knowing all of them. `await using` ends it.
 */
import PQueue from "p-queue";

import { type ClockTimeline, emulatedAt, withMoment } from "../domain/clock.ts";
import { subtreeOf } from "../domain/hierarchy.ts";
import type { SiteCode } from "../domain/identifiers.ts";
import { noLinks } from "../domain/link.ts";
import type { SiteDescription } from "../domain/site-face.ts";
import { attach } from "./attach.ts";
import type { Driver, RunningSite, SiteHost, SitePower } from "./drivers/driver.ts";
import { Failure } from "./failure.ts";
import { agreeOnClock, clockFrom, noticeMs, tellAll } from "./hierarchy-clock.ts";
import { keptRecord, unkeptRecord } from "./open-record.ts";
import { SiteClient } from "./site-client.ts";
import { endFaults } from "./site-faults.ts";
import { addressesFrom, type SitePlan, type Topology } from "./topology/plan.ts";
import { until, type WallClock } from "./wall-clock.ts";
import { siteWords } from "./words.ts";

/** For so long, in milliseconds of real time, the central site may hear of no more sites while there are some to come. */
const nextKnownWithinMs = 60_000;

/** How often the clock is asked for, in milliseconds of real time. */
const learnEveryMs = 1_000;

/** How many children are attached at a time: each takes four requests, one after the other. */
const attachedAtOnce = 8;

export type HierarchyOptions = {
  readonly topology: Topology;
  readonly driver: Driver;
  /** An absolute path, made when missing. Empty for a driver that keeps nothing on this machine. */
  readonly root: string;
  /** True where the root is the user's own and stays. */
  readonly isRootKept?: boolean;
  /** Folders of this machine that packages may be made from later, beside those of the topology. */
  readonly sourceFolders?: readonly string[] | undefined;
  /** Default: the one of the last run on this root, else a new one. */
  readonly administratorToken: string | undefined;
  readonly wallClock: WallClock;
  readonly signal: AbortSignal;
  /** Told what is being done, in words. */
  readonly say: (words: string) => void;
};

type Parts = {
  readonly root: string;
  readonly clock: ClockTimeline;
  readonly sites: ReadonlyMap<SiteCode, SiteClient>;
  readonly running: ReadonlyMap<SiteCode, RunningSite>;
  readonly wallClock: WallClock;
  /** The sites, and what they share. */
  readonly ground: AsyncDisposableStack;
  /** What this process has of its own: connections, the record. */
  readonly owned: AsyncDisposableStack;
};

export class RunningHierarchy implements AsyncDisposable {
  readonly root: string;
  readonly sites: ReadonlyMap<SiteCode, SiteClient>;
  readonly #parts: Parts;
  #clock: ClockTimeline;
  #learnedRealMs = 0;

  constructor(parts: Parts) {
    this.root = parts.root;
    this.sites = parts.sites;
    this.#clock = parts.clock;
    this.#parts = parts;
  }

  get clock(): ClockTimeline {
    return this.#clock;
  }

  /** The emulated moment, in milliseconds since the Unix epoch. */
  now(): number {
    return emulatedAt(this.#clock, this.#parts.wallClock.now());
  }

  /**
   * Advances the clock of every site to an emulated moment, gives it another scale, or both. All sites take the jump
   * at the same instant, a little ahead, so that each has heard of it by then. Time never goes back.
   */
  async setTime(change: { readonly emulatedMs?: number; readonly scale?: number }): Promise<void> {
    const timeline = withMoment(this.#clock, { ...change, realMs: this.#parts.wallClock.now() + noticeMs });
    this.#clock = timeline;
    await tellAll(this.sites.values(), timeline);
  }

  /** Somebody else may have changed the clock: asks the first site that answers, at most once a second. */
  async learnClock(): Promise<void> {
    const realMs = this.#parts.wallClock.now();
    if (realMs - this.#learnedRealMs < learnEveryMs) return;
    this.#learnedRealMs = realMs;
    const known = this.#clock;
    const { clock } = (await [...this.sites.values()][0]?.describe().catch(() => undefined)) ?? {};
    const isNewer = (clock?.at(-1)?.realMs ?? 0) > (known.at(-1)?.realMs ?? 0);
    if (clock && isNewer && this.#clock === known) this.#clock = clock;
  }

  /** Throws where the topology has no such site. */
  site(code: SiteCode): SiteClient {
    return siteIn(this.sites, code);
  }

  /** Undefined where the driver cannot end a site by itself. */
  power(code: SiteCode): SitePower | undefined {
    return this.#parts.running.get(code)?.power;
  }

  /** Where a site sees a package source folder of this machine. */
  sourcePath(code: SiteCode, folder: string): string {
    return this.#parts.running.get(code)?.sourcePath?.(folder) ?? folder;
  }

  /** Lets the sites go on without this process. Only where their engine can be asked for them later. */
  async leave(): Promise<void> {
    this.#parts.ground.move(); // to nobody
    await this.#parts.owned.disposeAsync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using _ground = this.#parts.ground; // last, and also where the rest fails
    await this.#parts.owned.disposeAsync();
  }
}

/** Resolves once every site is up, attached and known at the central site. What was started ends if it rejects. */
export async function startHierarchy(options: HierarchyOptions): Promise<RunningHierarchy> {
  const { topology, driver, root, wallClock, signal } = options;
  await using ground = new AsyncDisposableStack();
  await using owned = new AsyncDisposableStack();
  const clockBefore = driver.isLabelled ? undefined : root;
  const record = owned.use(driver.isLabelled ? unkeptRecord(options) : await keptRecord(options));
  const { administratorToken } = record;
  const proposed = await clockFrom(topology, clockBefore, wallClock);
  await record.keep({ clock: proposed });

  const host = ground.use(await driver.open(topology, { ...options, administratorToken, clock: proposed }));
  const running = new Map<SiteCode, RunningSite>();
  // Sites are stopped together: one that takes its time must not use up the others'.
  ground.defer(async () => {
    await Promise.all([...running.values()].map((site) => site[Symbol.asyncDispose]()));
  });
  await startSites(options, host, record.lastUrlOf, running);
  const sites = new Map(
    topology.sites.map(({ code }) => {
      const { url, addressUrl, authorities } = runningIn(running, code);
      const at = { code, url, addressUrl, authorities };
      return [code, owned.use(new SiteClient({ ...at, administratorToken, wallClock }))];
    }),
  );
  const found = await Promise.all(topology.sites.map((plan) => describedAs(plan, siteIn(sites, plan.code))));
  const clock = await agreeOnClock(topology, found, sites.values(), proposed, wallClock);
  await Promise.all(
    topology.sites.map(async ({ code }) => {
      const site = siteIn(sites, code);
      await site.setLinks(topology.links.get(code) ?? noLinks);
      await endFaults(site); // a run that was killed has put nothing right
    }),
  );
  await attachAll(topology, sites, signal);
  await record.keep({
    clock,
    sites: topology.sites.map(({ code, timeZone }) => {
      const { url, authorities } = siteIn(sites, code);
      return { code, url, timeZone, authorities };
    }),
  });
  await allKnown(topology, sites, wallClock, signal);
  const parts = { root, clock, sites, running, wallClock };
  return new RunningHierarchy({ ...parts, ground: ground.move(), owned: owned.move() });
}

/** As many at a time as the driver takes. When one fails, no other is begun, and those under way are waited for. */
async function startSites(
  { topology, driver, signal, say }: HierarchyOptions,
  host: SiteHost,
  lastUrlOf: (code: SiteCode) => string | undefined,
  running: Map<SiteCode, RunningSite>,
): Promise<void> {
  const queue = new PQueue({ concurrency: driver.startsAtOnce });
  const started = await Promise.allSettled(
    topology.sites.map((plan) =>
      queue.add(async () => {
        signal.throwIfAborted();
        const site = await host.startSite(plan, lastUrlOf(plan.code)).catch((error: unknown) => {
          queue.clear();
          throw error;
        });
        running.set(plan.code, site);
        say(`${siteWords(plan)} is up at ${site.url}`);
      }),
    ),
  );
  const failed = started.find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
}

async function attachAll(
  topology: Topology,
  sites: ReadonlyMap<SiteCode, SiteClient>,
  signal: AbortSignal,
): Promise<void> {
  const queue = new PQueue({ concurrency: attachedAtOnce });
  await queue.addAll(
    topology.sites.map(({ code, parent }) => async () => {
      signal.throwIfAborted();
      if (parent === null) return;
      await attach(siteIn(sites, parent), siteIn(sites, code), {
        down: addressesFrom(topology, parent, code),
        up: addressesFrom(topology, code, parent),
      });
    }),
  );
}

function runningIn(running: ReadonlyMap<SiteCode, RunningSite>, code: SiteCode): RunningSite {
  const site = running.get(code);
  if (!site) throw new Error(`site ${code} was not started`);
  return site;
}

/** A site that was started elsewhere may be another than the topology says. */
export async function describedAs(plan: SitePlan, client: SiteClient): Promise<SiteDescription> {
  const found = await client.describe();
  const differs = (what: string, planned: unknown, is: unknown) =>
    JSON.stringify(planned) === JSON.stringify(is)
      ? []
      : [`${what}: the topology says ${planned}, the site ${is}`];
  const differences = [
    ...differs("code", plan.code, found.code),
    ...differs("type", plan.type, found.type),
    ...differs("parent", plan.parent ?? "none", found.parent ?? "none"),
    ...differs(
      "distributionPoints",
      [...plan.distributionPoints].sort(),
      [...found.distributionPoints].sort(),
    ),
  ];
  if (differences.length === 0) return found;
  throw new Failure(
    "usage",
    `site ${plan.code} at ${client.url} is not as in the topology: ${differences.join("; ")}`,
  );
}

/** Sites tell each other over the senders who is below them: packages can go where the news has come from. */
async function allKnown(
  topology: Topology,
  sites: ReadonlyMap<SiteCode, SiteClient>,
  wallClock: WallClock,
  signal: AbortSignal,
): Promise<void> {
  const makers = new Set(topology.packages.map((pkg) => pkg.site));
  for (const at of topology.sites.filter((site) => site.parent === null || makers.has(site.code))) {
    const below = subtreeOf(topology.sites, at.code);
    const expected = topology.sites.filter(({ code }) => below.has(code));
    let missing = expected.map(({ code }) => code);
    while (missing.length > 0) {
      const before = missing.length;
      const patience = { everyMs: 100, withinMs: nextKnownWithinMs, signal };
      const isMoreKnown = await until(wallClock, patience, async () => {
        missing = await unknownAt(siteIn(sites, at.code), expected);
        return missing.length < before ? true : undefined;
      });
      if (isMoreKnown) continue;
      throw new Failure(
        "environment",
        `site ${at.code} has not heard of ${missing.join(", ")}, and of no other for ${nextKnownWithinMs / 1000} s: see SMS/Logs/sender.log and despool.log of those sites`,
      );
    }
  }
}

/** Of these sites, those that a site does not know yet with all their distribution points. */
async function unknownAt(at: SiteClient, expected: readonly SitePlan[]): Promise<SiteCode[]> {
  const listed = new Map((await at.provider.sites()).map((site) => [site.SiteCode, site]));
  return expected
    .filter(({ code, distributionPoints }) => {
      const points = listed.get(code)?.DistributionPoints;
      return !points || distributionPoints.some((server) => !points.includes(server));
    })
    .map(({ code }) => code);
}

function siteIn(sites: ReadonlyMap<SiteCode, SiteClient>, code: SiteCode): SiteClient {
  const site = sites.get(code);
  if (!site) throw new Error(`there is no site ${code} in this hierarchy`);
  return site;
}
