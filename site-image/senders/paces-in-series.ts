/**
 * Two paces that the same bytes have to keep to, as an address's limit and the line below it. Made for one transfer;
 * each of the two may be shared with others.
 */
import type { Pace, PaceClock } from "./pace.ts";

export class PacesInSeries implements Pace {
  readonly clock: PaceClock;
  readonly #first: Pace;
  readonly #second: Pace;
  /** What the first has given and the second not yet. */
  #between = 0;

  constructor(first: Pace, second: Pace) {
    this.clock = first.clock;
    this.#first = first;
    this.#second = second;
  }

  async take(most: number, signal: AbortSignal): Promise<number> {
    if (this.#between === 0) this.#between = await this.#first.take(most, signal);
    const bytes = await this.#second.take(Math.min(most, this.#between), signal);
    this.#between -= bytes;
    return bytes;
  }

  mayBeUnderWay(roundTripMs: number): number {
    return Math.min(this.#first.mayBeUnderWay(roundTripMs), this.#second.mayBeUnderWay(roundTripMs));
  }

  arrived(bytes: number, tookMs: number, lateMs: number): void {
    this.#first.arrived(bytes, tookMs, lateMs);
    this.#second.arrived(bytes, tookMs, lateMs);
  }
}
