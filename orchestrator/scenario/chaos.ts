/**
 * What goes wrong by chance: drawn from the seed, day by day of emulated time from the clock's start, so that the same
 * seed meets the same faults in the same order. Nothing is ended that is down already, as far as the steps at given
 * moments tell. How long things last is ours: as long as an administrator takes to notice, or a carrier to repair. Pure.
 */
import { drawn } from "../../domain/draw.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import type { Action, ChaosPlan, Entry, SitePair } from "../topology/scenario-plan.ts";
import { type ChaosKind, chaosKinds } from "../topology/scenario-words.ts";

export const dayMs = 24 * 3_600_000;
const minuteMs = 60_000;

/** At least and at most, in emulated milliseconds. */
const lasts: Readonly<Partial<Record<ChaosKind, readonly [least: number, most: number]>>> = {
  kill: [5 * minuteMs, 30 * minuteMs],
  pause: [1 * minuteMs, 10 * minuteMs],
  cut: [5 * minuteMs, 60 * minuteMs],
  fill: [15 * minuteMs, 120 * minuteMs],
};

/** A fault that would meet what is down already is drawn anew; after so many times there is no room for it. */
const mostDraws = 50;

export type ChaosInput = {
  readonly plan: ChaosPlan;
  readonly seed: string;
  readonly startMs: number;
  /** Those that chance may meet. */
  readonly sites: readonly SiteCode[];
  /** Parent and child of each link that it may meet. */
  readonly links: readonly SitePair[];
  /** Sites that dial. */
  readonly dialling: readonly SiteCode[];
  /** Steps with a time: what they end or cut is left alone meanwhile. */
  readonly steps: readonly Entry[];
};

/** The faults of each day in order, one day after the other, until the last. */
export function* chaosDays(input: ChaosInput): Generator<readonly Entry[]> {
  const { plan, startMs } = input;
  let taken = input.steps.flatMap(takenBy(input.steps));
  for (let day = 0; startMs + day * dayMs < plan.untilMs; day++) {
    const faults: Entry[] = [];
    for (const kind of chaosKinds) {
      for (let index = 0; index < countOn(day, kind, input); index++) {
        const fault = draw(kind, `${input.seed} ${kind} ${day} ${index}`, day, input, taken);
        if (!fault) continue;
        faults.push(fault);
        taken = [...taken, ...takenBy([])(fault)];
      }
    }
    yield faults.sort((a, b) => beginOf(a) - beginOf(b));
  }
}

/** Whole numbers are kept each day; of `3 per week`, most days have none. */
function countOn(day: number, kind: ChaosKind, { plan, seed }: ChaosInput): number {
  const perDay = plan.perDay[kind] ?? 0;
  const rest = perDay - Math.floor(perDay);
  return Math.floor(perDay) + (drawn(`${seed} ${kind} ${day}`) < rest ? 1 : 0);
}

function draw(
  kind: ChaosKind,
  words: string,
  day: number,
  input: ChaosInput,
  taken: readonly Taken[],
): Entry | undefined {
  const { plan, startMs } = input;
  for (let tries = 0; tries < mostDraws; tries++) {
    const chance = (what: string) => drawn(`${words} ${tries} ${what}`);
    const action = actionFor(kind, chance("whom"), input);
    if (!action) return undefined;
    const atMs = Math.floor(startMs + (day + chance("when")) * dayMs);
    const [least, most] = lasts[kind] ?? [0, 0];
    const forMs = most === 0 ? undefined : Math.round(least + chance("how long") * (most - least));
    if (atMs >= plan.untilMs) continue;
    const entry: Entry = { source: "chaos", cue: { atMs }, action, forMs };
    const own = takenBy([])(entry);
    if (!own.some((one) => taken.some((other) => isSameAtOnce(one, other)))) return entry;
  }
  return undefined;
}

function actionFor(kind: ChaosKind, chance: number, input: ChaosInput): Action | undefined {
  const { sites, links, dialling } = input;
  const one = <Value>(of: readonly Value[]) => of[Math.floor(chance * of.length)];
  switch (kind) {
    case "cut": {
      const link = one(links);
      return link && { do: "cut", links: [link] };
    }
    case "corrupt": {
      const way = one(links);
      return way && { do: "corrupt", from: way[0], to: way[1] };
    }
    default: {
      const site = one(kind === "drop" ? dialling : sites);
      return site && { do: kind, sites: [site] };
    }
  }
}

/** Something that is down or cut, and from when until when. */
type Taken = { readonly what: string; readonly fromMs: number; readonly untilMs: number };

function isSameAtOnce(one: Taken, other: Taken): boolean {
  return one.what === other.what && one.fromMs < other.untilMs && other.fromMs < one.untilMs;
}

/** What an entry takes; one that does not end by itself does at the step of `others` that ends it. */
function takenBy(others: readonly Entry[]) {
  return (entry: Entry): Taken[] => {
    const { action, cue, forMs } = entry;
    const names = thingsOf(action);
    if (names.length === 0 || !("atMs" in cue)) return [];
    const fromMs = cue.atMs;
    return names.map((what) => {
      const ends = others.flatMap((other) =>
        endsOf(other.action).includes(what) && "atMs" in other.cue && other.cue.atMs >= fromMs
          ? [other.cue.atMs]
          : [],
      );
      const untilMs = forMs === undefined ? Math.min(...ends, Number.POSITIVE_INFINITY) : fromMs + forMs;
      return { what, fromMs, untilMs };
    });
  };
}

function thingsOf(action: Action): string[] {
  switch (action.do) {
    case "kill":
    case "stop":
    case "pause":
      return action.sites.map((code) => `site ${code}`);
    case "fill":
      return action.sites.map((code) => `share ${code}`);
    case "cut":
      return action.links.map((link) => `link ${link.toSorted().join(" ")}`);
    default:
      return [];
  }
}

function endsOf(action: Action): string[] {
  switch (action.do) {
    case "start":
    case "resume":
      return action.sites.map((code) => `site ${code}`);
    case "empty":
      return action.sites.map((code) => `share ${code}`);
    case "restore":
      return action.links.map((link) => `link ${link.toSorted().join(" ")}`);
    default:
      return [];
  }
}

function beginOf({ cue }: Entry): number {
  return "atMs" in cue ? cue.atMs : 0;
}
