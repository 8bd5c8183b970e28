/**
 * One at a time for each name, in the order asked: for what looks first and then acts on what it saw.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does `work` when everything asked for under `name` before has settled; settles as `work` does. */
  async take<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const turn = Promise.allSettled([this.#last.get(name)]).then(work);
    this.#last.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(name) === turn) this.#last.delete(name);
    }
  }
}
