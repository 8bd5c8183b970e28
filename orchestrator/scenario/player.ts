/**
 * Plays the scenario of a topology beside a run: each entry at its emulated moment or once its condition has come, and
 * the end of each after its time. An entry that cannot be carried out is told, and the others go on. Chance is drawn a
 * day at a time. What was changed is put right when the player is disposed of, unless it is to stay.
 */
import { isJumpedOver, realAt } from "../../domain/clock.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import { wordsOf } from "../failure.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import type { Action, Entry } from "../topology/scenario-plan.ts";
import type { WallClock } from "../wall-clock.ts";
import { dayMs } from "./chaos.ts";
import { isMet, type Seen } from "./cues.ts";
import type { Stage } from "./stage.ts";
import { undoOf } from "./undo.ts";

/** An entry that was played, or its end, for who tells of it and for reports. */
export type Played = {
  readonly source: string;
  readonly action: Action;
  /** When it was due, and when it was begun. */
  readonly dueMs: number;
  readonly emulatedMs: number;
  readonly forMs: number | undefined;
  /** True for the end of what was done before. */
  readonly isEnd: boolean;
};

export type Ears = {
  /** A day of chance was drawn. */
  drawn(faults: readonly Entry[]): void;
  /** An entry begins. */
  played(played: Played): void;
  /** It is done, with what there is to say of it; or it waits for a site. */
  said(played: Played, words: string): void;
  failed(played: Played, words: string): void;
};

export type PlayerDeps = {
  readonly hierarchy: RunningHierarchy;
  readonly entries: readonly Entry[];
  readonly chaos: Iterator<readonly Entry[]> | undefined;
  readonly startMs: number;
  readonly stage: Stage;
  readonly seen: Omit<Seen, "states">;
  readonly wallClock: WallClock;
  readonly ears: Ears;
  /** What was changed stays so when the player is disposed of. */
  readonly keepsChanges?: boolean;
};

type Due = {
  readonly atMs: number;
  readonly entry: Entry;
  readonly isEnd: boolean;
  readonly beginning?: Played;
};

/** The longest rest, in milliseconds of real time: the clock may be changed by somebody else. */
const restMs = 1_000;

export class Player implements AsyncDisposable {
  readonly playedAll: Played[] = [];
  readonly #deps: PlayerDeps;
  readonly #states = new Map<SiteCode, "down" | "up">();
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  /** Those of them that wait for a site that is down. */
  readonly #waiting = new Set<Played>();
  #queue: Due[] = [];
  #conditional: Entry[];
  #chaosDay = 0;
  #isChaosOver: boolean;
  #isBusy = 0;
  #wake = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(deps: PlayerDeps) {
    this.#deps = deps;
    const goneOnFromMs = deps.hierarchy.clock[0]?.emulatedMs ?? deps.startMs;
    this.#conditional = deps.entries.filter(({ cue }) => "when" in cue);
    // What was due before this run began was played by the one before it.
    for (const entry of deps.entries) {
      if ("atMs" in entry.cue && entry.cue.atMs >= goneOnFromMs) this.#push(entry.cue.atMs, entry, false);
    }
    this.#isChaosOver = deps.chaos === undefined;
  }

  /** True once nothing is due any more by its time: conditions that have not come and chance do not count. */
  get isOver(): boolean {
    const isDue = this.#queue.some(({ entry, isEnd }) => entry.source !== "chaos" || isEnd);
    return !isDue && this.#isBusy <= this.#waiting.size;
  }

  /** Conditions that have not come. */
  get unmet(): readonly Entry[] {
    return this.#conditional;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** To be called when the board has changed. */
  look(): void {
    if (this.#stop.signal.aborted) return;
    const seen = { ...this.#deps.seen, states: this.#states };
    const met = this.#conditional.filter(({ cue }) => "when" in cue && isMet(cue.when, seen));
    if (met.length === 0) return;
    this.#conditional = this.#conditional.filter((entry) => !met.includes(entry));
    const nowMs = this.#deps.hierarchy.now();
    for (const entry of met) {
      if ("when" in entry.cue) this.#push(nowMs + entry.cue.afterMs, entry, false);
    }
    this.#wake.abort();
  }

  /** A site does not answer any more, or does again. */
  told(site: SiteCode, state: "down" | "up"): void {
    if (state === "up" && !this.#states.has(site)) return;
    this.#states.set(site, state);
    this.look();
  }

  /** More to be played, as if the topology had it. */
  add(entries: readonly Entry[]): void {
    this.#conditional = [...this.#conditional, ...entries.filter(({ cue }) => "when" in cue)];
    for (const entry of entries) if ("atMs" in entry.cue) this.#push(entry.cue.atMs, entry, false);
    this.look();
    this.#wake.abort();
  }

  /**
   * Does something now, by hand. Resolves with what there is to say of it beyond that it is done, or once it waits for a
   * site that is down; rejects where it cannot be done.
   */
  async act(action: Action): Promise<string | undefined> {
    const nowMs = this.#deps.hierarchy.now();
    const played: Played = {
      source: "by hand",
      action,
      dueMs: nowMs,
      emulatedMs: nowMs,
      forMs: undefined,
      isEnd: false,
    };
    this.playedAll.push(played);
    this.#deps.ears.played(played);
    const waits = Promise.withResolvers<string>();
    const done = this.#hold(played, (site) => waits.resolve(`done as soon as site ${site} is up`));
    return await Promise.race([done, waits.promise]);
  }

  /** What was made of a site by these switches. */
  stateOf(site: SiteCode): "up" | "ended" | "paused" {
    return this.#deps.stage.stateOf(site);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await Promise.all(this.#running);
    if (!this.#deps.keepsChanges) await this.#deps.stage.putRight();
  }

  async #run(): Promise<void> {
    const { hierarchy, wallClock } = this.#deps;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      this.#drawDays();
      this.#playDue(hierarchy.now());
      const nextMs = this.#queue[0]?.atMs ?? Number.POSITIVE_INFINITY;
      const untilMs = Number.isFinite(nextMs) ? realAt(hierarchy.clock, nextMs) - wallClock.now() : restMs;
      const either = AbortSignal.any([signal, this.#wake.signal]);
      await wallClock.sleep(Math.max(1, Math.min(restMs, Math.ceil(untilMs))), either);
    }
  }

  /** One by one: the end of what is played may be due before what is due next. */
  #playDue(nowMs: number): void {
    for (let due = this.#queue[0]; due && due.atMs <= nowMs; due = this.#queue[0]) {
      this.#queue.shift();
      if (!this.#isSkipped(due)) this.#play(due);
    }
  }

  /** One day ahead, so that none is drawn too late. */
  #drawDays(): void {
    const { chaos, hierarchy, startMs, ears } = this.#deps;
    while (chaos && !this.#isChaosOver && hierarchy.now() >= startMs + (this.#chaosDay - 1) * dayMs) {
      const { value, done } = chaos.next();
      this.#isChaosOver = done ?? false;
      if (done) return;
      this.#chaosDay++;
      const goneOnFromMs = hierarchy.clock[0]?.emulatedMs ?? startMs;
      const faults = value.filter(({ cue }) => "atMs" in cue && cue.atMs >= goneOnFromMs);
      ears.drawn(faults);
      for (const entry of faults) if ("atMs" in entry.cue) this.#push(entry.cue.atMs, entry, false);
    }
  }

  /** By time; of those due at the same time, the one that was there first goes first. */
  #push(atMs: number, entry: Entry, isEnd: boolean, beginning?: Played): void {
    const after = this.#queue.findIndex((due) => due.atMs > atMs);
    const due = { atMs, entry, isEnd, ...(beginning && { beginning }) };
    this.#queue.splice(after < 0 ? this.#queue.length : after, 0, due);
  }

  /** What would have begun and ended in time that never was does neither. */
  #isSkipped({ atMs, entry, isEnd }: Due): boolean {
    const { clock } = this.#deps.hierarchy;
    return !isEnd && entry.forMs !== undefined && isJumpedOver(clock, atMs, atMs + entry.forMs);
  }

  #play({ atMs, entry, isEnd }: Due): void {
    const { hierarchy, ears } = this.#deps;
    const end = undoOf(entry.action);
    const action = isEnd && end ? end : entry.action;
    const forMs = isEnd ? undefined : entry.forMs;
    const played: Played = {
      source: entry.source,
      action,
      dueMs: atMs,
      emulatedMs: hierarchy.now(),
      forMs,
      isEnd,
    };
    this.playedAll.push(played);
    ears.played(played);
    if (forMs !== undefined) this.#push(atMs + forMs, entry, true, played);
    this.#hold(played, () => {}).catch(() => {}); // it was told
  }

  /** Counts it among what is being done until it is. */
  #hold(played: Played, waits: (site: SiteCode) => void): Promise<string | undefined> {
    this.#isBusy++;
    const done = this.#carryOut(played, waits).finally(() => {
      this.#isBusy--;
      this.#waiting.delete(played);
      this.#running.delete(over);
      this.look();
    });
    const over = done.then(
      () => {},
      () => {},
    );
    this.#running.add(over);
    return done;
  }

  async #carryOut(played: Played, waits: (site: SiteCode) => void): Promise<string | undefined> {
    const { stage, ears } = this.#deps;
    const { signal } = this.#stop;
    const waiting = (site: SiteCode) => {
      if (this.#waiting.has(played)) return;
      this.#waiting.add(played);
      ears.said(played, `waits for site ${site}`);
      waits(site);
    };
    try {
      const words = await stage.carryOut(played.action, { waiting, signal });
      if (words !== undefined) ears.said(played, words);
      return words;
    } catch (error) {
      if (signal.aborted) return undefined;
      ears.failed(played, wordsOf(error));
      this.#queue = this.#queue.filter(({ beginning }) => beginning !== played); // nothing to be ended
      throw error;
    } finally {
      if (played.action.do === "clock") this.#wake.abort(); // moments come sooner than they did
    }
  }
}
