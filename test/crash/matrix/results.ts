/**
 * The outcomes of trials in a file, a line each, so that all of them can be worked through in many runs: what is recorded
 * for this code is not tried again. The first line of a code has the operations, which every run then goes by.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, glob, readFile, truncate } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { z } from "zod";

import { type NamedOperation, operation, trialMode } from "../shim/orders.ts";
import { keyOf, type Outcome, type Trial } from "./trial.ts";

const operations = z.strictObject({
  code: z.string(),
  operations: z.record(z.string(), z.array(operation)),
});
const tried = z.strictObject({
  code: z.string(),
  site: z.string(),
  mode: trialMode,
  operation: z.string(),
  kind: z.enum(["met", "passed by", "failed"]),
  said: z.boolean().optional(),
  why: z.string().optional(),
  /** The pass that it came to its end in, the same for all that shared it. */
  pass: z.string().optional(),
});
/** A pass that failed though none of its trials fails alone. */
const together = z.strictObject({ code: z.string(), together: z.array(z.string()), why: z.string() });
const line = z.union([operations, tried, together]);
type Tried = z.infer<typeof tried>;

export class Results {
  readonly #file: string;
  readonly #code: string;
  readonly #tried = new Map<string, Tried>();
  #failedTogether = 0;
  #operations: Map<string, NamedOperation[]> | undefined;

  private constructor(file: string, code: string) {
    this.#file = file;
    this.#code = code;
  }

  /** Reads what there is of the present code. A last line that a run left half written is cut off. */
  static async open(file: string): Promise<Results> {
    const results = new Results(file, await codeDigest());
    const text = existsSync(file) ? await readFile(file, "utf8") : "";
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    for (const read of whole.split("\n").slice(0, -1)) results.#take(line.parse(JSON.parse(read)));
    if (text !== whole) await truncate(file, Buffer.byteLength(whole));
    return results;
  }

  /** What each site does to its disk, by an earlier run. */
  get operations(): ReadonlyMap<string, NamedOperation[]> | undefined {
    return this.#operations;
  }

  async keepOperations(found: ReadonlyMap<string, NamedOperation[]>): Promise<void> {
    if (this.#operations) return;
    await this.#append({ code: this.#code, operations: Object.fromEntries(found) });
  }

  has(trial: Trial): boolean {
    return this.#tried.has(keyOf(trial));
  }

  async add(trial: Trial, outcome: Outcome, pass?: string): Promise<void> {
    await this.#append({ code: this.#code, ...trial, ...outcome, ...(pass !== undefined && { pass }) });
  }

  async addTogether(trials: readonly Trial[], why: string): Promise<void> {
    await this.#append({ code: this.#code, together: trials.map(keyOf), why });
  }

  /** How many passes failed though none of their trials fails alone. */
  get failedTogether(): number {
    return this.#failedTogether;
  }

  /** All that was tried with this code, by any run. */
  get all(): readonly Tried[] {
    return [...this.#tried.values()];
  }

  async #append(read: z.infer<typeof line>): Promise<void> {
    await appendFile(this.#file, `${JSON.stringify(read)}\n`);
    this.#take(read);
  }

  #take(read: z.infer<typeof line>): void {
    if (read.code !== this.#code) return;
    if ("operations" in read) this.#operations ??= new Map(Object.entries(read.operations));
    else if ("together" in read) this.#failedTogether++;
    else this.#tried.set(keyOf(read), read);
  }
}

/** True for the trials of one of `count` shares, 1 to `count`: told by the name alone, so that all machines agree. */
export function isInShare(key: string, share: number, count: number): boolean {
  return createHash("sha256").update(key).digest().readUInt32BE(0) % count === share - 1;
}

/** Of everything that a trial depends on: results of other code say nothing. */
async function codeDigest(): Promise<string> {
  const root = fileURLToPath(import.meta.resolve("../../../"));
  const found = await Array.fromAsync(
    glob(["domain/**/*.ts", "site-image/**/*.ts", "test/crash/{matrix,shim}/**/*.ts"], { cwd: root }),
  );
  const hash = createHash("sha256");
  for (const file of found.sort()) hash.update(`${file}\n`).update(await readFile(`${root}/${file}`));
  return hash.digest("hex").slice(0, 16);
}
