/**
 * The switches of the sites of a hierarchy, and which were turned: a site that is down is not ended again, and one that
 * is up is not started.
 */
import type PQueue from "p-queue";

import type { SiteCode } from "../../domain/identifiers.ts";
import type { SitePower } from "../drivers/driver.ts";
import { Failure } from "../failure.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import { inTurn } from "./in-turn.ts";

type OnState = (site: SiteCode, state: "down" | "up") => void;

export class SiteSwitches {
  readonly #hierarchy: RunningHierarchy;
  readonly #onState: OnState;
  readonly #down = new Map<SiteCode, "ended" | "paused">();
  readonly #turns = new Map<SiteCode, PQueue>();

  constructor(hierarchy: RunningHierarchy, onState: OnState) {
    this.#hierarchy = hierarchy;
    this.#onState = onState;
  }

  /** Ended or paused by one of these switches. */
  isDown(code: SiteCode): boolean {
    return this.#down.has(code);
  }

  stateOf(code: SiteCode): "up" | "ended" | "paused" {
    return this.#down.get(code) ?? "up";
  }

  /** Resolves once it is so. Rejects with a Failure where the site has no switch, or is so already. */
  async turn(code: SiteCode, how: keyof SitePower): Promise<undefined> {
    const hierarchy = this.#hierarchy;
    const power = hierarchy.power(code);
    if (!power) {
      throw new Failure(
        "environment",
        `site ${code} cannot be given a ${how}: this driver has no switch for a single site (use --driver processes or docker)`,
      );
    }
    return await inTurn(this.#turns, code, async () => {
      const state = this.#down.get(code);
      const isOff = state === "ended";
      if (how === "kill" || how === "stop") {
        if (isOff) throw isSo(code, "down already");
        this.#down.set(code, "ended");
        await power[how]();
        this.#onState(code, "down");
      } else if (how === "start") {
        // Something else may have ended it.
        const isUp = state === "paused" || (!isOff && (await answers(hierarchy, code)));
        if (isUp) throw isSo(code, "not down");
        await power.start();
        await hierarchy.site(code).setClock(hierarchy.clock); // it may have been changed meanwhile
        this.#down.delete(code);
        this.#onState(code, "up");
      } else if (how === "pause") {
        if (state !== undefined) throw isSo(code, isOff ? "down" : "paused already");
        this.#down.set(code, "paused");
        await power.pause();
        this.#onState(code, "down");
      } else {
        if (state !== "paused") throw isSo(code, "not paused");
        await power.resume();
        await hierarchy.site(code).setClock(hierarchy.clock);
        this.#down.delete(code);
        this.#onState(code, "up");
      }
      return undefined;
    });
  }

  /** A site that stands still could not be told anything, nor end in good order. */
  async resumeAll(): Promise<void> {
    const paused = [...this.#down].filter(([, state]) => state === "paused");
    await Promise.all(
      paused.map(async ([code]) => {
        await this.#hierarchy.power(code)?.resume();
        this.#down.delete(code);
      }),
    );
  }
}

async function answers(hierarchy: RunningHierarchy, code: SiteCode): Promise<boolean> {
  return await hierarchy
    .site(code)
    .health()
    .then(
      () => true,
      () => false,
    );
}

function isSo(code: SiteCode, how: string): Failure {
  return new Failure("usage", `site ${code} is ${how}`);
}
