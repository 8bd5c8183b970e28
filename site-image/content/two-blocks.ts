/** From 256 KiB on, more makes reading and compressing hardly faster, but takes memory. */
export const blockBytes = 256 * 1024;

/** Two blocks of memory, one to fill while the other is used up: large contents would leave garbage otherwise. */
export class TwoBlocks {
  #filling: Buffer = Buffer.allocUnsafeSlow(blockBytes);
  #other: Buffer = Buffer.allocUnsafeSlow(blockBytes);
  #used = 0;

  get isFull(): boolean {
    return this.#used === blockBytes;
  }

  /** What has been filled. It is overwritten when the next block has been taken. */
  take(): Buffer {
    const taken = this.#filling.subarray(0, this.#used);
    [this.#filling, this.#other] = [this.#other, this.#filling];
    this.#used = 0;
    return taken;
  }

  /** Adds all of `bytes`, yielding the blocks it fills. */
  *add(bytes: Buffer): Generator<Buffer> {
    for (let from = 0; from < bytes.length; ) {
      const copied = bytes.copy(this.#filling, this.#used, from);
      from += copied;
      this.#used += copied;
      if (this.isFull) yield this.take();
    }
  }

  /** Lets `fill` write at most `most` bytes into what is free, and returns how many it wrote. */
  async fill(most: number, fill: (free: Buffer) => Promise<number>): Promise<number> {
    const filled = await fill(this.#filling.subarray(this.#used, this.#used + most));
    this.#used += filled;
    return filled;
  }
}
