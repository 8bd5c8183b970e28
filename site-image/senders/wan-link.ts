/**
 * One direction of an emulated link: one bandwidth for all transfers over it, a delay, and outages, during which
 * nothing goes over it. What uses links is in wan.ts.
 */
import { delayMs, isDown, type Link, nextOutageEdge } from "../../domain/link.ts";
import type { Pace, PaceClock } from "./pace.ts";
import { Pacer } from "./pacer.ts";
import { SendError } from "./send-error.ts";

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
    this.look();
  }

  get link(): Link {
    return this.#link;
  }

  /** Aborted, with a SendError, while the link is down. */
  get up(): AbortSignal {
    return this.#up.signal;
  }

  /** What all transfers over the link share; undefined where it carries everything at once. */
  get pace(): Pace | undefined {
    return this.#link.bytesPerSecond === undefined ? undefined : this.#pacer;
  }

  /** The link is another from now on. */
  set(link: Link): void {
    this.#link = link;
    this.#pacer.changed();
    this.look();
  }

  /** Begins or ends an outage if it is time. Returns the emulated instant of the next edge, Infinity if there is none. */
  look(): number {
    const nowMs = this.#clock.now();
    const down = isDown(this.#link, nowMs);
    if (down && !this.#up.signal.aborted) {
      this.#up.abort(new SendError("the link is down", { retryable: true }));
    } else if (!down && this.#up.signal.aborted) {
      this.#up = new AbortController();
    }
    return nextOutageEdge(this.#link, nowMs);
  }

  /** One delay, in real milliseconds. */
  delayMs(): number {
    return delayMs(this.#link, this.#random()) / this.#clock.scale();
  }
}
