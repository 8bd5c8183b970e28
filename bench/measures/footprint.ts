/**
 * What sites cost that do nothing: the time until three are healthy, and the memory and CPU of one more, idle.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { SiteCode } from "../../domain/identifiers.ts";
import { engineName } from "../../orchestrator/drivers/docker/labels.ts";
import { dockerDriver } from "../../orchestrator/drivers/docker.ts";
import type { Driver } from "../../orchestrator/drivers/driver.ts";
import { embeddedDriver } from "../../orchestrator/drivers/embedded.ts";
import { processesDriver } from "../../orchestrator/drivers/processes.ts";
import { type RunningHierarchy, startHierarchy } from "../../orchestrator/hierarchy.ts";
import { topologyOf } from "../../orchestrator/topology/load.ts";
import { systemWallClock } from "../../orchestrator/wall-clock.ts";
import type { Contender, Measure, Scale } from "../contest/measure.ts";

const command = join(import.meta.dirname, "..", "..", "bin", "spoolnet.js");
const settleMs = 5000;
const hierarchyName = "idle";

export function footprint(_scratch: string, { isQuick }: Scale): Measure[] {
  const sites = isQuick ? 20 : 100;
  const idleMs = isQuick ? 10_000 : 60_000;
  let idle: Promise<{ megabytes: number; percent: number }> | undefined;
  const measured = (folder: string) => {
    idle ??= idleSites(folder, sites, idleMs);
    return idle;
  };
  return [
    {
      name: "start-up",
      title: "three sites embedded, from command to healthy",
      unit: "s",
      isMoreBetter: false,
      bar: { value: 1.5 },
      contenders: [{ name: "spoolnet up", run: startUp }],
    },
    {
      name: "idle-memory",
      title: `idle embedded site, memory (one of ${sites})`,
      unit: "MB",
      isMoreBetter: false,
      bar: { value: 5 },
      once: true,
      contenders: [{ name: "spoolnet", run: async (folder) => (await measured(folder)).megabytes }],
    },
    {
      name: "idle-cpu",
      title: `idle embedded site, CPU (one of ${sites})`,
      unit: "% of a core",
      isMoreBetter: false,
      bar: { value: 0.1 },
      once: true,
      contenders: [{ name: "spoolnet", run: async (folder) => (await measured(folder)).percent }],
    },
    ...idleSiteMeasures(idleMs),
  ];
}

/** One site alone: in a container, and in a process with the same flags, which says as much where there is no engine. */
function idleSiteMeasures(idleMs: number): Measure[] {
  const drivers = [
    {
      name: "spoolnet in a container",
      driver: dockerDriver({ image: undefined, wallClock: systemWallClock }),
    },
    {
      name: "spoolnet in a process with the flags of the image",
      driver: processesDriver({ wallClock: systemWallClock, environment: process.env }),
    },
  ];
  const idle = new Map<Driver, Promise<Idle>>();
  const measured = (driver: Driver, folder: string) => {
    const once = idle.get(driver) ?? idleSite(driver, folder, idleMs);
    idle.set(driver, once);
    return once;
  };
  const contenders = (of: (measured: Idle) => number): Contender[] =>
    drivers.map(({ name, driver }) => ({
      name,
      absent: () =>
        driver.isLabelled && spawnSync("docker", ["info"]).status !== 0 ? "no engine" : undefined,
      run: async (folder) => of(await measured(driver, folder)),
    }));
  const shared = { isMoreBetter: false, once: true };
  return [
    {
      ...shared,
      name: "idle-site-memory",
      title: "idle site alone, memory",
      unit: "MB",
      bar: { value: 80 },
      contenders: contenders(({ megabytes }) => megabytes),
    },
    {
      ...shared,
      name: "idle-site-cpu",
      title: "idle site alone, CPU",
      unit: "% of a core",
      bar: { value: 0.5 },
      contenders: contenders(({ percent }) => percent),
    },
  ];
}

type Idle = { readonly megabytes: number; readonly percent: number };

async function idleSite(driver: Driver, root: string, idleMs: number): Promise<Idle> {
  return await withSites(driver, root, 1, async (hierarchy) => {
    const [site] = hierarchy.sites.values();
    if (!site) throw new Error("the site is not there");
    const before = await site.resources();
    await sleep(idleMs);
    const { cpuSeconds, process } = await site.resources();
    return {
      megabytes: driver.isLabelled ? megabytesOfContainer(site.code) : megabytesOfProcess(process),
      percent: ((cpuSeconds - before.cpuSeconds) * 100_000) / idleMs,
    };
  });
}

/** As `docker stats` tells it. */
function megabytesOfContainer(site: SiteCode): number {
  const format = ["--no-stream", "--format", "{{.MemUsage}}"];
  const { stdout } = spawnSync("docker", ["stats", ...format, engineName(hierarchyName, site)], {
    encoding: "utf8",
  });
  const [, number, unit] = /^([\d.]+)([KMG]iB)/.exec(stdout) ?? [];
  return (Number(number) * 1024 ** " KMG".indexOf(unit?.[0] ?? " ")) / 1e6;
}

/** Its own: the program's code, which all processes of it share, is not in it. */
function megabytesOfProcess(process: string): number {
  const [, id] = process.split("/");
  const kibibytes = /RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1];
  return (Number(kibibytes) * 1024) / 1e6;
}

async function startUp(folder: string): Promise<number> {
  const from = performance.now();
  const child = spawn(process.execPath, [command, "up", "--json", "--root", folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('"type":"hierarchy"')) break;
  }
  const taken = (performance.now() - from) / 1000;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
  return taken;
}

/** What all sites but the first cost, shared among them. */
async function idleSites(folder: string, count: number, idleMs: number): Promise<Idle> {
  const before = await withSites(embeddedDriver, join(folder, "one"), 1, async () =>
    process.memoryUsage.rss(),
  );
  return await withSites(embeddedDriver, join(folder, "many"), count, async () => {
    const bytes = process.memoryUsage.rss() - before;
    const cpu = process.cpuUsage();
    await sleep(idleMs);
    const { user, system } = process.cpuUsage(cpu);
    return { megabytes: bytes / 1e6 / (count - 1), percent: (user + system) / 10 / idleMs / count };
  });
}

async function withSites<Result>(
  driver: Driver,
  root: string,
  count: number,
  work: (hierarchy: RunningHierarchy) => Promise<Result>,
): Promise<Result> {
  const children = Array.from(
    { length: count - 1 },
    (_, index) => `B${(index + 1).toString(36).padStart(2, "0")}`,
  );
  const lines = children.map(
    (code) => `  ${code.toUpperCase()}: { type: secondary, parent: CEN, distributionPoints: [DP] }`,
  );
  const text = `name: ${hierarchyName}\nclock: { start: "2003-11-07T17:30:00Z", scale: 1 }\nsites:\n  CEN: { type: primary }\n${lines.join("\n")}\n`;
  await using hierarchy = await startHierarchy({
    topology: await topologyOf(text.replaceAll("[DP]", '["{site}DP"]'), "idle"),
    driver,
    root,
    administratorToken: undefined,
    wallClock: systemWallClock,
    signal: new AbortController().signal,
    say: () => {},
  });
  await sleep(settleMs);
  return await work(hierarchy);
}
