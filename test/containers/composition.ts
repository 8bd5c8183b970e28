/**
 * `docker compose up` as a user runs it, under a project name and at ports of its own. Disposed of, nothing with that
 * name is left in the engine.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify, stripVTControlCharacters } from "node:util";

import type { RunIn } from "./container-tree.ts";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** As `docker container inspect` tells it; only what the tests look at. */
export type Inspected = {
  readonly Config: { readonly User: string };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[];
    readonly SecurityOpt: readonly string[];
  };
  readonly NetworkSettings: {
    readonly Ports: Readonly<
      Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>
    >;
  };
  readonly State: { readonly Status: string; readonly ExitCode: number };
};

export class Composition implements AsyncDisposable {
  readonly project = `spoolnet-test-${randomBytes(6).toString("hex")}`;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(image: string) {
    // Port 0 is any that is free.
    const ports = ["PORT_CEN", "PORT_CHI", "PORT_MKE", "CONSOLE_PORT"].map((name) => [
      `SPOOLNET_${name}`,
      "0",
    ]);
    this.#environment = { ...process.env, ...Object.fromEntries(ports), SPOOLNET_IMAGE: image };
  }

  /** In the foreground, until it is stopped. */
  up(): ComposeUp {
    const args = this.#args("--ansi", "never", "up", "--no-build", "--no-color");
    return new ComposeUp(
      spawn("docker", args, { cwd: root, env: this.#environment, stdio: ["ignore", "pipe", "pipe"] }),
    );
  }

  /** `docker compose` with these arguments; what it wrote to its standard output. */
  async compose(...args: string[]): Promise<string> {
    const { stdout } = await execute("docker", this.#args(...args), { cwd: root, env: this.#environment });
    return stdout;
  }

  in(service: string): RunIn {
    return (command) => this.compose("exec", "-T", service, ...command);
  }

  /** What the engine knows of a service's container, running or not. */
  async inspect(service: string): Promise<Inspected> {
    const id = (await this.compose("ps", "--all", "--quiet", service)).trim();
    const { stdout } = await execute("docker", ["container", "inspect", id]);
    return JSON.parse(stdout)[0];
  }

  /** Every container, network and volume of the project that there is. */
  async left(): Promise<string[]> {
    const kinds = [
      ["container", "ls", "--all"],
      ["network", "ls"],
      ["volume", "ls"],
    ];
    const filter = ["--quiet", "--filter", `label=com.docker.compose.project=${this.project}`];
    const found = await Promise.all(kinds.map((kind) => execute("docker", [...kind, ...filter])));
    return found.flatMap(({ stdout }) => stdout.split("\n").filter((line) => line !== ""));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.compose("down", "--volumes", "--timeout", "5");
  }

  #args(...args: string[]): string[] {
    return ["compose", "--project-name", this.project, ...args];
  }
}

/** A `docker compose up` in the foreground. Disposed of, it is stopped as with Ctrl-C. */
export class ComposeUp implements AsyncDisposable {
  /** What it has shown so far. */
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #isEnded = false;
  /** Resolves with the next line, or at the end. */
  #change = Promise.withResolvers<void>();

  constructor(process: ChildProcess) {
    this.#process = process;
    for (const stream of [process.stdout, process.stderr]) {
      if (!stream) continue;
      createInterface(stream).on("line", (line) => {
        this.lines.push(stripVTControlCharacters(line));
        this.#changed();
      });
    }
    this.#ended = once(process, "close").then(() => {
      this.#isEnded = true;
      this.#changed();
    });
  }

  /** Resolves once a line has the words. Rejects, with all that was shown, when it ends without. */
  async shows(words: string): Promise<void> {
    while (!this.lines.some((line) => line.includes(words))) {
      if (this.#isEnded) throw new Error(`no "${words}" in:\n${this.lines.join("\n")}`);
      await this.#change.promise;
    }
  }

  /** What a service has written. */
  linesOf(service: string): string[] {
    return this.lines
      .filter((line) => line.startsWith(`${service}-1 `))
      .map((line) => line.replace(/^\S+ +\| ?/, ""));
  }

  /** Ctrl-C. Resolves once all containers have stopped. */
  async interrupt(): Promise<void> {
    this.#process.kill("SIGINT");
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isEnded) await this.interrupt();
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
