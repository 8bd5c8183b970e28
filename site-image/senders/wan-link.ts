/**
 * The emulated link to another site, outwards: one bandwidth for all transfers over it, a delay before every request
 * and before every answer is acted on, and outages, which cut what is under way and refuse what comes.
 */
import { delayMs, type Link } from "../../domain/link.ts";
import type { Pace, PaceClock } from "./pace.ts";
import { Pacer } from "./pacer.ts";
import { PacesInSeries } from "./paces-in-series.ts";
import { SendError } from "./send-error.ts";
import type { Transfer } from "./transfer.ts";

type Deps = {
  readonly clock: PaceClock;
  readonly link: Link;
  /** From 0 to 1, seeded. */
  random(): number;
};

export class WanLink {
  readonly #clock: PaceClock;
  readonly #random: () => number;
  readonly #pacer: Pacer;
  #link: Link;
  /** Aborts when the link goes down, and is replaced when it comes up again. */
  #up = new AbortController();

  constructor({ clock, link, random }: Deps) {
    this.#clock = clock;
    this.#link = link;
    this.#random = random;
    this.#pacer = new Pacer({
      clock,
      rate: () => ({
        bytesPerSecond: this.#link.bytesPerSecond ?? Number.POSITIVE_INFINITY,
        untilMs: Number.POSITIVE_INFINITY,
      }),
    });
  }

  /** The same transfer over this link, beside what limits it otherwise. */
  carry(transfer: Transfer): Transfer {
    return async (job, hooks, signal) => {
      const both = AbortSignal.any([signal, this.#up.signal]);
      both.throwIfAborted();
      const pace = this.#paceWith(job.pace);
      await transfer({ ...job, pace, delay: (either) => this.#delay(either) }, hooks, both);
    };
  }

  /** The link is another from now on. */
  set(link: Link): void {
    this.#link = link;
    this.#pacer.changed();
  }

  /** An outage begins. Again is no work. */
  cut(): void {
    this.#up.abort(new SendError("the link is down", { retryable: true }));
  }

  /** The outage is over. */
  restore(): void {
    if (this.#up.signal.aborted) this.#up = new AbortController();
  }

  #paceWith(pace: Pace | undefined): Pace | undefined {
    if (this.#link.bytesPerSecond === undefined) return pace;
    return pace ? new PacesInSeries(pace, this.#pacer) : this.#pacer;
  }

  async #delay(signal: AbortSignal): Promise<void> {
    const ms = delayMs(this.#link, this.#random()) / this.#clock.scale();
    if (ms > 0) await this.#clock.sleepReal(ms, signal);
  }
}
