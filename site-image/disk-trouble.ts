/**
 * Trouble with the site's own disk, in one place. Whoever handles an error tells of it here; of all that fail together
 * one is the trouble, until a probe finds that the disk takes writes again. Then whoever waits is called, so that the
 * site goes on by itself. One status message says that it has begun and one that it is over; `/health` tells it meanwhile.
 *
 * The probe writes to the site's folder and its database. A disk that has a little room passes it and may fail the next
 * large file all the same: the same trouble that comes back soon is probed for less and less often.
 * On disk: `.disk-probe.tmp`, for an instant.
 */
import { EventEmitter } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Clock } from "../domain/clock.ts";
import type { SiteDatabase } from "./database/site-database.ts";
import { type DiskFault, diskFaultOf } from "./disk-fault.ts";
import { flushFolder, removeLeft } from "./inboxes/whole-file.ts";
import type { Reporter } from "./reporter.ts";

export type Trouble = DiskFault & {
  /** Who met it. */
  readonly component: string;
  /** Emulated time. */
  readonly sinceMs: number;
};

/** Between two probes, real milliseconds: twice as long each time. */
const firstProbeMs = 250;
const mostProbeMs = 30_000;
/** The same again within so many real milliseconds, or ten times as long as it was waited, has not been over. */
const soonMs = 60_000;
/** Enough that a disk which is full but for crumbs does not pass. */
const probeBytes = 64 * 1024;

export class DiskTrouble {
  readonly #root: string;
  readonly #clock: Clock;
  readonly #over = new EventEmitter<{ over: [] }>();
  #trouble: Trouble | undefined;
  #begun = Promise.withResolvers<void>();

  constructor(deps: { readonly root: string; readonly clock: Clock }) {
    this.#root = deps.root;
    this.#clock = deps.clock;
    this.#over.setMaxListeners(0);
  }

  /** What is wrong now. */
  get now(): Trouble | undefined {
    return this.#trouble;
  }

  /** In one line, for `/health` and the status message. */
  get words(): string | undefined {
    if (!this.#trouble) return undefined;
    const { code, what, path, component } = this.#trouble;
    return `${code}: ${what}${path && ` ${path}`} (${component})`;
  }

  /** Is told of an error by who handles it, and never throws. True if the site's disk is what failed. */
  met(component: string, error: unknown): boolean {
    const fault = diskFaultOf(error, this.#root);
    if (!fault) return false;
    if (!this.#trouble) {
      this.#trouble = { ...fault, component, sinceMs: this.#clock.now() };
      this.#begun.resolve();
    }
    return true;
  }

  /** Calls back whenever trouble is over, until `signal` aborts. */
  onOver(listener: () => void, signal: AbortSignal): void {
    this.#over.on("over", listener);
    signal.addEventListener("abort", () => this.#over.off("over", listener), { once: true });
  }

  /** Says what is wrong, and finds out when it is over, until `signal` aborts. Never rejects. */
  async run({ reporter, database }: Voice, signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.#begun.resolve(), { once: true });
    await rm(this.#probe, { force: true }).catch(() => {}); // of a run that died; the next probe writes over it
    let patienceMs = firstProbeMs;
    let before = { words: "", overMs: Number.NEGATIVE_INFINITY };
    for (;;) {
      await this.#begun.promise;
      if (signal.aborted) return;
      const words = this.words ?? "";
      const isSoon = this.#clock.realNow() - before.overMs < Math.max(soonMs, 10 * patienceMs);
      patienceMs = isSoon && words === before.words ? Math.min(2 * patienceMs, mostProbeMs) : firstProbeMs;
      reporter.status(30010, words);
      for (let waitMs = patienceMs; ; waitMs = Math.min(2 * waitMs, mostProbeMs)) {
        await this.#clock.sleepReal(waitMs, signal);
        if (signal.aborted) return;
        if (await this.#works(database)) break;
      }
      await removeLeft();
      this.#trouble = undefined;
      this.#begun = Promise.withResolvers();
      before = { words, overMs: this.#clock.realNow() };
      this.#over.emit("over");
      reporter.status(30011, words);
    }
  }

  get #probe(): string {
    return join(this.#root, ".disk-probe.tmp");
  }

  async #works(database: SiteDatabase): Promise<boolean> {
    try {
      await writeFile(this.#probe, Buffer.alloc(probeBytes), { flush: true });
      await rm(this.#probe);
      await flushFolder(this.#root);
      database.probe();
      await database.flushed();
      return true;
    } catch {
      await rm(this.#probe, { force: true }).catch(() => {});
      return false;
    }
  }
}

type Voice = { readonly reporter: Reporter; readonly database: SiteDatabase };
