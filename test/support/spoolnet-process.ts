/**
 * The `spoolnet` command as a user has it: a process with arguments, an environment, output and an exit code.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../../orchestrator/cli.ts", import.meta.url));

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export class Spoolnet {
  readonly child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #ended: Promise<Ended>;

  constructor(args: readonly string[], environment: Record<string, string> = {}) {
    const child = spawn(process.execPath, [cli, ...args], { env: { ...process.env, ...environment } });
    this.child = child;
    createInterface({ input: child.stdout }).on("line", (line) => this.#lines.push(line));
    let stderr = "";
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    this.#ended = once(child, "close").then(([code]) => ({ code, stdout: this.#lines.join("\n"), stderr }));
  }

  ended(): Promise<Ended> {
    return this.#ended;
  }

  /** Resolves with the first line that has `words`; rejects when the process ends without it. */
  async says(words: string): Promise<string> {
    for (;;) {
      const line = this.#lines.find((candidate) => candidate.includes(words));
      if (line !== undefined) return line;
      const isOver = await Promise.race([
        this.#ended.then(() => true),
        once(this.child.stdout ?? this.child, "data").then(() => false),
      ]);
      if (isOver && !this.#lines.some((candidate) => candidate.includes(words)))
        throw new Error(`ended without saying "${words}": ${JSON.stringify(await this.#ended)}`);
    }
  }
}
