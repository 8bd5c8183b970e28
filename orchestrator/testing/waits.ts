/**
 * Waiting for what happens in a hierarchy, never for a time. Whoever waits in vain is told why.
 */
import { Failure } from "../failure.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import { expectedMoment, momentMs, parseMoment } from "../topology/moment.ts";
import type { WallClock } from "../wall-clock.ts";
import type { Watch } from "../watch.ts";
import { dateAndTime } from "../words.ts";

export type WaitOptions = {
  /**
   * The latest, in emulated time: `+12h` from now, or a moment like `Sat 06:00` on the clock of the central site.
   * Default: none, so that `patienceMs` holds.
   */
  readonly within?: string;
  /** The longest to wait, in milliseconds of real time. Default: with `within` no limit, else the hierarchy's. */
  readonly patienceMs?: number;
  /** Stops waiting: the wait then rejects, with why it has not come. */
  readonly signal?: AbortSignal | undefined;
};

/** What was waited for has not come. Its message says what is waited for instead. */
export class WaitFailure extends Failure {
  constructor(message: string, options?: ErrorOptions) {
    super("environment", message, options);
    this.name = "WaitFailure";
  }
}

export type Awaited<Found> = {
  /** Ends a sentence that begins with "waited in vain for". */
  readonly what: string;
  /** Gives something once it is so. `untilMs`, emulated, is the latest moment that counts. */
  readonly look: (untilMs: number) => Found | undefined;
  /** Now and then: why it will never be so, where that is known. */
  readonly hopeless?: () => Promise<string | undefined>;
  /** What stands in the way, a line each. */
  readonly why: () => Promise<readonly string[]>;
};

type Deps = {
  readonly hierarchy: RunningHierarchy;
  readonly watch: Pick<Watch, "error">;
  readonly wallClock: WallClock;
  readonly timeZone: string;
  /** In milliseconds of real time. */
  readonly patienceMs: number;
  /** Of the hierarchy. */
  readonly signal: AbortSignal;
};

/** How often what has happened is looked at, in milliseconds of real time. */
const lookEveryMs = 20;
/** How often a Provider is asked whether there is hope, in milliseconds of real time. */
const askEveryMs = 1_000;
/** What happened in time may be heard of so much later, in milliseconds of real time. */
const newsMs = 1_000;

export class Waits {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async until<Found>(awaited: Awaited<Found>, options: WaitOptions = {}): Promise<Found> {
    const { hierarchy, watch, wallClock } = this.#deps;
    const signal = options.signal ? AbortSignal.any([options.signal, this.#deps.signal]) : this.#deps.signal;
    const untilMs = this.moment(options.within);
    const patienceMs =
      options.patienceMs ?? (options.within ? Number.POSITIVE_INFINITY : this.#deps.patienceMs);
    const endRealMs = wallClock.now() + patienceMs;
    let askedRealMs = wallClock.now();
    let lateRealMs: number | undefined;
    for (;;) {
      if (watch.error) throw watch.error;
      const found = awaited.look(untilMs);
      if (found !== undefined) return found;
      const realMs = wallClock.now();
      if (signal.aborted) throw await this.#inVain(awaited, "until the wait was stopped", signal.reason);
      if (hierarchy.now() > untilMs) lateRealMs ??= realMs;
      if (lateRealMs !== undefined && realMs - lateRealMs >= newsMs)
        throw await this.#inVain(awaited, `until ${dateAndTime(untilMs, this.#deps.timeZone)}`);
      if (realMs >= endRealMs) throw await this.#inVain(awaited, `for ${patienceMs} ms of real time`);
      if (awaited.hopeless && realMs - askedRealMs >= askEveryMs) {
        askedRealMs = realMs;
        const why = await awaited.hopeless();
        if (why !== undefined) throw await this.#inVain(awaited, why);
      }
      await wallClock.sleep(lookEveryMs, signal);
    }
  }

  /** Emulated; Infinity where there is none. */
  moment(text: string | undefined): number {
    if (text === undefined) return Number.POSITIVE_INFINITY;
    const read = parseMoment(text) ?? parseMoment(`+${text}`);
    if (!read) throw new Failure("usage", `${expectedMoment.replace("the start", "now")}, found "${text}"`);
    return momentMs(read, this.#deps.hierarchy.now(), this.#deps.timeZone);
  }

  async #inVain(awaited: Awaited<unknown>, how: string, cause?: unknown): Promise<WaitFailure> {
    const { hierarchy, timeZone } = this.#deps;
    const now = dateAndTime(hierarchy.now(), timeZone);
    const lines = [`waited in vain for ${awaited.what}: ${how}; it is ${now}`, ...(await awaited.why())];
    return new WaitFailure(lines.join("\n  "), cause === undefined ? {} : { cause });
  }
}
