/**
 * How much the share takes in at a time, so that a site stays responsive and within its memory however many others send
 * to it. Above the number of transfers a sender is told to come again, which costs it no try. Memory is divided among
 * those that are taken: many are written in smaller batches than few.
 */
import type { Clock } from "../../domain/clock.ts";
import { type IntakeLimits, intakeLimits } from "../../domain/intake-limits.ts";
import { Refusal } from "./refusal.ts";

/** Of one write: above, larger writes gain nothing; below, a chunk of Node's would not fit. */
const batch = { mostBytes: 512 * 1024, leastBytes: 16 * 1024 };
/** While one batch is written the next is gathered. */
const batchesOfEach = 2;

/** Real seconds after which a sender that was refused is to come again: a place is soon free, and a refusal costs little. */
export const comeAgainAfterSeconds = 1;

/** Real milliseconds for which a place is kept for the bytes of an upload that was made or found. */
const keptForMs = 10_000;

export class Intake {
  readonly #limits: IntakeLimits;
  readonly #clock: Pick<Clock, "realNow">;
  /** By upload: until when (real) its place is kept for it; for ever while it is being received. */
  readonly #places = new Map<string, number>();

  constructor(clock: Pick<Clock, "realNow">, limits: IntakeLimits = intakeLimits.parse({})) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /**
   * Keeps a place for an upload. Refuses with BUSY where there is none: before its bytes are on their way, because a sender
   * in the middle of them might not hear it.
   */
  reserve(upload: string): void {
    const nowMs = this.#clock.realNow();
    if (this.#places.get(upload) === Number.POSITIVE_INFINITY) return;
    this.#places.delete(upload);
    if (this.#isFullFor(upload))
      for (const [other, untilMs] of this.#places) if (untilMs <= nowMs) this.#places.delete(other);
    if (this.#isFullFor(upload)) throw new Refusal("BUSY", `${this.#places.size} are under way`);
    this.#places.set(upload, nowMs + keptForMs);
  }

  /** An upload that needs no more bytes needs no place. */
  giveBack(upload: string): void {
    if (this.#places.get(upload) !== Number.POSITIVE_INFINITY) this.#places.delete(upload);
  }

  /** Takes the place kept for an upload, or another, until it is disposed of. Refuses with BUSY. */
  enter(upload: string): Disposable {
    this.reserve(upload);
    this.#places.set(upload, Number.POSITIVE_INFINITY);
    return { [Symbol.dispose]: () => void this.#places.delete(upload) };
  }

  /** One site has half of the places at most, so that the others are never kept out by it. */
  #isFullFor(upload: string): boolean {
    const { transfers } = this.#limits;
    if (this.#places.size >= transfers) return true;
    const ofSameSite = [...this.#places.keys()].filter((other) => siteOf(other) === siteOf(upload)).length;
    return ofSameSite >= Math.ceil(transfers / 2);
  }

  /** What each transfer may gather before it is written. */
  get batchBytes(): number {
    const share = this.#limits.memoryBytes / (batchesOfEach * Math.max(1, this.#places.size));
    return Math.max(batch.leastBytes, Math.min(batch.mostBytes, Math.floor(share)));
  }
}

/** An upload is named after a request, whose id ends with the code of the sending site. */
function siteOf(upload: string): string {
  return upload.slice(-7, -4);
}
