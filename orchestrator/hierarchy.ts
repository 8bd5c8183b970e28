/**
 * A topology and a driver become a running hierarchy: its folder claimed, its clock going on from where it was,
 * its sites up and attached, and the central site knowing all of them. `await using` ends it.
 */
import { type ClockTimeline, emulatedAt, withMoment } from "../domain/clock.ts";
import { subtreeOf } from "../domain/hierarchy.ts";
import type { SiteCode } from "../domain/identifiers.ts";
import { noLinks } from "../domain/link.ts";
import type { SiteDescription } from "../domain/site-face.ts";
import { freshToken } from "./administrator-token.ts";
import { attach } from "./attach.ts";
import { claimRoot } from "./claim-root.ts";
import type { Driver, RunningSite } from "./drivers/driver.ts";
import { Failure } from "./failure.ts";
import { agreeOnClock, clockFrom } from "./hierarchy-clock.ts";
import { type HierarchyRecord, rememberLastRoot, writeRecord } from "./hierarchy-record.ts";
import { SiteClient } from "./site-client.ts";
import { addressesFrom, type SitePlan, type Topology } from "./topology/plan.ts";
import { until, type WallClock } from "./wall-clock.ts";
import { siteWords } from "./words.ts";

/** How long the central site may take to hear of all sites, in milliseconds of real time. */
const knownWithinMs = 60_000;

/** How long before a jump of the clock every site is told of it, in milliseconds of real time. */
const noticeMs = 250;

export type HierarchyOptions = {
  readonly topology: Topology;
  readonly driver: Driver;
  /** An absolute path. Made when missing. */
  readonly root: string;
  /** Default: the one of the last run on this root, else a new one. */
  readonly administratorToken: string | undefined;
  readonly wallClock: WallClock;
  readonly signal: AbortSignal;
  /** Told what is being done, in words. */
  readonly say: (words: string) => void;
};

export class RunningHierarchy implements AsyncDisposable {
  readonly root: string;
  readonly sites: ReadonlyMap<SiteCode, SiteClient>;
  readonly #wallClock: WallClock;
  readonly #owned: AsyncDisposableStack;
  #clock: ClockTimeline;

  constructor(
    parts: Pick<RunningHierarchy, "root" | "clock" | "sites">,
    wallClock: WallClock,
    owned: AsyncDisposableStack,
  ) {
    this.root = parts.root;
    this.#clock = parts.clock;
    this.sites = parts.sites;
    this.#wallClock = wallClock;
    this.#owned = owned;
  }

  get clock(): ClockTimeline {
    return this.#clock;
  }

  /** The emulated moment, in milliseconds since the Unix epoch. */
  now(): number {
    return emulatedAt(this.#clock, this.#wallClock.now());
  }

  /**
   * Advances the clock of every site to an emulated moment, gives it another scale, or both. All sites take the jump
   * at the same instant, a little ahead, so that each has heard of it by then. Time never goes back.
   */
  async setTime(change: { readonly emulatedMs?: number; readonly scale?: number }): Promise<void> {
    const timeline = withMoment(this.#clock, { ...change, realMs: this.#wallClock.now() + noticeMs });
    await Promise.all([...this.sites.values()].map((site) => site.setClock(timeline)));
    this.#clock = timeline;
  }

  /** Throws where the topology has no such site. */
  site(code: SiteCode): SiteClient {
    return siteIn(this.sites, code);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}

/** Resolves once every site is up, attached and known at the central site. What was started ends if it rejects. */
export async function startHierarchy(options: HierarchyOptions): Promise<RunningHierarchy> {
  const { topology, driver, root, wallClock, signal, say } = options;
  await using owned = new AsyncDisposableStack();
  const last = await claimRoot(root);
  const administratorToken = options.administratorToken ?? last?.token ?? freshToken();
  const proposed = await clockFrom(topology, root, wallClock);
  let record: HierarchyRecord = {
    version: 1,
    name: topology.name,
    pid: process.pid,
    token: administratorToken,
    clock: proposed,
    sites: last?.sites ?? [],
  };
  const keep = async (changed: Partial<HierarchyRecord>) => {
    record = { ...record, ...changed };
    await writeRecord(root, record);
  };
  await keep({});
  owned.defer(() => keep({ pid: null }).catch(() => {})); // the folder may be gone by then, and with it the claim

  // Sites are stopped together: one that takes its time must not use up the others'.
  const running: RunningSite[] = [];
  owned.defer(async () => {
    await Promise.all(running.map((site) => site[Symbol.asyncDispose]()));
  });
  const sites = new Map<SiteCode, SiteClient>();
  for (const plan of topology.sites) {
    signal.throwIfAborted();
    const lastUrl = last?.sites.find(({ code }) => code === plan.code)?.url;
    const settings = { root, administratorToken, clock: proposed, lastUrl, signal };
    const site = await driver.startSite(plan, settings);
    running.push(site);
    const { code, url, addressUrl } = site;
    sites.set(code, owned.use(new SiteClient({ code, url, addressUrl, administratorToken, wallClock })));
    say(`${siteWords(plan)} is up at ${site.url}`);
  }
  const found = await Promise.all(topology.sites.map((plan) => describedAs(plan, siteIn(sites, plan.code))));
  const clock = await agreeOnClock(topology, found, sites.values(), proposed, wallClock);
  await Promise.all(
    topology.sites.map(({ code }) => siteIn(sites, code).setLinks(topology.links.get(code) ?? noLinks)),
  );
  for (const plan of topology.sites) {
    signal.throwIfAborted();
    if (plan.parent === null) continue;
    await attach(siteIn(sites, plan.parent), siteIn(sites, plan.code), {
      down: addressesFrom(topology, plan.parent, plan.code),
      up: addressesFrom(topology, plan.code, plan.parent),
    });
  }
  await keep({
    clock,
    sites: topology.sites.map(({ code, timeZone }) => ({ code, url: siteIn(sites, code).url, timeZone })),
  });
  await allKnown(topology, sites, wallClock, signal);
  await rememberLastRoot(root);
  return new RunningHierarchy({ root, clock, sites }, wallClock, owned.move());
}

/** A site that was started elsewhere may be another than the topology says. */
async function describedAs(plan: SitePlan, client: SiteClient): Promise<SiteDescription> {
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
    let missing: SiteCode[] = [];
    const known = await until(wallClock, { everyMs: 100, withinMs: knownWithinMs, signal }, async () => {
      const listed = new Map(
        (await siteIn(sites, at.code).provider.sites()).map((site) => [site.SiteCode, site]),
      );
      missing = topology.sites
        .filter((site) => below.has(site.code))
        .filter(
          ({ code, distributionPoints }) =>
            distributionPoints.some((server) => !listed.get(code)?.DistributionPoints.includes(server)) ||
            !listed.has(code),
        )
        .map((site) => site.code);
      return missing.length === 0 ? true : undefined;
    });
    if (known) continue;
    throw new Failure(
      "environment",
      `site ${at.code} has not heard of ${missing.join(", ")} within ${knownWithinMs / 1000} s: see SMS/Logs/sender.log and despool.log of those sites`,
    );
  }
}

function siteIn(sites: ReadonlyMap<SiteCode, SiteClient>, code: SiteCode): SiteClient {
  const site = sites.get(code);
  if (!site) throw new Error(`there is no site ${code} in this hierarchy`);
  return site;
}
