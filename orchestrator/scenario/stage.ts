/**
 * Carries out what a scenario does to a hierarchy that runs: through the driver what is done to a site from outside,
 * all else over the sites' HTTP faces. What a site that is down must be told waits until it is up. What was changed is
 * put right at the end.
 */
import type PQueue from "p-queue";

import type { Address } from "../../domain/address.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import { type Link, noLinks, openLink } from "../../domain/link.ts";
import { Failure } from "../failure.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import { asFastAs, changeWay, cutLink, slowedTo, uncutLink } from "../link-change.ts";
import type { SiteClient } from "../site-client.ts";
import { addressesTo, corruptNext, dropLines, endFaults, fillShare, setAddresses } from "../site-faults.ts";
import { momentMs } from "../topology/moment.ts";
import { addressesFrom, type Topology } from "../topology/plan.ts";
import type { Action, SitePair } from "../topology/scenario-plan.ts";
import type { WallClock } from "../wall-clock.ts";
import { inTurn } from "./in-turn.ts";
import type { PackageSteps } from "./package-steps.ts";
import { SiteSwitches } from "./site-switches.ts";

/** How often a site that is down is asked whether it is up, in milliseconds of real time. */
const askEveryMs = 100;
/** How long a site may take to be put right at the end, in milliseconds of real time. */
const putRightWithinMs = 2_000;

export type StageDeps = {
  readonly hierarchy: RunningHierarchy;
  readonly topology: Topology;
  readonly packages: PackageSteps;
  readonly wallClock: WallClock;
  /** Told when a site ends or stands still by our doing, and when it is back. */
  readonly onState: (site: SiteCode, state: "down" | "up") => void;
};

/** Called when an action waits for a site that is down. */
type Waiting = (site: SiteCode) => void;
type Hold = { readonly waiting: Waiting; readonly signal: AbortSignal };

export class Stage {
  readonly #deps: StageDeps;
  readonly #switches: SiteSwitches;
  /** One thing after the other at a site: what is told is made of what it has been told before. */
  readonly #told = new Map<SiteCode, PQueue>();
  readonly #touched = new Set<SiteCode>();

  constructor(deps: StageDeps) {
    this.#deps = deps;
    this.#switches = new SiteSwitches(deps.hierarchy, deps.onState);
  }

  /** Resolves once it is done, with what is worth saying of it. Rejects with a Failure where it cannot be done. */
  async carryOut(action: Action, hold: Hold): Promise<string | undefined> {
    const { packages, topology } = this.#deps;
    switch (action.do) {
      case "cut":
        return await this.#changeLinks(action.links, () => cutLink, hold);
      case "uncut":
        return await this.#changeLinks(action.links, () => uncutLink, hold);
      case "slow": {
        const slowed = slowedTo(action.bytesPerSecond, action.latencyMs);
        return await this.#changeLinks(action.links, () => slowed, hold);
      }
      case "unslow":
        return await this.#changeLinks(action.links, (from, to) => asFastAs(this.#declared(from, to)), hold);
      case "restore": {
        const declared = (from: SiteCode, to: SiteCode) => () => this.#declared(from, to);
        return await this.#changeLinks(action.links, declared, hold);
      }
      case "kill":
      case "stop":
      case "start":
      case "pause":
      case "resume":
        return await this.#each(action.sites, (site) => this.#switches.turn(site, action.do));
      case "add":
      case "refresh":
      case "redistribute":
      case "remove":
        return await this.#at(packages.siteOf(action.package), hold, () => packages.do(action));
      case "limit": {
        const { rateLimit } = action;
        return await this.#changeAddresses(action, (address) => ({ ...address, rateLimit }), hold);
      }
      case "schedule": {
        const { schedule } = action;
        return await this.#changeAddresses(action, (address) => ({ ...address, schedule }), hold);
      }
      case "unlimit":
      case "unschedule": {
        const declared = addressesFrom(topology, action.from, action.to);
        const isRate = action.do === "unlimit";
        const back = (address: Address, index: number): Address => {
          const { rateLimit, schedule } = declared[index] ?? address;
          return isRate ? { ...address, rateLimit } : { ...address, schedule };
        };
        return await this.#changeAddresses({ ...action, sender: undefined }, back, hold);
      }
      case "clock":
        return await this.#setClock(action);
      case "fill":
      case "empty":
        return await this.#each(action.sites, (code) =>
          this.#at(code, hold, async (site) => {
            await fillShare(site, action.do === "fill");
            return undefined;
          }),
        );
      case "corrupt":
        await this.#at(action.to, hold, (site) => corruptNext(site, action.from));
        return undefined;
      case "drop":
        return await this.#each(action.sites, (code) => this.#drop(code));
    }
  }

  stateOf(site: SiteCode): "up" | "ended" | "paused" {
    return this.#switches.stateOf(site);
  }

  /** Everything that was changed is as the topology has it again, as far as the sites can be reached. */
  async putRight(): Promise<void> {
    const { hierarchy, topology } = this.#deps;
    await this.#switches.resumeAll();
    const over = [...this.#touched].map(async (code) => {
      if (this.#switches.isDown(code)) return; // it is put right when it starts with the next run
      const site = hierarchy.site(code);
      const ways = topology.addresses.filter(({ from }) => from === code);
      const told = Promise.allSettled([
        endFaults(site),
        site.setLinks(topology.links.get(code) ?? noLinks),
        ...ways.map(({ to, addresses }) => setAddresses(site, to, addresses)),
      ]);
      const patience = new AbortController();
      await Promise.race([told, this.#deps.wallClock.sleep(putRightWithinMs, patience.signal)]);
      patience.abort();
    });
    await Promise.all(over);
  }

  /** What is the site's business waits there until it is up, and is done in order. */
  async #at<Result>(
    code: SiteCode,
    hold: Hold,
    work: (site: SiteClient) => Promise<Result>,
  ): Promise<Result> {
    const { hierarchy, wallClock } = this.#deps;
    this.#touched.add(code);
    return await inTurn(this.#told, code, async () => {
      for (;;) {
        hold.signal.throwIfAborted();
        try {
          if (!this.#switches.isDown(code)) return await work(hierarchy.site(code));
        } catch (error) {
          if (!(error instanceof Failure) || error.kind === "usage") throw error;
        }
        hold.waiting(code);
        await wallClock.sleep(askEveryMs, hold.signal);
      }
    });
  }

  async #each(
    sites: readonly SiteCode[],
    work: (site: SiteCode) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    const said = await Promise.all(sites.map(work));
    return said.filter((words) => typeof words === "string").join("; ") || undefined;
  }

  /** Both ends of each link: an outage holds for both ways, and each paces what leaves it. */
  async #changeLinks(
    links: readonly SitePair[],
    changeOf: (from: SiteCode, to: SiteCode) => (link: Link) => Link,
    hold: Hold,
  ): Promise<undefined> {
    const ways = links.flatMap(([one, other]): SitePair[] => [
      [one, other],
      [other, one],
    ]);
    await Promise.all(
      ways.map(([from, to]) => this.#at(from, hold, (site) => changeWay(site, to, changeOf(from, to)))),
    );
  }

  #declared(from: SiteCode, to: SiteCode): Link {
    return this.#deps.topology.links.get(from)?.to[to] ?? openLink;
  }

  async #changeAddresses(
    { from, to, sender }: Pick<Extract<Action, { do: "limit" }>, "from" | "to" | "sender">,
    change: (address: Address, index: number) => Address,
    hold: Hold,
  ): Promise<undefined> {
    await this.#at(from, hold, async (site) => {
      const addresses = await addressesTo(site, to);
      const changed = addresses.map((one, index) =>
        sender && one.sender !== sender ? one : change(one, index),
      );
      await setAddresses(site, to, changed);
    });
  }

  async #drop(code: SiteCode): Promise<string> {
    const none = `site ${code} had no line up`;
    if (this.#switches.isDown(code)) return none;
    const dropped = await dropLines(this.#deps.hierarchy.site(code));
    return dropped.length === 0 ? none : `the line of site ${code} to ${dropped.join(", ")} was up`;
  }

  async #setClock({ advance, scale }: Extract<Action, { do: "clock" }>): Promise<undefined> {
    const { hierarchy, topology } = this.#deps;
    const timeZone = topology.sites.find(({ parent }) => parent === null)?.timeZone ?? "Etc/UTC";
    const emulatedMs = advance && momentMs(advance, hierarchy.now(), timeZone);
    await hierarchy.setTime({
      ...(emulatedMs === undefined ? {} : { emulatedMs }),
      ...(scale === undefined ? {} : { scale }),
    });
  }
}
