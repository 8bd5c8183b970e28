/**
 * The emulated WAN as one site has it: its access link up and down, and links of their own to other sites. A transfer
 * outwards keeps to what goes up and across; what comes in is read no faster than what comes down (http/wan-receive.ts).
 * A RAS line is no part of it: who dials goes past it.
 */
import type { Clock } from "../../domain/clock.ts";
import { drawn } from "../../domain/draw.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import { type Link, noLinks, openLink, type SiteLinks } from "../../domain/link.ts";
import { Narrow } from "./narrow.ts";
import type { Pace } from "./pace.ts";
import { PacesInSeries } from "./paces-in-series.ts";
import type { Transfer } from "./transfer.ts";
import { WanLink } from "./wan-link.ts";

type Deps = { readonly clock: Clock; readonly site: SiteCode };

/** What a request meets that comes in from another site. */
export type WayIn = {
  /** What all that comes in shares; undefined where it comes at once. */
  readonly pace: Pace | undefined;
  /** Aborted while the way is down. */
  readonly up: AbortSignal;
  /** Resolves when the request has come, and its answer would have gone. At once where there is no latency. */
  delay(signal: AbortSignal): Promise<void>;
};

export class Wan {
  readonly #clock: Clock;
  readonly #site: SiteCode;
  readonly #up: WanLink;
  readonly #down: WanLink;
  readonly #across = new Map<SiteCode, WanLink>();
  readonly #listeners = new Set<() => void>();
  #links: SiteLinks = noLinks;
  #told = Promise.withResolvers<void>();

  constructor({ clock, site }: Deps) {
    this.#clock = clock;
    this.#site = site;
    this.#up = this.#linkOf("up", openLink);
    this.#down = this.#linkOf("down", openLink);
  }

  get links(): SiteLinks {
    return this.#links;
  }

  /** The links are others from now on, also for what is under way. */
  set links(links: SiteLinks) {
    this.#links = links;
    this.#up.set(links.up);
    this.#down.set(links.down);
    for (const code of Object.keys(links.to)) this.#linkTo(code as SiteCode);
    for (const [code, link] of this.#across) link.set(links.to[code] ?? openLink);
    this.#told.resolve();
    for (const listener of this.#listeners) listener();
  }

  /** Calls back whenever the links have changed, as long as the site runs. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Begins and ends outages in time, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#told = Promise.withResolvers();
      const nextMs = Math.min(...this.#all().map((link) => link.look()));
      const rest = new AbortController();
      const either = AbortSignal.any([signal, rest.signal]);
      await Promise.race([this.#told.promise, this.#clock.sleep(nextMs - this.#clock.now(), either)]);
      rest.abort();
    }
  }

  /** What the way to a site carries in bytes per emulated second; undefined where nothing declares it. */
  bandwidthTo(site: SiteCode): number | undefined {
    const narrowest = Math.min(
      ...this.#wayTo(site).map(({ link }) => link.bytesPerSecond ?? Number.POSITIVE_INFINITY),
    );
    return Number.isFinite(narrowest) ? narrowest : undefined;
  }

  /** The same transfer over the WAN, beside what limits it otherwise. */
  over(transfer: Transfer): Transfer {
    return async (job, hooks, signal) => {
      const way = this.#wayTo(job.site);
      const both = AbortSignal.any([signal, ...way.map(({ up }) => up)]);
      both.throwIfAborted();
      const delay = (either: AbortSignal) => this.#delay(way, either);
      await transfer({ ...job, pace: this.#paceOf(job.site, job.pace), delay }, hooks, both);
    };
  }

  wayInFrom(site: SiteCode): WayIn {
    return {
      pace: this.#down.pace,
      // A link of their own is paced and delayed at the other end; that it is down holds at both.
      up: AbortSignal.any([this.#down.up, this.#linkTo(site).up]),
      delay: (signal) => this.#delay([this.#down, this.#up], signal),
    };
  }

  #wayTo(site: SiteCode): WanLink[] {
    return [this.#up, this.#linkTo(site)];
  }

  /** Also where none is declared: one may be, while something is under way. */
  #linkTo(site: SiteCode): WanLink {
    const known = this.#across.get(site);
    if (known) return known;
    const link = this.#linkOf(site, this.#links.to[site] ?? openLink);
    this.#across.set(site, link);
    return link;
  }

  #all(): WanLink[] {
    return [this.#up, this.#down, ...this.#across.values()];
  }

  #paceOf(site: SiteCode, pace: Pace | undefined): Pace | undefined {
    const paces = [pace, ...this.#wayTo(site).map((link) => link.pace)].filter((one) => one !== undefined);
    const [first, ...others] = paces;
    if (first) return others.reduce((all, one) => new PacesInSeries(all, one), first);
    // Unlimited here, but the way ends in a link: what a slow receiver has not read must not pile up in the kernels.
    return this.#links.to[site] ? new Narrow(this.#clock) : undefined;
  }

  async #delay(way: readonly WanLink[], signal: AbortSignal): Promise<void> {
    const ms = way.reduce((sum, link) => sum + link.delayMs(), 0);
    if (ms > 0) await this.#clock.sleepReal(ms, signal);
  }

  #linkOf(name: string, link: Link): WanLink {
    let count = 0;
    const random = () => drawn(`${this.#links.seed} ${this.#site} ${name} ${count++}`);
    return new WanLink({ clock: this.#clock, link, random });
  }
}
