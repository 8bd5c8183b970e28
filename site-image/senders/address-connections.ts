/**
 * The addresses of a sender and its connections by them: how each site is reached, and whether there may be one more
 * connection to it now. Each request that is sent has one.
 */
import type { Address } from "../../domain/address.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import type { SenderType } from "../../domain/package.ts";
import { isLimited } from "../../domain/rate-limit.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import { neighbourByCode } from "../database/sites.ts";

type Deps = {
  readonly database: SiteDatabase;
  readonly type: SenderType;
  /** So many connections to one site; by a limited address there is one. */
  readonly perSite: number;
};

export class AddressConnections {
  readonly #deps: Deps;
  /** Until an address may have changed: asked for every request that waits. */
  readonly #addresses = new Map<SiteCode, Address | undefined>();
  /** The requests that are being sent, and where to. */
  readonly #connections = new Map<string, SiteCode>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Undefined where there is none by this sender. */
  addressTo(site: SiteCode): Address | undefined {
    if (!this.#addresses.has(site)) {
      const addresses = neighbourByCode(this.#deps.database, site)?.addresses;
      this.#addresses.set(
        site,
        addresses?.find(({ sender }) => sender === this.#deps.type),
      );
    }
    return this.#addresses.get(site);
  }

  /** To be called when an address may have changed. */
  addressesChanged(): void {
    this.#addresses.clear();
  }

  open(request: string, site: SiteCode): void {
    this.#connections.set(request, site);
  }

  close(request: string): void {
    this.#connections.delete(request);
  }

  /** True while the request is being sent. */
  has(request: string): boolean {
    return this.#connections.has(request);
  }

  /** Why there cannot be one more to a site now, in words; undefined where there can. */
  obstacle(site: SiteCode): string | undefined {
    const address = this.addressTo(site);
    if (!address) return `there is no longer an address to site ${site}`;
    const used = [...this.#connections.values()].filter((one) => one === site).length;
    const most = isLimited(address.rateLimit) ? 1 : this.#deps.perSite;
    if (used < most) return undefined;
    return `${used} of ${most} connections to site ${site} in use`;
  }
}
