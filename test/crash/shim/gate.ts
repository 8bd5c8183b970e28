/**
 * The gate that every operation of a site's process goes through: it counts them, and ends the process or has the disk
 * fail at the one it was told.
 */
import { relative, sep } from "node:path";

import { meets, type Nature } from "./disk-faults.ts";
import { Operations } from "./operations.ts";
import { type FaultCode, faultCode, type Report, type Target } from "./orders.ts";
import { Unflushed } from "./unflushed.ts";

/** Something that is about to be done to the disk. */
export type Operation = {
  readonly kind: string;
  /** A path below the site's folder, or the tables of a commit. */
  readonly place: string;
  readonly nature: Exclude<Nature, "opens">;
  /** What it fails with. */
  error(code: FaultCode): Error;
  /** Before it is done, where what is unflushed is kept book of. Returns what to note when it is done. */
  prepare?(unflushed: Unflushed): ((result: unknown) => void) | undefined;
};

export class Gate {
  readonly #root: string;
  readonly #stash: string;
  readonly #tell: (report: Report) => void;
  #operations = new Operations();
  #target: Target | undefined;
  #unflushed: Unflushed | undefined;
  #fault: FaultCode | undefined;

  constructor(options: { root: string; stash: string; tell: (report: Report) => void }) {
    this.#root = options.root;
    this.#stash = options.stash;
    this.#tell = options.tell;
  }

  get names(): readonly string[] {
    return this.#operations.names;
  }

  /** From here on it counts anew. What is on the disk now is taken to be flushed. */
  count(target: Target | undefined): void {
    this.#operations = new Operations();
    this.#target = target;
    this.#fault = undefined;
    const cuts = target?.mode === "torn" || target?.mode === "missing";
    this.#unflushed = cuts ? new Unflushed(this.#root, this.#stash) : undefined;
  }

  endFault(): void {
    this.#fault = undefined;
  }

  /** How a path is named, undefined where it is not the site's. */
  placeOf(path: string): string | undefined {
    if (path !== this.#root && !path.startsWith(this.#root + sep)) return undefined;
    return relative(this.#root, path);
  }

  /** Throws where a file or folder cannot be opened now. Opening changes nothing, so it does not count. */
  opens(error: (code: FaultCode) => Error): void {
    if (this.#fault && meets(this.#fault, "opens", "open")) throw error(this.#fault);
  }

  /** Does `act`, unless the process ends before, or the disk fails. */
  pass<Result>(operation: Operation, act: () => Result): Result {
    const name = this.#operations.next(operation.kind, operation.place);
    const mode = this.#target?.operation === name ? this.#target.mode : undefined;
    const code = faultCode.safeParse(mode).data;
    if (code) {
      this.#fault = code;
      this.#tell({ said: "the disk fails", operation: name });
    }
    if (this.#fault && meets(this.#fault, operation.nature, operation.kind))
      throw operation.error(this.#fault);
    if (mode === "before") die();
    const note = this.#unflushed && operation.prepare?.(this.#unflushed);
    const end = (result: unknown): void => {
      note?.(result);
      if (mode === "torn" || mode === "missing") this.#unflushed?.cut(mode);
      if (mode && !code) die();
    };
    const result = act();
    if (!(result instanceof Promise)) {
      end(result);
      return result;
    }
    return result.then((value: unknown) => {
      end(value);
      return value;
    }) as Result;
  }
}

function die(): never {
  process.kill(process.pid, "SIGKILL");
  throw new Error("a killed process goes on");
}
