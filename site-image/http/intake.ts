/**
 * How much the share takes in at a time, so that a site stays responsive and within its memory however many others send
 * to it. Above the number of transfers a sender is told to come again, which costs it no try. Memory is divided among
 * those that are taken: many are written in smaller batches than few.
 */
import { type IntakeLimits, intakeLimits } from "../../domain/intake-limits.ts";
import { Refusal } from "./refusal.ts";

/** Of one write: above, larger writes gain nothing; below, a chunk of Node's would not fit. */
const batch = { mostBytes: 512 * 1024, leastBytes: 16 * 1024 };
/** While one batch is written the next is gathered. */
const batchesOfEach = 2;

/** Real seconds after which a sender that was refused is to come again: a place is soon free, and a refusal costs little. */
export const comeAgainAfterSeconds = 1;

export class Intake {
  readonly #limits: IntakeLimits;
  #transfers = 0;

  constructor(limits: IntakeLimits = intakeLimits.parse({})) {
    this.#limits = limits;
  }

  /** Refuses with BUSY where there is no place for another transfer. */
  assertPlace(): void {
    if (this.#transfers < this.#limits.transfers) return;
    throw new Refusal("BUSY", `${this.#transfers} are under way`);
  }

  /** Takes a place until it is disposed of. Refuses with BUSY. */
  enter(): Disposable {
    this.assertPlace();
    this.#transfers++;
    return { [Symbol.dispose]: () => void this.#transfers-- };
  }

  /** What each transfer may gather before it is written. */
  get batchBytes(): number {
    const share = this.#limits.memoryBytes / (batchesOfEach * Math.max(1, this.#transfers));
    return Math.max(batch.leastBytes, Math.min(batch.mostBytes, Math.floor(share)));
  }
}
