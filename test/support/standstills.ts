/**
 * When a process stood still: its event loop was busy, or the machine had others to serve. What a sender or a receiver
 * could not do then is not held against it, so that no check depends on how fast the machine is.
 */
export type Stretch = {
  /** Real milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
};

export class Standstills {
  /** Disjoint, in order, each with the milliseconds of those before it. */
  readonly #stretches: (Stretch & { readonly beforeMs: number })[] = [];

  constructor(stretches: readonly Stretch[]) {
    let beforeMs = 0;
    let reachedMs = Number.NEGATIVE_INFINITY;
    for (const { fromMs, toMs } of stretches.toSorted((a, b) => a.fromMs - b.fromMs)) {
      const rest = { fromMs: Math.max(fromMs, reachedMs), toMs, beforeMs }; // where two overlap, the first has it
      if (rest.toMs <= rest.fromMs) continue;
      this.#stretches.push(rest);
      beforeMs += rest.toMs - rest.fromMs;
      reachedMs = rest.toMs;
    }
  }

  /** Milliseconds of standstill between two moments. */
  between(fromMs: number, toMs: number): number {
    return toMs > fromMs ? this.#before(toMs) - this.#before(fromMs) : 0;
  }

  /** Milliseconds of the longest one that was not over at `fromMs` and had begun at `toMs`. */
  longest(fromMs: number, toMs: number): number {
    let longestMs = 0;
    for (let index = this.#begunBefore(toMs) - 1; index >= 0; index--) {
      const stretch = this.#stretches[index];
      if (!stretch || stretch.toMs <= fromMs) break;
      longestMs = Math.max(longestMs, stretch.toMs - stretch.fromMs);
    }
    return longestMs;
  }

  #before(ms: number): number {
    const last = this.#stretches[this.#begunBefore(ms) - 1];
    return last ? last.beforeMs + Math.min(ms, last.toMs) - last.fromMs : 0;
  }

  /** How many began before `ms`. */
  #begunBefore(ms: number): number {
    let low = 0;
    let high = this.#stretches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#stretches[middle]?.fromMs ?? 0) < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
