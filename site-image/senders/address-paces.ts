/**
 * The paces of a sender's addresses: one for each, shared by all its connections, and following the address when an
 * administrator changes it. An address without a limit has none.
 */
import type { Address } from "../../domain/address.ts";
import type { Clock } from "../../domain/clock.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import { isLimited, type Rate, rateAt } from "../../domain/rate-limit.ts";
import type { TimeZone } from "../../domain/time-zone.ts";
import { AddressPace } from "./address-pace.ts";
import type { Pace } from "./pace.ts";

type Deps = {
  readonly clock: Clock;
  readonly zone: TimeZone;
  /** What the link to a site carries in bytes per emulated second; undefined where none is declared. */
  linkTo(site: SiteCode): number | undefined;
};
/** The address as it is now, which the pace asks for whenever what is in force may have changed. */
type Paced = { readonly now: { address: Address }; readonly pace: AddressPace };

export class AddressPaces {
  readonly #deps: Deps;
  readonly #paced = new Map<SiteCode, Paced>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** A pace that keeps to what is in force now, whatever becomes of the address and the hour. */
  kept(site: SiteCode, address: Address): Pace | undefined {
    if (!isLimited(address.rateLimit) && !address.line) return undefined;
    const { clock, zone, linkTo } = this.#deps;
    const found = rateOf(address, zone, linkTo(site), clock.now());
    const rate: Rate = { ...found, untilMs: Number.POSITIVE_INFINITY };
    return new AddressPace({ clock, rate: () => rate });
  }

  /** The pace of the address to a site. */
  of(site: SiteCode, address: Address): Pace | undefined {
    if (!isLimited(address.rateLimit) && !address.line) {
      this.#paced.delete(site);
      return undefined;
    }
    const known = this.#paced.get(site);
    if (known) {
      const isSame = JSON.stringify(known.now.address) === JSON.stringify(address);
      known.now.address = address;
      if (!isSame) known.pace.changed();
      return known.pace;
    }
    const { clock, zone, linkTo } = this.#deps;
    const now = { address };
    const pace = new AddressPace({
      clock,
      rate: () => rateOf(now.address, zone, linkTo(site), clock.now()),
    });
    this.#paced.set(site, { now, pace });
    return pace;
  }

  /** Links are others: a percent may be of something else from the next block on. */
  linksChanged(): void {
    for (const { pace } of this.#paced.values()) pace.changed();
  }
}

/** What is in force: the limit, and never more than the line carries. */
function rateOf(
  { rateLimit, line }: Address,
  zone: TimeZone,
  linkBytesPerSecond: number | undefined,
  nowMs: number,
): Rate {
  const rate = rateAt(rateLimit, zone, line?.bytesPerSecond ?? linkBytesPerSecond, nowMs);
  if (!line) return rate;
  const { untilMs } = rate;
  if (rate.kind === "paced") {
    return { kind: "paced", untilMs, bytesPerSecond: Math.min(rate.bytesPerSecond, line.bytesPerSecond) };
  }
  if (rate.kind === "pulse") {
    // On a line a block is no instant: what counts is the block and its pause together.
    const seconds = rate.blockBytes / line.bytesPerSecond + rate.pauseMs / 1000;
    return { kind: "paced", untilMs, bytesPerSecond: rate.blockBytes / seconds };
  }
  return { kind: "paced", untilMs, bytesPerSecond: line.bytesPerSecond };
}
