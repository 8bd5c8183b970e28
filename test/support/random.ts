/**
 * Random choices that a seed repeats.
 */
import { createCipheriv } from "node:crypto";

export class Random {
  readonly seed: number;
  #state: number;

  /** `seed` is a whole number from 0 to 2 ** 32 - 1. */
  constructor(seed: number) {
    this.seed = seed;
    this.#state = seed;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.between(0, items.length - 1)] ?? items[0];
  }

  seedOfAnother(): number {
    return this.between(0, 2 ** 32 - 1);
  }

  /** Choices of its own, whatever others do meanwhile. */
  fork(): Random {
    return new Random(this.seedOfAnother());
  }

  /** Bytes that no compression makes smaller. */
  bytes(length: number): Buffer {
    const key = Buffer.alloc(16);
    key.writeUInt32LE(this.seedOfAnother());
    return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(length));
  }

  /** Mulberry32: 32 bits of state, good enough to choose with. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
