/**
 * A file that lines are added to, opened once. A line that the disk took only half of is finished before anything else
 * is added, so that the file has whole lines, but for the last.
 */
import { closeSync, fstatSync, openSync, writeSync } from "node:fs";

export class LineFile implements Disposable {
  readonly descriptor: number;
  #rest: Buffer = Buffer.alloc(0);
  #bytes: number;

  /** Opens or makes it. `flags` are node:fs's, for a file that is added to. */
  constructor(path: string, flags: "a" | "a+") {
    this.descriptor = openSync(path, flags);
    this.#bytes = fstatSync(this.descriptor).size;
  }

  /** With what is still to be written of a line. */
  get bytes(): number {
    return this.#bytes + this.#rest.length;
  }

  /** Adds a line, which has its newline. Throws with nothing of it added. */
  add(line: string): void {
    this.finish();
    this.#rest = Buffer.from(line);
    const { length } = this.#rest;
    try {
      this.finish();
    } catch (error) {
      if (this.#rest.length < length) return; // its other half is first in the next turn
      this.#rest = Buffer.alloc(0);
      throw error;
    }
  }

  /** Writes what is left of a line that was begun. Throws where the disk does not take it. */
  finish(): void {
    while (this.#rest.length > 0) {
      const written = writeSync(this.descriptor, this.#rest);
      this.#bytes += written;
      this.#rest = this.#rest.subarray(written);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.descriptor);
  }
}
