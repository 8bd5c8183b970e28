/**
 * What a soak does, drawn from its seed: a hierarchy of 12 sites, packages, and a scenario of faults and of changes of
 * mind, each fault with an end, and then quiet. Pure, so that the same seed is the same file.
 */
import { stringify } from "yaml";

import { Random } from "../support/random.ts";

/** A step of a scenario as its file has it. */
export type Step = Readonly<Record<string, unknown>>;

export type SoakPlan = {
  readonly seed: number;
  /** Real minutes that its steps are spread over. */
  readonly minutes: number;
  readonly steps: readonly Step[];
  /** Real milliseconds after the start at which the orchestrator is killed, with its sites, and started again. */
  readonly restartsMs: readonly number[];
};

/** Emulated seconds to a real one. */
const scale = 600;
const stepEveryRealMs = 2_000;
const restartEveryRealMs = 60_000;
const parents = { R01: ["B01", "B02"], R02: ["B03", "B04", "B05"], R03: ["B06", "B07", "B08"] } as const;
const ways: readonly [string, string][] = Object.entries(parents).flatMap(([region, branches]) => [
  ["CEN", region] as [string, string],
  ...branches.map((branch): [string, string] => [region, branch]),
]);
const below = ways.map(([, site]) => site);
const names = ["Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot"] as const;
const sizes = ["2 MB", "300 KB", "20 KB", "5 MB", "1 MB", "60 KB"] as const;

export function soakPlan(seed: number, minutes: number): SoakPlan {
  const random = new Random(seed);
  const steps: Step[] = [];
  const endMs = minutes * 60_000;
  names.forEach((name, index) => {
    if (index > 1) steps.push({ at: atReal((endMs / 2 / names.length) * index), add: name });
  });
  for (let atMs = stepEveryRealMs; atMs < endMs; atMs += stepEveryRealMs)
    steps.push({ at: atReal(atMs + random.between(0, stepEveryRealMs)), ...drawnStep(random) });
  const restartsMs: number[] = [];
  for (let atMs = restartEveryRealMs / 2; atMs < endMs; atMs += restartEveryRealMs)
    restartsMs.push(atMs + random.between(0, restartEveryRealMs / 3));
  return { seed, minutes, steps, restartsMs };
}

/** The topology file. Where the step that adds a package was left out, those that change it are too. */
export function soakTopology({ seed, minutes, steps }: SoakPlan): string {
  const site = (code: string, parent?: string) => ({
    type: code.startsWith("B") ? "secondary" : "primary",
    timeZone: code.startsWith("B") ? "Europe/Paris" : "America/New_York",
    distributionPoints: [`${code}DP`, ...(code.startsWith("R") ? [`${code}DP2`] : [])],
    ...(parent && { parent }),
  });
  // What follows the last step: the quiet. The longest time that anything is down is far below it.
  const deadline = `+${Math.ceil((minutes * scale) / 60) + 72}h`;
  const added = new Set(steps.flatMap(({ add }) => (add === undefined ? [] : [add])));
  const removed = new Set(steps.flatMap(({ remove }) => (remove === undefined ? [] : [remove])));
  const there = names.filter((name, index) => index < 2 || added.has(name));
  const isPossible = ({ refresh, redistribute, remove }: Step) =>
    [refresh, redistribute, remove].every((name) => name === undefined || there.some((one) => one === name));
  return stringify({
    name: `soak-${seed}`,
    seed,
    clock: { start: "2003-11-07T17:30:00-05:00", scale },
    defaults: {
      link: { bandwidth: "2 Mbit/s", latency: "20 ms" },
      site: { senders: { LAN: { backOff: "15 min" } } },
    },
    sites: Object.fromEntries([
      ["CEN", site("CEN")],
      ...ways.map(([parent, code]) => [code, site(code, parent)] as const),
    ]),
    links: ways.map(([parent, code]) => ({ between: [parent, code] })),
    packages: there.map((name) => ({
      name,
      site: "CEN",
      size: sizes[names.indexOf(name)],
      priority: (["high", "medium", "low"] as const)[names.indexOf(name) % 3],
      distributionPoints: "all",
    })),
    scenario: steps.filter(isPossible).sort((a, b) => minutesOf(a) - minutesOf(b)),
    expect: [
      ...there
        .filter((name) => !removed.has(name))
        .map((name) => ({ package: name, on: "all", by: deadline })),
      { nothing: "lost" },
    ],
  });
}

function drawnStep(random: Random): Step {
  const site = random.pick(["CEN", ...below]);
  const [parent, child] = random.pick(ways as [[string, string], ...[string, string][]]);
  const way = random.chance(0.7) ? { from: parent, to: child } : { from: child, to: parent };
  const lasts = (least: number, most: number) => ({ for: `${random.between(least, most)}m` });
  const known = random.pick(names);
  return random.pick<() => Step>([
    () => ({ kill: site, ...lasts(5, 60) }),
    () => ({ stop: site, ...lasts(5, 40) }),
    () => ({ pause: site, ...lasts(5, 40) }),
    () => ({ cut: [parent, child], ...lasts(10, 120) }),
    () => ({ slow: [parent, child], to: "64 kbit/s", latency: "500 ms", ...lasts(20, 180) }),
    () => ({ fill: site, ...lasts(20, 180) }),
    () => ({ corrupt: [way.from, way.to] }),
    () => ({ refresh: known }),
    () => ({ refresh: known }),
    () => ({ redistribute: known }),
    () => (random.chance(0.15) ? { remove: random.pick(["Delta", "Echo"]) } : { refresh: known }),
    () => ({ limit: { ...way, rate: random.pick(["256 kbit/s", "30%"]) }, ...lasts(60, 240) }),
    () => ({
      schedule: { ...way, hours: { "daily 00-24": random.pick(["closed", "high only"]) } },
      ...lasts(20, 180),
    }),
    () => ({ clock: { advance: `+${random.between(10, 180)}m` } }),
  ])();
}

function atReal(ms: number): string {
  return `+${Math.round((ms * scale) / 60_000)}m`;
}

function minutesOf({ at }: Step): number {
  return Number(/\d+/.exec(String(at))?.[0] ?? 0);
}
