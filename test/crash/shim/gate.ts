/**
 * The gate that every operation of a site's process goes through: it counts them, and ends the process or has the disk
 * fail at those it was told. A process that it ends leaves a file to the next one of its site, which counts on.
 */
import fs from "node:fs";
import { relative, sep } from "node:path";

import { meets, type Nature } from "./disk-faults.ts";
import { Operations } from "./operations.ts";
import {
  type FaultCode,
  faultCode,
  type Legacy,
  legacy,
  type NamedOperation,
  type Phase,
  type Report,
  type Target,
  type TrialMode,
} from "./orders.ts";
import { Unflushed } from "./unflushed.ts";

const { existsSync, readFileSync, rmSync, writeFileSync } = fs; // as they are before they count

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
  #names = new Operations();
  #operations: NamedOperation[] = [];
  #underWay = 0;
  /** Nothing was told to anybody since an operation ended, and there was one. */
  #isSilent = false;
  readonly #targets = new Map<string, TrialMode>();
  #met: Target[] = [];
  #unflushed: Unflushed | undefined;
  #fault: FaultCode | undefined;
  /** A fault was a target, and nobody has said yet that there may be another. */
  #isTroubled = false;

  constructor(options: { root: string; stash: string; tell: (report: Report) => void }) {
    this.#root = options.root;
    this.#stash = options.stash;
    this.#tell = options.tell;
    if (existsSync(this.#legacy)) this.#inherit(legacy.parse(JSON.parse(readFileSync(this.#legacy, "utf8"))));
  }

  /** All since the count began, in order. */
  get operations(): readonly NamedOperation[] {
    return this.#operations;
  }

  /** Something leaves the process. */
  speaks(): void {
    this.#isSilent = false;
  }

  /** The targets that were met since the count began, by processes before this one too. */
  get met(): readonly Target[] {
    return this.#met;
  }

  /** From here on it counts anew. What is on the disk now is taken to be flushed. */
  count(targets: readonly Target[]): void {
    rmSync(this.#legacy, { force: true });
    this.#operations = [];
    this.#isSilent = false;
    this.#isTroubled = false;
    this.#fault = undefined;
    this.#inherit({ phase: "add", counts: {}, targets: [...targets], met: [] });
  }

  /** What is done from here on is named as of this phase. */
  begin(phase: Phase): void {
    this.#names.phase = phase;
  }

  beginFault(code: FaultCode): void {
    this.#fault = code;
  }

  endFault(): void {
    this.#fault = undefined;
  }

  goOn(): void {
    this.#isTroubled = false;
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
    const { kind, nature } = operation;
    const name = this.#names.next(kind, operation.place);
    this.#operations.push({ name, kind, nature, isNext: this.#isSilent && this.#underWay === 0 });
    const mode = this.#isTroubled ? undefined : this.#targets.get(name);
    if (mode) this.#meet(name, mode);
    const code = faultCode.safeParse(mode).data;
    if (code || mode === "once") {
      this.#isTroubled = true;
      this.#fault = code;
      this.#tell({ said: "the disk fails", operation: name });
    }
    if (mode === "once") throw operation.error("EIO");
    if (this.#fault && meets(this.#fault, operation.nature, operation.kind))
      throw operation.error(this.#fault);
    if (mode === "before") this.#die();
    const note = this.#unflushed && operation.prepare?.(this.#unflushed);
    this.#underWay++;
    const end = (result: unknown): void => {
      this.#underWay--;
      this.#isSilent = true;
      note?.(result);
      if (mode === "torn" || mode === "missing") this.#unflushed?.cut(mode);
      if (mode && !code) this.#die();
    };
    const fail = (error: unknown): never => {
      this.#underWay--;
      this.#isSilent = false; // nobody knows how far it came
      throw error;
    };
    let result: Result;
    try {
      result = act();
    } catch (error) {
      return fail(error);
    }
    if (!(result instanceof Promise)) {
      end(result);
      return result;
    }
    return result.then((value: unknown) => {
      end(value);
      return value;
    }, fail) as Result;
  }

  #inherit({ phase, counts, targets, met }: Legacy): void {
    this.#names = new Operations(phase, counts);
    this.#targets.clear();
    for (const { operation, mode } of targets) this.#targets.set(operation, mode);
    this.#met = met;
    const cuts = targets.some(({ mode }) => mode === "torn" || mode === "missing");
    this.#unflushed = cuts ? new Unflushed(this.#root, this.#stash) : undefined;
  }

  #meet(operation: string, mode: TrialMode): void {
    this.#targets.delete(operation);
    this.#met.push({ operation, mode });
  }

  #die(): never {
    const { phase, counts } = this.#names;
    const targets = [...this.#targets].map(([operation, mode]) => ({ operation, mode }));
    const left: Legacy = { phase, counts, targets, met: this.#met };
    writeFileSync(this.#legacy, JSON.stringify(left));
    process.kill(process.pid, "SIGKILL");
    throw new Error("a killed process goes on");
  }

  /** Beside what was replaced and removed, for it is no part of the site. */
  get #legacy(): string {
    return `${this.#stash}.json`;
  }
}
