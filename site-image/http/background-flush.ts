/**
 * Flushes a file while it is still being written, so that the flush at its end has little left to do, and a power
 * failure little to take. One flush at a time; what one could not do is told by `done`.
 */
import type { FileHandle } from "node:fs/promises";

const everyBytes = 64 * 1024 * 1024;

export class BackgroundFlush {
  readonly #file: FileHandle;
  #unflushed = 0;
  #flushing: Promise<void> | undefined;
  #failure: { readonly cause: unknown } | undefined;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Returns at once. */
  written(bytes: number): void {
    this.#unflushed += bytes;
    if (this.#unflushed < everyBytes || this.#flushing) return;
    this.#unflushed = 0;
    this.#flushing = this.#flush();
  }

  /** Resolves when no flush is under way. Rejects if one failed: then nobody knows what is on the disk. */
  async done(): Promise<void> {
    await this.#flushing;
    if (this.#failure) throw new Error("cannot flush", { cause: this.#failure.cause });
  }

  async #flush(): Promise<void> {
    try {
      await this.#file.datasync();
    } catch (cause) {
      this.#failure ??= { cause };
    } finally {
      this.#flushing = undefined;
    }
  }
}
