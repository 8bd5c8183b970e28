/**
 * The pace of an address: whatever its rate limit says is in force, and the change from one kind to another under a
 * transfer. Shared by all transfers to the address.
 */
import { pauseAfterBlock, type Rate } from "../../domain/rate-limit.ts";
import { BlocksAndPauses } from "./blocks-and-pauses.ts";
import type { Pace, PaceClock } from "./pace.ts";
import { Pacer } from "./pacer.ts";

/** What the percent of a sender without a declared link counts in (domain.md section 2). */
const shareBlockBytes = 256 * 1024;

type Deps = {
  readonly clock: PaceClock;
  /** What is in force now (`rateAt`). */
  rate(): Rate;
};

export class AddressPace implements Pace {
  readonly clock: PaceClock;
  readonly #askRate: () => Rate;
  #rate: Rate;
  #hasChanged = new AbortController();
  readonly #pacer: Pacer;
  readonly #blocks: BlocksAndPauses;

  constructor({ clock, rate }: Deps) {
    this.clock = clock;
    this.#askRate = rate;
    this.#rate = rate();
    this.#pacer = new Pacer({
      clock,
      rate: () => {
        const { untilMs, ...now } = this.#now();
        return {
          untilMs,
          bytesPerSecond: now.kind === "paced" ? now.bytesPerSecond : Number.POSITIVE_INFINITY,
        };
      },
    });
    this.#blocks = new BlocksAndPauses({
      clock,
      blocks: () => {
        const now = this.#now();
        if (now.kind === "pulse") {
          return { blockBytes: now.blockBytes, pauseMs: () => now.pauseMs / clock.scale() };
        }
        if (now.kind !== "share") return { blockBytes: shareBlockBytes, pauseMs: () => 0 };
        const { share, formula } = now;
        return {
          blockBytes: shareBlockBytes,
          pauseMs: (tookMs) => pauseAfterBlock(share, formula, tookMs), // at any scale: both are real time
        };
      },
    });
  }

  async take(most: number, signal: AbortSignal): Promise<number> {
    for (;;) {
      const changed = this.#hasChanged.signal;
      try {
        return await this.#inForce().take(most, AbortSignal.any([signal, changed]));
      } catch (error) {
        if (signal.aborted || !changed.aborted) throw error;
      }
    }
  }

  mayBeUnderWay(roundTripMs: number): number {
    return this.#inForce().mayBeUnderWay(roundTripMs);
  }

  arrived(bytes: number, tookMs: number, lateMs: number): void {
    this.#pacer.arrived(bytes, tookMs, lateMs);
    this.#blocks.arrived(bytes);
  }

  /** The limit has changed: holds from the next block on. */
  changed(): void {
    const { kind } = this.#rate;
    this.#rate = this.#askRate();
    this.#pacer.changed();
    this.#blocks.changed();
    if (kind === this.#rate.kind) return;
    const before = this.#hasChanged;
    this.#hasChanged = new AbortController();
    before.abort();
  }

  #inForce(): Pacer | BlocksAndPauses {
    const { kind } = this.#now();
    return kind === "pulse" || kind === "share" ? this.#blocks : this.#pacer;
  }

  #now(): Rate {
    if (this.clock.now() >= this.#rate.untilMs) this.#rate = this.#askRate();
    return this.#rate;
  }
}
