/**
 * The addresses of each site and the links around it, as the site has them: at first what the topology says, then what
 * the site answers. One site after the other is asked again, since somebody else may change them, and at once where
 * this console has done so.
 */
import { isDeepStrictEqual } from "node:util";

import type { Address } from "../../domain/address.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import { type Link, noLinks, openLink, type SiteLinks } from "../../domain/link.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import type { Topology } from "../topology/plan.ts";

type Facts = {
  readonly links: SiteLinks;
  readonly addresses: ReadonlyMap<SiteCode, readonly Address[]>;
};

export class SiteFacts {
  readonly #hierarchy: RunningHierarchy;
  readonly #facts = new Map<SiteCode, Facts>();
  /** Counts what was learned, so that what was made of it is made anew. */
  version = 0;
  #turn = 0;

  constructor(hierarchy: RunningHierarchy, topology: Topology) {
    this.#hierarchy = hierarchy;
    for (const { code } of topology.sites) {
      const ways = topology.addresses.filter(({ from }) => from === code);
      this.#facts.set(code, {
        links: topology.links.get(code) ?? noLinks,
        addresses: new Map(ways.map(({ to, addresses }) => [to, addresses])),
      });
    }
  }

  addresses(from: SiteCode, to: SiteCode): readonly Address[] {
    return this.#facts.get(from)?.addresses.get(to) ?? [];
  }

  link(from: SiteCode, to: SiteCode): Link {
    return this.#facts.get(from)?.links.to[to] ?? openLink;
  }

  access(code: SiteCode): Pick<SiteLinks, "up" | "down"> {
    return this.#facts.get(code)?.links ?? noLinks;
  }

  /** A site that does not answer keeps what it had. */
  async ask(code: SiteCode): Promise<void> {
    const description = await this.#hierarchy.sites
      .get(code)
      ?.describe()
      .catch(() => undefined);
    if (!description) return;
    const { links, neighbours } = description;
    const learned = {
      links,
      addresses: new Map(neighbours.map(({ code: to, addresses }) => [to, addresses])),
    };
    if (isDeepStrictEqual(learned, this.#facts.get(code))) return;
    this.#facts.set(code, learned);
    this.version++;
  }

  async askNext(): Promise<void> {
    const codes = [...this.#facts.keys()];
    const code = codes[this.#turn++ % codes.length];
    if (code) await this.ask(code);
  }
}
