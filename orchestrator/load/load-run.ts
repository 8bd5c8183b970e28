/**
 * A load test: the hierarchy up, packages added so that always as many are on their way, and what the sites told of
 * it measured. Each package goes the way of every package: Provider, Distribution Manager, senders, Despooler.
 */
import { cpus, release, totalmem, type } from "node:os";
import { version } from "node:process";

import type { SiteCode } from "../../domain/identifiers.ts";
import type { SiteResources } from "../../domain/site-face.ts";
import type { Driver } from "../drivers/driver.ts";
import { type RunningHierarchy, startHierarchy } from "../hierarchy.ts";
import { withSources } from "../made-sources.ts";
import type { Delivery } from "../progress/expectations.ts";
import type { Report } from "../progress/report.ts";
import { Recording } from "../report/recording.ts";
import { type ReportData, reportData } from "../report/report-data.ts";
import type { RunRoot } from "../run-root.ts";
import { topologyOf } from "../topology/load.ts";
import type { PackagePlan, Topology } from "../topology/plan.ts";
import type { WallClock } from "../wall-clock.ts";
import { Watch } from "../watch.ts";
import { bytesWords } from "../words.ts";
import { Deliveries } from "./deliveries.ts";
import { type CpuUse, type LoadResult, resultOf } from "./load-result.ts";
import { type LoadGroup, type LoadSettings, loadGroups, loadTopologyText } from "./load-settings.ts";
import { TransferLog } from "./transfer-log.ts";

export type LoadOptions = {
  readonly settings: LoadSettings;
  /** The settings in words. */
  readonly load: string;
  readonly driver: Driver;
  readonly root: RunRoot;
  readonly administratorToken: string | undefined;
  readonly wallClock: WallClock;
  readonly signal: AbortSignal;
  readonly report: Report;
  /** What has not arrived so long after the last that did is given up, in milliseconds. */
  readonly stallMs: number;
};

/** How many packages a sending site is asked to make at a time. */
const askedAtOnce = 8;
const lookEveryMs = 100;

/** Resolves with what was measured; with undefined where it was stopped before its end. */
export async function runLoad(
  options: LoadOptions,
): Promise<{ readonly result: LoadResult; readonly data: ReportData } | undefined> {
  const { settings, root, driver, report } = options;
  const topology = await topologyOf(loadTopologyText(settings), "the hierarchy of this load");
  const plan = await packageOf(topology, settings, root.folder);
  const say = (words: string) => report.say(words);
  await using hierarchy = await startHierarchy({
    ...options,
    topology,
    root: root.folder,
    isRootKept: root.isKept,
    sourceFolders: [plan.sourceFolder],
    say: () => {},
  });
  say(`${topology.sites.length} sites are up by ${driver.name}: ${options.load}`);
  const running = new Running(options, topology, hierarchy, plan);
  return await running.measured();
}

/** All packages are made of one folder: what is measured is their way, not the making of sources. */
async function packageOf(topology: Topology, settings: LoadSettings, root: string): Promise<PackagePlan> {
  const [first] = topology.sites;
  if (!first) throw new Error("a load has at least one site");
  const plan: PackagePlan = {
    name: "Load",
    site: first.code,
    sourceFolder: "",
    madeBytes: settings.packageBytes,
    priority: "medium",
    compressed: false,
    iconFile: undefined,
    programs: [],
    distributionPoints: [],
    version: "",
    manufacturer: "",
    language: "",
    description: "",
  };
  const made = await withSources({ ...topology, packages: [plan] }, root);
  return made.packages[0] ?? plan;
}

type Group = LoadGroup & { readonly deliveries: Deliveries; asked: number };

class Running {
  readonly #options: LoadOptions;
  readonly #topology: Topology;
  readonly #hierarchy: RunningHierarchy;
  readonly #plan: PackagePlan;
  readonly #recording = new Recording();
  readonly #transfers = new TransferLog();
  readonly #groups: readonly Group[];
  readonly #packages: Delivery[] = [];
  /** When something last arrived, in real milliseconds. */
  #movedMs = 0;
  #moved = Promise.withResolvers<void>();

  constructor(options: LoadOptions, topology: Topology, hierarchy: RunningHierarchy, plan: PackagePlan) {
    this.#options = options;
    this.#topology = topology;
    this.#hierarchy = hierarchy;
    this.#plan = plan;
    this.#groups = loadGroups(options.settings).map((group) => ({
      ...group,
      deliveries: new Deliveries(),
      asked: 0,
    }));
  }

  async measured(): Promise<{ readonly result: LoadResult; readonly data: ReportData } | undefined> {
    const { settings, load, driver, wallClock, signal, report } = this.#options;
    await using watch = new Watch(this.#hierarchy, {
      board: this.#recording,
      onEvent: (event) => {
        this.#transfers.apply(event);
        if (event.action !== "installed") return;
        for (const group of this.#groups)
          if (event.packages?.[0]?.startsWith(group.sender)) group.deliveries.apply(event);
        this.#movedMs = wallClock.now();
        this.#wake();
      },
      say: (words) => report.say(words),
    });
    const startMs = wallClock.now();
    this.#movedMs = startMs;
    const fromMs = startMs + settings.warmUpMs;
    const untilMs =
      settings.durationMs === undefined ? Number.POSITIVE_INFINITY : fromMs + settings.durationMs;
    const over = new AbortController();
    const stop = AbortSignal.any([signal, over.signal]);
    const before = this.#warm(settings.warmUpMs, stop);
    const showing = this.#show(stop);
    try {
      await Promise.all(this.#groups.flatMap((group) => this.#feed(group, untilMs)));
      await this.#arrived();
      if (watch.error) throw watch.error;
    } finally {
      over.abort();
      await showing;
    }
    if (signal.aborted) return undefined;
    const cpu = this.#used(await before, await this.#resources());
    const delivered = this.#groups.flatMap(({ deliveries }) => deliveries.delivered);
    const result = resultOf({
      settings,
      load,
      driver: driver.name,
      machine: machine(),
      transfers: this.#transfers.all,
      delivered,
      lost: this.#onTheWay(),
      fromMs,
      cpu,
    });
    const scene = {
      topology: this.#topology,
      recording: this.#recording,
      deliveries: this.#packages,
      nowMs: this.#hierarchy.now(),
      givenUp: new Set<string>(),
      isOver: true,
    };
    return { result, data: reportData(scene, []) };
  }

  /** Adds packages of one site: as many at a time as may be asked for, as many on their way as are wanted. */
  #feed(group: Group, untilMs: number): Promise<void>[] {
    const { settings, wallClock, signal } = this.#options;
    const { count = Number.POSITIVE_INFINITY, atOnce } = settings;
    let inHand = 0;
    const add = async () => {
      while (!signal.aborted && group.asked < count && wallClock.now() < untilMs && !this.#isStalled()) {
        if (inHand + group.deliveries.onTheWay >= atOnce) {
          await this.#change();
          continue;
        }
        inHand++;
        await this.#add(group, group.asked++);
        inHand--;
      }
    };
    return Array.from({ length: Math.min(askedAtOnce, atOnce) }, add);
  }

  async #add({ sender, receivers, deliveries }: Group, number: number): Promise<void> {
    const { settings, wallClock } = this.#options;
    const at = sender as SiteCode;
    const servers = this.#topology.sites
      .filter(({ code }) => receivers.includes(code))
      .flatMap(({ code, distributionPoints }) =>
        distributionPoints.map((server) => ({ site: code, server })),
      );
    const priority = settings.priorities[number % settings.priorities.length] ?? "medium";
    const name = `Load ${sender} ${number + 1}`;
    const sourceFolder = this.#hierarchy.sourcePath(at, this.#plan.sourceFolder);
    const plan = { ...this.#plan, name, site: at, sourceFolder, priority, distributionPoints: servers };
    const addedMs = wallClock.now();
    const { PackageID: id, SourceVersion: sourceVersion } = await this.#hierarchy
      .site(at)
      .provider.addPackage(plan, "");
    this.#packages.push({ id, name, sourceVersion, distributionPoints: servers });
    deliveries.add(id, servers.length, addedMs);
  }

  /** Resolves when nothing is on its way any more, or what is will not come. */
  async #arrived(): Promise<void> {
    while (!this.#options.signal.aborted && this.#onTheWay() > 0 && !this.#isStalled()) await this.#change();
  }

  #onTheWay(): number {
    return this.#groups.reduce((sum, { deliveries }) => sum + deliveries.onTheWay, 0);
  }

  #isStalled(): boolean {
    return this.#options.wallClock.now() - this.#movedMs > this.#options.stallMs;
  }

  /** Resolves when a package arrives, or soon: a stall and the end of the time are noticed so. */
  async #change(): Promise<void> {
    const { wallClock, signal } = this.#options;
    const rest = new AbortController();
    await Promise.race([
      this.#moved.promise,
      wallClock.sleep(lookEveryMs, AbortSignal.any([signal, rest.signal])),
    ]);
    rest.abort();
  }

  #wake(): void {
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
  }

  async #warm(warmUpMs: number, signal: AbortSignal) {
    if (warmUpMs > 0) await this.#options.wallClock.sleep(warmUpMs, signal);
    return await this.#resources();
  }

  async #resources(): Promise<Map<SiteCode, SiteResources>> {
    const asked = [...this.#hierarchy.sites].map(
      async ([code, site]): Promise<[SiteCode, SiteResources]> => [code, await site.resources()],
    );
    return new Map(await Promise.all(asked));
  }

  #used(before: Map<SiteCode, SiteResources>, after: Map<SiteCode, SiteResources>): CpuUse {
    const used = new Map<string, number>();
    const roles = new Map<string, Set<"senders" | "receivers">>();
    const senders = new Set(this.#groups.map(({ sender }) => sender));
    for (const [code, { process, cpuSeconds }] of after) {
      used.set(process, cpuSeconds - (before.get(code)?.cpuSeconds ?? 0));
      const role = senders.has(code) ? "senders" : "receivers";
      roles.set(process, (roles.get(process) ?? new Set()).add(role));
    }
    const isShared = [...roles.values()].some((one) => one.size > 1);
    const sum = (role?: "senders" | "receivers") =>
      [...used].reduce((all, [process, s]) => (!role || roles.get(process)?.has(role) ? all + s : all), 0);
    return {
      senders: isShared ? null : sum("senders"),
      receivers: isShared ? null : sum("receivers"),
      together: sum(),
    };
  }

  async #show(signal: AbortSignal): Promise<void> {
    const { report, wallClock } = this.#options;
    while (!signal.aborted) {
      report.screen(() => [this.#progress()]);
      await wallClock.sleep(lookEveryMs, signal);
    }
    report.screen(() => []);
  }

  #progress(): string {
    const delivered = this.#groups.reduce((sum, { deliveries }) => sum + deliveries.delivered.length, 0);
    const { count } = this.#options.settings;
    const of = count === undefined ? "" : ` of ${count * this.#groups.length}`;
    const ended = this.#transfers.all.filter(({ endedMs }) => endedMs !== undefined);
    const bytes = ended.reduce((sum, one) => sum + one.bytes, 0);
    return `${delivered}${of} packages delivered, ${this.#onTheWay()} on their way, ${bytesWords(bytes)} sent`;
  }
}

function machine(): LoadResult["machine"] {
  const all = cpus();
  return {
    cpus: `${all.length} x ${all[0]?.model.trim() ?? "unknown"}`,
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    node: version,
  };
}
