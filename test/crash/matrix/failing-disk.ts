/**
 * A disk that fails at an operation, until the site has said so, and a little longer. In the end the site must be healthy
 * again without anybody's help.
 */
import { systemWallClock } from "../../../orchestrator/wall-clock.ts";
import type { SiteProcess } from "../../support/site-processes.ts";
import type { Target } from "../shim/orders.ts";
import { ask, heard, settled } from "./hierarchy.ts";

/** Real milliseconds. So long it lasts after the site has said so, or where it has nothing to say. */
const lastsMs = 100;
const saysWithinMs = 1500;
const healthyWithinMs = 120_000;

type Fault = {
  /** Resolves when the site is told at which operation its disk fails. */
  readonly armed: Promise<void>;
  /**
   * Whether the site said that its disk fails; undefined where the operation never came. Settles when `signal` has
   * aborted, the disk works and the site says so; rejects where it does not.
   */
  readonly said: Promise<boolean | undefined>;
};

export function failWhileItLasts(site: SiteProcess, target: Target, signal: AbortSignal): Fault {
  const failing = heard(site, "the disk fails", signal).then(
    () => true,
    () => false,
  );
  const armed = ask(site, { do: "count", target }, "counting").then(() => {});
  const said = failing.then(async (isFailing) => {
    const hasSaid = isFailing ? await saysSo(site) : undefined;
    if (isFailing) await systemWallClock.sleep(lastsMs, new AbortController().signal);
    await ask(site, { do: "count" }, "counting"); // which ends the fault, and none comes later
    await settled(`${site.code} is not healthy again`, healthyWithinMs, neverAborts, async () => {
      const words = await site.client.healthWords();
      return words === "healthy" ? [] : [words];
    });
    return hasSaid;
  });
  said.catch(() => {}); // whoever began it waits for it later
  return { armed, said };
}

const neverAborts = new AbortController().signal;

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
