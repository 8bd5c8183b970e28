/**
 * Disks that fail at their targets while a package is carried, each until its site has said so, and a little longer. The
 * site must be healthy again without anybody's help, and only then its disk may fail again.
 */
import { systemWallClock } from "../../../orchestrator/wall-clock.ts";
import type { SiteProcess } from "../../support/site-processes.ts";
import type { Phase } from "../shim/orders.ts";
import type { Trouble } from "./delta.ts";
import { ask, heard, type MatrixHierarchy, settled } from "./hierarchy.ts";
import { type Trial, targetsOf } from "./trial.ts";

/** Real milliseconds. So long it lasts after the site has said so, or where it has nothing to say. */
const lastsMs = 100;
const saysWithinMs = 1500;
const healthyWithinMs = 120_000;

export class FailingDisks implements Trouble, Disposable {
  readonly #sites: readonly SiteProcess[];
  readonly #signal: AbortSignal;
  readonly #over = new AbortController();
  /** The operations at which a disk failed, by site, and whether the site said so. */
  readonly #said = new Map<SiteProcess, Map<string, boolean>>();
  #watching: Promise<unknown> = Promise.resolve();
  count = 0;

  constructor(hierarchy: MatrixHierarchy, signal: AbortSignal) {
    this.#sites = hierarchy.processes.all;
    this.#signal = AbortSignal.any([signal, this.#over.signal]);
  }

  async arm(trials: readonly Trial[]): Promise<void> {
    const watched = this.#sites.map((site) => this.#watch(site));
    this.#watching = Promise.all(watched);
    this.#watching.catch(() => {}); // whoever began it waits for it later
    await Promise.all(
      this.#sites.map((site) =>
        ask(site, { do: "count", targets: targetsOf(site.code, trials) }, "counting"),
      ),
    );
  }

  async begin(phase: Phase): Promise<void> {
    await Promise.all(this.#sites.map((site) => ask(site, { do: "begin", phase }, "begun")));
  }

  /**
   * No disk fails from then on. Resolves with what was met when all sites are healthy; rejects where one is not.
   */
  async over(): Promise<readonly (Trial & { readonly said: boolean })[]> {
    this.#over.abort();
    await this.#watching;
    const met = await Promise.all(
      this.#sites.map(async (site) => {
        const told = await ask(site, { do: "count", targets: [] }, "counting"); // which ends a fault, too
        await isHealthy(site);
        const said = this.#said.get(site);
        return told.met.map((target) => ({
          site: site.code,
          ...target,
          said: said?.get(target.operation) ?? false,
        }));
      }),
    );
    return met.flat();
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }

  async #watch(site: SiteProcess): Promise<void> {
    const known = new Map<string, boolean>();
    this.#said.set(site, known);
    for (;;) {
      const failing = await heard(site, "the disk fails", this.#signal).catch(() => undefined);
      if (!failing) return;
      this.count++;
      known.set(failing.operation, await saysSo(site));
      await systemWallClock.sleep(lastsMs, new AbortController().signal);
      site.tell({ do: "end the fault" });
      await isHealthy(site);
      site.tell({ do: "go on" });
    }
  }
}

async function isHealthy(site: SiteProcess): Promise<void> {
  await settled(
    `${site.code} is not healthy again`,
    healthyWithinMs,
    new AbortController().signal,
    async () => {
      const words = await site.client.healthWords();
      return words === "healthy" ? [] : [words];
    },
  );
}

/** Some operations may fail without any harm, and then there is nothing to say. */
async function saysSo(site: SiteProcess): Promise<boolean> {
  const giveUp = AbortSignal.timeout(saysWithinMs);
  while (!giveUp.aborted) {
    const words = await site.client.healthWords();
    if (words.startsWith("degraded (")) return true;
    await systemWallClock.sleep(10, giveUp);
  }
  return false;
}
