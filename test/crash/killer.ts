/**
 * Kills sites at random moments of their work and starts them again at once, each at its own pace, so that any of them
 * may be down at the same time. Half of the moments are told from outside, by what a site writes; half are beside one
 * of its durable steps (site-preload.ts). Some kills are in the middle of a start.
 */
import { systemWallClock } from "../../orchestrator/wall-clock.ts";
import { journalEvents, placeCount, placeMoment } from "../support/moments.ts";
import type { Random } from "../support/random.ts";
import { type SiteProcess, type SiteProcesses, stateOf } from "../support/site-processes.ts";
import type { Workload } from "./workload.ts";

/** Each run draws others; that every operation is tried once is the matrix's work. */
const killsOfEach = 12;
/** A step of the administrator's after so many kills, and one more whenever everything is at rest. */
const killsForAStep = 2;

/** Resolves with how often each site was killed, when all are up for good. Rejects when one is not. */
export async function killAtRandom(
  processes: SiteProcesses,
  workload: Workload,
  random: Random,
): Promise<ReadonlyMap<string, number>> {
  const kills = new Map<string, number>();
  let total = 0;
  const killed = ({ code }: SiteProcess) => {
    kills.set(code, (kills.get(code) ?? 0) + 1);
    if (total++ % killsForAStep === 0) workload.next();
  };
  const over = new AbortController();
  const busy = keepBusy(processes, workload, AbortSignal.any([over.signal, processes.signal]));
  try {
    const all = processes.all.map((site) => killRepeatedly(site, random.fork(), processes.signal, killed));
    await Promise.race([Promise.all(all), busy]);
  } finally {
    over.abort();
    await busy;
  }
  return kills;
}

async function killRepeatedly(
  site: SiteProcess,
  random: Random,
  signal: AbortSignal,
  killed: (site: SiteProcess) => void,
): Promise<void> {
  let up = Promise.resolve(true);
  for (let kills = 0; kills < killsOfEach; kills++) {
    await atRandomMoment(site, random, signal);
    killed(site);
    if (random.chance(0.25)) {
      await site.start({ killSeed: random.seedOfAnother() });
      await site.kill(); // where the start came to its end first
      killed(site);
    }
    up = site.start();
  }
  if (!(await up)) throw new Error(`site ${site.code} is not up after the last kill`);
}

/** Kills a site at a random moment of its work. Resolves when it is gone. */
async function atRandomMoment(site: SiteProcess, random: Random, ended: AbortSignal): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, ended]);
  // Not every place sees work in every phase, so enough events anywhere are a moment too.
  const moments = [journalEvents(site.root, random.between(1, 60), signal)];
  if (random.chance(0.5)) moments.push(site.killAtStep(random.seedOfAnother()));
  else {
    const place = random.between(0, placeCount - 1);
    moments.push(placeMoment(site.root, place, random.between(1, 100) / 100, signal));
  }
  try {
    await Promise.race(moments);
  } finally {
    await site.kill();
    over.abort();
    await Promise.allSettled(moments);
  }
}

/** Gives the administrator more to do whenever the hierarchy has come to rest, until `signal` aborts. */
async function keepBusy(processes: SiteProcesses, workload: Workload, signal: AbortSignal): Promise<void> {
  let before = "";
  while (!signal.aborted) {
    await systemWallClock.sleep(100, signal);
    if (workload.failure) throw workload.failure;
    if (!workload.isIdle || signal.aborted) continue;
    const { left, lengths } = await stateOf(processes);
    if (left.length === 0 && lengths === before) workload.next();
    before = left.length === 0 ? lengths : "";
  }
}
