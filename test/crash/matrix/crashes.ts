/**
 * Sites that end at their targets while a package is carried: each is started again at once, as often as it ends.
 */
import { systemWallClock } from "../../../orchestrator/wall-clock.ts";
import type { SiteProcess } from "../../support/site-processes.ts";
import type { Order, Phase, Report } from "../shim/orders.ts";
import type { Trouble } from "./delta.ts";
import { ask, type MatrixHierarchy } from "./hierarchy.ts";
import { type Trial, targetsOf } from "./trial.ts";

/** Real milliseconds. While a site is down that has something to be told. */
const askAgainAfterMs = 5;

export class Crashes implements Trouble, Disposable {
  readonly #sites: readonly KeptUp[];

  constructor(hierarchy: MatrixHierarchy, signal: AbortSignal) {
    this.#sites = hierarchy.processes.all.map((site) => new KeptUp(site, signal));
  }

  async arm(trials: readonly Trial[]): Promise<void> {
    await Promise.all(
      this.#sites.map((kept) =>
        kept.ask({ do: "count", targets: targetsOf(kept.site.code, trials) }, "counting"),
      ),
    );
  }

  async begin(phase: Phase): Promise<void> {
    await Promise.all(this.#sites.map((kept) => kept.ask({ do: "begin", phase }, "begun")));
  }

  get count(): number {
    return this.#sites.reduce((sum, { ends }) => sum + ends, 0);
  }

  /** Nothing ends from then on. Resolves with what was met, when all are up. */
  async over(): Promise<readonly Trial[]> {
    const met = await Promise.all(
      this.#sites.map(async (kept) => {
        const { met } = await kept.ask({ do: "count", targets: [] }, "counting");
        return met.map((target): Trial => ({ site: kept.site.code, ...target }));
      }),
    );
    return met.flat();
  }

  [Symbol.dispose](): void {
    for (const kept of this.#sites) kept[Symbol.dispose]();
  }
}

/** A site that is started again whenever it has ended, until it is disposed of. */
class KeptUp implements Disposable {
  readonly site: SiteProcess;
  readonly #signal: AbortSignal;
  #isUp: Promise<boolean> = Promise.resolve(true);
  #isOver = false;
  ends = 0;

  constructor(site: SiteProcess, signal: AbortSignal) {
    this.site = site;
    this.#signal = signal;
    void this.#keepUp();
  }

  /** Tells its shim, once more where the process ends before it answers. */
  async ask<Said extends Report["said"]>(order: Order, said: Said): Promise<Extract<Report, { said: Said }>> {
    for (;;) {
      this.#signal.throwIfAborted();
      if (await this.#isUp) {
        const isGone = this.site.gone().then(() => undefined);
        const answer = await Promise.race([ask(this.site, order, said), isGone]);
        if (answer) return answer;
      }
      await systemWallClock.sleep(askAgainAfterMs, this.#signal);
    }
  }

  async #keepUp(): Promise<void> {
    for (;;) {
      await this.site.gone();
      if (this.#isOver || this.#signal.aborted) return;
      this.ends++;
      this.#isUp = this.site.start();
    }
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
  }
}
