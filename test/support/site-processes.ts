/**
 * The sites of a hierarchy as processes of their own, each on a port and a folder that stay its own when it is killed
 * and started again. Whoever disposes of them ends them; should the test's process die, they end with it. At their end
 * the traffic between them is checked: no byte in a closed hour, no address above its limit.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import type { ClockMoment } from "../../domain/clock.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import { type AddressesBothWays, attach } from "../../orchestrator/attach.ts";
import { assertHistory } from "../../orchestrator/history/history-check.ts";
import { historyIn } from "../../orchestrator/history/history-in-folder.ts";
import { SiteClient } from "../../orchestrator/site-client.ts";
import { systemWallClock, until } from "../../orchestrator/wall-clock.ts";
import { unfinished } from "./site-rest.ts";
import { trafficFileOf, trafficOf } from "./traffic-file.ts";
import { assertAllowed } from "./traffic-recorder.ts";

export type SiteOfTest = {
  readonly code: SiteCode;
  readonly type: "primary" | "secondary";
  readonly parent: SiteCode | null;
  readonly distributionPoints: readonly string[];
  readonly clientAccessPoints?: readonly string[];
  readonly managementPoints?: readonly string[];
};

const administratorToken = "a-token-for-tests-only";

/** What a process of a site runs. */
export type SiteProgram = {
  readonly main: string;
  /** The URL of what is loaded before it. */
  readonly preload: string;
  /** Where Node keeps what it makes of both. Only a site that is stopped writes there, or one whose preload does. */
  readonly compiled: string;
};
export const standardProgram: SiteProgram = {
  main: fileURLToPath(import.meta.resolve("../../site-image/main.ts")),
  preload: import.meta.resolve("./site-preload.ts"),
  compiled: fileURLToPath(import.meta.resolve("../../node_modules/.cache/compiled")),
};

/** How long the central site may take to hear of all others. */
const knownWithinMs = 60_000;

/** A site that is down, starting or stopping. What was asked of it may have been done all the same. */
export class SiteAway extends Error {}

export class SiteProcess implements AsyncDisposable {
  readonly code: SiteCode;
  readonly root: string;
  readonly client: SiteClient;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #fail: (error: Error) => void;
  readonly #program: SiteProgram;
  /** What the preload says over the channel of the process, of every process of the site. */
  readonly said = new EventEmitter<{ message: [unknown] }>();
  #child: ChildProcess | undefined;
  /** Settles when its process has ended, however that came. */
  #exit: Promise<unknown> = Promise.resolve();
  #isToStop = false;

  /** `fail` is called when the site ends though nobody ended it. */
  constructor(
    site: SiteOfTest,
    root: string,
    port: number,
    clock: ClockMoment,
    program: SiteProgram,
    fail: (error: Error) => void,
  ) {
    this.code = site.code;
    this.root = root;
    this.#program = program;
    this.#fail = fail;
    this.client = new SiteClient({
      code: site.code,
      url: `http://127.0.0.1:${port}`,
      administratorToken,
      wallClock: systemWallClock,
    });
    this.#environment = {
      SPOOLNET_SITE_CODE: site.code,
      SPOOLNET_SITE_TYPE: site.type,
      SPOOLNET_PARENT_SITE: site.parent ?? "",
      SPOOLNET_DISTRIBUTION_POINTS: site.distributionPoints.join(),
      SPOOLNET_CLIENT_ACCESS_POINTS: (site.clientAccessPoints ?? []).join(),
      SPOOLNET_MANAGEMENT_POINTS: (site.managementPoints ?? []).join(),
      SPOOLNET_ROOT: root,
      SPOOLNET_PORT: String(port),
      SPOOLNET_ADMINISTRATOR_TOKEN: administratorToken,
      SPOOLNET_CLOCK: JSON.stringify(clock),
      SPOOLNET_TEST_PLACES: placesFileOf(dirname(root)),
      SPOOLNET_TEST_TRAFFIC: trafficFileOf(root),
      NODE_COMPILE_CACHE: program.compiled,
    };
  }

  /**
   * Starts the process at once. Resolves with true when its faces answer, with false when it was ended before. With
   * `killSeed` it is killed beside one of its steps from the first on (site-preload.ts).
   */
  async start({
    killSeed,
    environment = {},
  }: {
    readonly killSeed?: number;
    readonly environment?: Readonly<Record<string, string>>;
  } = {}): Promise<boolean> {
    if (this.#child) throw new Error(`site ${this.code} runs already`);
    this.#isToStop = false;
    const inStart = killSeed === undefined ? {} : { SPOOLNET_TEST_KILL_IN_START: String(killSeed) };
    const child = spawn(process.execPath, ["--import", this.#program.preload, this.#program.main], {
      env: { ...process.env, ...this.#environment, ...inStart, ...environment },
      stdio: ["ignore", "pipe", "pipe", "ipc"], // the channel tells the site when the test's process is gone
    });
    this.#child = child;
    this.#exit = once(child, "exit");
    let said = "";
    const up = Promise.withResolvers<boolean>();
    const listen = (text: Buffer) => {
      said += text;
      if (said.includes(" is at http")) up.resolve(true);
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.on("message", (message) => this.said.emit("message", message));
    child.once("exit", (code, signal) => {
      up.resolve(false);
      if (signal !== "SIGKILL" && !this.#isToStop)
        this.#fail(new Error(`site ${this.code} ended by itself (${signal ?? code}): ${said}`));
    });
    return await up.promise;
  }

  /** SIGKILL now. Resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** SIGKILL beside one of its next steps (site-preload.ts). Resolves when the process is gone, however that came. */
  async killAtStep(seed: number): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.send(seed, () => {}); // it may be gone before it hears of it
    await this.#exit;
  }

  /** Says something to its preload. A process that is gone does not hear it. */
  tell(message: object): void {
    if (this.#child?.connected) this.#child.send(message, () => {});
  }

  /** Resolves when its process is gone, however that came; at once where there is none. */
  async gone(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    await this.#exit;
    if (this.#child === child) this.#child = undefined;
  }

  /** SIGTERM. Resolves with the exit code, null where a signal ended it. */
  async stop(): Promise<number | null> {
    return await this.#end("SIGTERM");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.client[Symbol.asyncDispose]();
  }

  /** A request of the administrator. Rejects with SiteAway when the site is not up or goes away meanwhile. */
  async ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    try {
      const response = await fetch(`${this.client.url}/AdminService/wmi/${path}`, {
        method,
        headers: { authorization: `Bearer ${administratorToken}`, "content-type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.status === 503) throw new SiteAway(text);
      return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
    } catch (cause) {
      if (cause instanceof TypeError) throw new SiteAway("no answer", { cause }); // what fetch rejects with then
      throw cause;
    }
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (!child) return null;
    this.#isToStop ||= signal !== "SIGKILL";
    child.kill(signal);
    await this.#exit;
    this.#child = undefined;
    return child.exitCode;
  }
}

export class SiteProcesses implements AsyncDisposable {
  /** In the order given: parents before their children. */
  readonly all: readonly SiteProcess[];
  /** Aborts, with the reason, when the test's own signal does or a site ends by itself. */
  readonly signal: AbortSignal;
  readonly #folder: string;
  readonly #cutsPower: boolean;

  private constructor(folder: string, all: readonly SiteProcess[], signal: AbortSignal, cutsPower: boolean) {
    this.#folder = folder;
    this.#cutsPower = cutsPower;
    this.all = all;
    this.signal = signal;
  }

  /**
   * Nothing runs yet. The sites are at `<folder>/<code>/`, all with the same clock and what is loaded before them. A power
   * cut takes lines of a journal with it, so where those are played the journals are no history that can be checked.
   */
  static async make(
    folder: string,
    sites: readonly SiteOfTest[],
    scale: number,
    signal: AbortSignal,
    { cutsPower = false, ...program }: Partial<SiteProgram> & { readonly cutsPower?: boolean } = {},
  ): Promise<SiteProcesses> {
    const ended = new AbortController();
    const clock = { realMs: systemWallClock.now(), emulatedMs: Date.UTC(2003, 10, 7, 22, 30), scale };
    const ports = await freePorts(sites.length);
    for (const { code } of sites) await rm(trafficFileOf(join(folder, code)), { force: true }); // of a run before
    const all = sites.map(
      (site, index) =>
        new SiteProcess(
          site,
          join(folder, site.code),
          ports[index] ?? 0,
          clock,
          { ...standardProgram, ...program },
          (error) => ended.abort(error),
        ),
    );
    return new SiteProcesses(folder, all, AbortSignal.any([signal, ended.signal]), cutsPower);
  }

  /** The places in the code of sites where one was killed beside a step. */
  async places(): Promise<Set<string>> {
    const lines = await readFile(placesFileOf(this.#folder), "utf8");
    return new Set(lines.trimEnd().split("\n"));
  }

  get central(): SiteProcess {
    const [central] = this.all;
    if (!central) throw new Error("a hierarchy has a central site");
    return central;
  }

  /**
   * Resolves once parents and children know each other, by standard addresses unless told otherwise, and the central
   * site knows all. All must be up.
   */
  async attach(sites: readonly SiteOfTest[], addresses?: AddressesBothWays): Promise<void> {
    this.signal.throwIfAborted(); // a site that could not start says why
    const clientOf = (code: SiteCode) =>
      this.all.find((site) => site.code === code)?.client ?? this.central.client;
    for (const { code, parent } of sites)
      if (parent) await attach(clientOf(parent), clientOf(code), addresses);
    const patience = { everyMs: 50, withinMs: knownWithinMs, signal: this.signal };
    const known = await until(systemWallClock, patience, async () => {
      const listed = await this.central.client.provider.sites();
      return listed.length === sites.length ? true : undefined;
    });
    if (!known) throw new Error("the central site did not hear of all sites");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map((site) => site[Symbol.asyncDispose]()));
    assertAllowed(await trafficOf(this.all));
    if (!this.#cutsPower) assertHistory(await historyIn(this.#folder));
  }
}

/** What the sites have left to do, and how long their journals are, which shows whether anything happened. */
export async function stateOf(processes: SiteProcesses): Promise<{ left: string[]; lengths: string }> {
  const left: string[] = [];
  const journals: number[] = [];
  for (const { code, root } of processes.all) {
    try {
      left.push(...(await unfinished(root)).map((what) => `${code}: ${what}`));
      journals.push((await stat(join(root, "journal.jsonl"))).size);
    } catch (error) {
      left.push(`${code}: ${error}`); // it moves while one looks, or its database has still to be recovered
    }
  }
  return { left, lengths: journals.join() };
}

function placesFileOf(folder: string): string {
  return join(folder, "killed-at.txt");
}

/** No port is given twice, for a site that is down has none in use. */
let nextPort = 10_000 + (process.pid % 1_500) * 12;

/**
 * Ports that stay free while their site is down: below those that systems give out by themselves, so that no
 * connection and no other listener gets one meanwhile.
 */
async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = nextPort++; // taken before anybody else looks
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    ports.push(port);
    await new Promise((resolve) => server.close(resolve));
  }
  return ports;
}
