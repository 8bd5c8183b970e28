/**
 * The scenario of a topology file that is right, as entries that can be played: each with its cue, what is done then,
 * and for how long.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { SenderType } from "../../domain/package.ts";
import type { RateLimit } from "../../domain/rate-limit.ts";
import type { Schedule } from "../../domain/schedule.ts";
import { bytesPerSecondOf, type Circuits } from "./circuits.ts";
import type { Condition } from "./condition.ts";
import { type Ends, pairsOf } from "./expansion.ts";
import { type Moment, momentMs } from "./moment.ts";
import { type ChaosKind, type ChaosWords, chaosKinds, type StepWords } from "./scenario-words.ts";
import { endSites } from "./site-codes.ts";

export type SitePair = readonly [SiteCode, SiteCode];
type SwitchAction = "kill" | "stop" | "start" | "pause" | "resume";
type SiteAction = "fill" | "empty" | "drop";
type PackageAction = "add" | "refresh" | "redistribute" | "remove";
type OfAddress = {
  readonly from: SiteCode;
  readonly to: SiteCode;
  /** Undefined for all of its addresses. */
  readonly sender: SenderType | undefined;
};

export type Action =
  | { readonly do: "cut" | "restore" | "uncut" | "unslow"; readonly links: readonly SitePair[] }
  | {
      readonly do: "slow";
      readonly links: readonly SitePair[];
      readonly bytesPerSecond: number | undefined;
      readonly latencyMs: number | undefined;
    }
  | { readonly do: SwitchAction; readonly sites: readonly SiteCode[] }
  | { readonly do: SiteAction; readonly sites: readonly SiteCode[] }
  | { readonly do: PackageAction; readonly package: string }
  | ({ readonly do: "limit"; readonly rateLimit: RateLimit } & OfAddress)
  | ({ readonly do: "schedule"; readonly schedule: Schedule } & OfAddress)
  /** The rate or the schedule of the addresses is as the file has it again. */
  | { readonly do: "unlimit" | "unschedule"; readonly from: SiteCode; readonly to: SiteCode }
  | { readonly do: "clock"; readonly advance: Moment | undefined; readonly scale: number | undefined }
  | { readonly do: "corrupt"; readonly from: SiteCode; readonly to: SiteCode };

export type Cue = { readonly atMs: number } | { readonly when: Condition; readonly afterMs: number };

export type Entry = {
  /** Where it comes from, in words: `scenario[2]`, `chaos`. */
  readonly source: string;
  readonly cue: Cue;
  readonly action: Action;
  /** Emulated milliseconds until it is undone; undefined where it is not. */
  readonly forMs: number | undefined;
};

export type ChaosPlan = {
  /** Of each kind, how many begin in a day of emulated time, counted from the clock's start. */
  readonly perDay: Readonly<Partial<Record<ChaosKind, number>>>;
  /** Undefined for all. */
  readonly sites: readonly SiteCode[] | undefined;
  /** Milliseconds since the Unix epoch; Infinity where it goes on as long as the hierarchy runs. */
  readonly untilMs: number;
};

export type ScenarioPlan = { readonly entries: readonly Entry[]; readonly chaos: ChaosPlan | undefined };

export const noScenario: ScenarioPlan = { entries: [], chaos: undefined };

type Seen = {
  readonly circuits: Circuits;
  readonly startMs: number;
  /** Of the central site: days and dates are read on its clock. */
  readonly timeZone: string;
};

export function scenarioOf(
  steps: readonly StepWords[],
  chaos: ChaosWords | undefined,
  seen: Seen,
): ScenarioPlan {
  return {
    entries: steps.map((step, index) => entryOf(step, `scenario[${index}]`, seen)),
    chaos: chaos && chaosOf(chaos, seen),
  };
}

/**
 * The packages that are not there when a run begins at an emulated moment: those that the scenario adds later, and those
 * that it has removed. What it did before, an earlier run on the same root played.
 */
export function absentAt({ entries }: ScenarioPlan, fromMs: number): ReadonlySet<string> {
  const steps = entries.flatMap(({ action, cue }) =>
    action.do === "add" || action.do === "remove"
      ? [{ ...action, atMs: "atMs" in cue ? cue.atMs : fromMs }]
      : [],
  );
  const absent = new Set(steps.flatMap(({ do: what, package: name }) => (what === "add" ? [name] : [])));
  for (const { do: what, package: name } of steps
    .filter(({ atMs }) => atMs < fromMs)
    .sort((a, b) => a.atMs - b.atMs)) {
    if (what === "add") absent.delete(name);
    else absent.add(name);
  }
  return absent;
}

/** The sites that may be ended or paused: of chance, every one that it may meet. */
export function sitesSwitched(
  { entries, chaos }: ScenarioPlan,
  all: readonly SiteCode[],
): ReadonlySet<SiteCode> {
  const scripted = entries.flatMap(({ action }) =>
    action.do === "kill" || action.do === "stop" || action.do === "pause" ? action.sites : [],
  );
  const isByChance = chaos?.perDay.kill !== undefined || chaos?.perDay.pause !== undefined;
  return new Set([...scripted, ...(isByChance ? (chaos?.sites ?? all) : [])]);
}

function entryOf(step: StepWords, source: string, seen: Seen): Entry {
  const cue: Cue =
    step.when === undefined
      ? { atMs: step.at ? momentMs(step.at, seen.startMs, seen.timeZone) : seen.startMs }
      : { when: step.when, afterMs: step.after ?? 0 };
  return { source, cue, action: actionOf(step, seen), forMs: step.for };
}

function actionOf(step: StepWords, { circuits }: Seen): Action {
  const { limit, schedule, clock, corrupt, slow, to } = step;
  for (const name of ["cut", "restore"] as const) {
    const ends = step[name];
    if (ends) return { do: name, links: linksOf(ends) };
  }
  for (const name of ["kill", "stop", "start", "pause", "resume", "fill", "empty", "drop"] as const) {
    const ends = step[name];
    if (ends !== undefined) return { do: name, sites: codesOf(ends) };
  }
  for (const name of ["add", "refresh", "redistribute", "remove"] as const) {
    const found = step[name];
    if (found !== undefined) return { do: name, package: found };
  }
  if (slow) {
    const bytesPerSecond = to && bytesPerSecondOf(to, circuits);
    return { do: "slow", links: linksOf(slow), bytesPerSecond, latencyMs: step.latency };
  }
  if (limit) return { do: "limit", rateLimit: limit.rate, ...addressOf(limit) };
  if (schedule) return { do: "schedule", schedule: schedule.hours, ...addressOf(schedule) };
  if (clock) return { do: "clock", advance: clock.advance, scale: clock.scale };
  if (corrupt) {
    const [from, target] = corrupt;
    if (!from || !target) throw new Error("a way has two ends, and the schema should have said so");
    return { do: "corrupt", from, to: target };
  }
  throw new Error("a step does nothing, and the schema should have said so");
}

function addressOf(words: NonNullable<StepWords["limit" | "schedule"]>): OfAddress {
  return { from: words.from, to: words.to, sender: words.sender };
}

function linksOf([one = "", other = ""]: readonly Ends[]): SitePair[] {
  return pairsOf(one, other).map(({ from, to }) => [from as SiteCode, to as SiteCode]);
}

function codesOf(ends: Ends): SiteCode[] {
  return endSites(ends).map(({ code }) => code as SiteCode);
}

function chaosOf(words: ChaosWords, { startMs, timeZone }: Seen): ChaosPlan {
  const { sites, until } = words;
  return {
    perDay: Object.fromEntries(
      chaosKinds.flatMap((kind) => (words[kind] === undefined ? [] : [[kind, words[kind]]])),
    ),
    sites: sites === undefined ? undefined : codesOf(sites),
    untilMs: until ? momentMs(until, startMs, timeZone) : Number.POSITIVE_INFINITY,
  };
}
