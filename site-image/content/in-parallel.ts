/**
 * Work on many small files a few at a time: a disk answers several requests sooner than one after the other, and
 * thousands at once would only hold memory.
 */

/** How many files are listed, written or flushed at a time. More was not faster when it was measured. */
export const filesAtOnce = 16;

/**
 * Does `work` for every item, at most `limit` at a time, in order of their start. When one fails, no other starts.
 * Settles when nothing runs any more, so the caller may delete what was worked on; rejects with the first failure.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Running(limit);
  for (const item of items) {
    if (running.failed) break;
    await running.start(() => work(item));
  }
  await running.end();
}

/** Tasks under way, at most `limit` at a time: for items that are found one by one. */
export class Running {
  readonly #limit: number;
  readonly #tasks = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;
  constructor(limit: number) {
    this.#limit = limit;
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Starts the task, after waiting for one to end where `limit` are under way. Rejects if a task has failed. */
  async start(work: () => Promise<void>): Promise<void> {
    while (this.#tasks.size >= this.#limit) await Promise.race(this.#tasks);
    this.#throwFailure();
    const task = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  /** Resolves when no task is under way, whatever became of them. */
  async settled(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  /** Resolves when no task is under way. Rejects then with the first failure. */
  async end(): Promise<void> {
    await this.settled();
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
