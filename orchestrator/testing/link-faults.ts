/**
 * What a test does to the links of its hierarchy, as long as it lasts. A link is what the topology declares, changed by
 * each fault in the order in which they came: faults may overlap and end in any order. A site that is down is told when
 * it is up again.
 */
import PQueue from "p-queue";

import type { SiteCode } from "../../domain/identifiers.ts";
import { type Link, openLink } from "../../domain/link.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import { changeWay } from "../link-change.ts";
import type { Topology } from "../topology/plan.ts";
import { type Fault, faultUntil } from "./fault.ts";

type Change = {
  readonly pair: readonly [SiteCode, SiteCode];
  readonly change: (link: Link) => Link;
  /** Ends a sentence that begins with the link. */
  readonly words: string;
};

type Deps = {
  readonly hierarchy: RunningHierarchy;
  readonly topology: Topology;
  readonly isDown: (site: SiteCode) => boolean;
  /** True once nothing is put right any more: the sites are ending. */
  readonly isOver: () => boolean;
};

export class LinkFaults {
  readonly #deps: Deps;
  readonly #changes: Change[] = [];
  /** One thing after the other: what a site is told is made of what it was told before. */
  readonly #told = new PQueue({ concurrency: 1 });

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Resolves once both sites keep to it. */
  async begin(added: Change): Promise<Fault> {
    this.#changes.push(added);
    const end = async () => {
      this.#changes.splice(this.#changes.indexOf(added), 1);
      await this.#tellPair(added.pair);
    };
    try {
      await this.#tellPair(added.pair);
    } catch (error) {
      await end().catch(() => {}); // what could not be done is what the test hears of
      throw error;
    }
    return faultUntil(end);
  }

  /** What a site missed while it was down. */
  async tell(code: SiteCode): Promise<void> {
    const others = this.#deps.topology.sites.filter(({ code: other }) => this.#isDeclared(code, other));
    for (const { code: other } of others) await this.#tellWay(code, other);
  }

  words(): string[] {
    return this.#changes.map(({ pair, words }) => `the link between ${pair.join(" and ")} ${words}`);
  }

  #isDeclared(from: SiteCode, to: SiteCode): boolean {
    return this.#deps.topology.addresses.some((one) => one.from === from && one.to === to);
  }

  /** Both ends: an outage holds for both ways, and each paces what leaves it. */
  async #tellPair([one, other]: Change["pair"]): Promise<void> {
    await Promise.all([this.#tellWay(one, other), this.#tellWay(other, one)]);
  }

  async #tellWay(from: SiteCode, to: SiteCode): Promise<void> {
    const { hierarchy, topology, isDown, isOver } = this.#deps;
    await this.#told.add(async () => {
      if (isOver() || isDown(from)) return;
      const declared = topology.links.get(from)?.to[to] ?? openLink;
      const now = this.#changes
        .filter(({ pair }) => pair.includes(from) && pair.includes(to))
        .reduce((link, { change }) => change(link), declared);
      await changeWay(hierarchy.site(from), to, () => now);
    });
  }
}
