/**
 * What sites cost that do nothing: the time until three are healthy, and the memory and CPU of one more, idle.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { embeddedDriver } from "../../orchestrator/drivers/embedded.ts";
import { startHierarchy } from "../../orchestrator/hierarchy.ts";
import { topologyOf } from "../../orchestrator/topology/load.ts";
import { systemWallClock } from "../../orchestrator/wall-clock.ts";
import type { Measure, Scale } from "../contest/measure.ts";

const cli = join(import.meta.dirname, "..", "..", "orchestrator", "cli.ts");
const asStarted = ["--max-semi-space-size=2", "--optimize-for-size", "--v8-pool-size=1"]; // npm start
const settleMs = 5000;

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
  ];
}

async function startUp(folder: string): Promise<number> {
  const from = performance.now();
  const child = spawn(process.execPath, [...asStarted, cli, "up", "--json", "--root", folder], {
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
async function idleSites(folder: string, count: number, idleMs: number) {
  const before = await withSites(join(folder, "one"), 1, async () => process.memoryUsage.rss());
  return await withSites(join(folder, "many"), count, async () => {
    const bytes = process.memoryUsage.rss() - before;
    const cpu = process.cpuUsage();
    await sleep(idleMs);
    const { user, system } = process.cpuUsage(cpu);
    return { megabytes: bytes / 1e6 / (count - 1), percent: (user + system) / 10 / idleMs / count };
  });
}

async function withSites<Result>(root: string, count: number, work: () => Promise<Result>): Promise<Result> {
  const children = Array.from(
    { length: count - 1 },
    (_, index) => `B${(index + 1).toString(36).padStart(2, "0")}`,
  );
  const lines = children.map(
    (code) => `  ${code.toUpperCase()}: { type: secondary, parent: CEN, distributionPoints: [DP] }`,
  );
  const text = `name: idle\nclock: { start: "2003-11-07T17:30:00Z", scale: 1 }\nsites:\n  CEN: { type: primary }\n${lines.join("\n")}\n`;
  await using _hierarchy = await startHierarchy({
    topology: await topologyOf(text.replaceAll("[DP]", '["{site}DP"]'), "idle"),
    driver: embeddedDriver,
    root,
    administratorToken: undefined,
    wallClock: systemWallClock,
    signal: new AbortController().signal,
    say: () => {},
  });
  await sleep(settleMs);
  return await work();
}
