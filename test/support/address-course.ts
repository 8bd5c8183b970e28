/**
 * What an address allowed, over the stretches of real time in which that stayed the same: its hours on the calendar of
 * its site, its rate, and what an administrator changed meanwhile, however the clock was advanced and rescaled.
 * Says the rules again on purpose, from schedule and rate limit up, and uses nothing of the senders that it judges.
 */
import type { Address } from "../../domain/address.ts";
import { type ClockTimeline, emulatedAt, momentAt, realAt } from "../../domain/clock.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import type { SiteLinks } from "../../domain/link.ts";
import type { SenderType } from "../../domain/package.ts";
import type { Priority } from "../../domain/priority.ts";
import { rateAt } from "../../domain/rate-limit.ts";
import { isOpen, nextOpening, openUntil } from "../../domain/schedule.ts";
import { TimeZone } from "../../domain/time-zone.ts";
import type { News, SendingStart } from "./traffic.ts";

export type Way = { readonly to: SiteCode; readonly sender: SenderType; readonly priority: Priority };

/** In real time. `free` is whatever has no rate of its own: unlimited, and percent where no link is declared. */
export type AllowedRate =
  | { readonly kind: "free" }
  | { readonly kind: "paced" | "pulse"; readonly bytesPerMs: number; readonly blockBytes: number };

export type Allowed = {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly isOpen: boolean;
  readonly rate: AllowedRate;
  /** When the run of the sending site began. */
  readonly startedMs: number;
};

/** What is back and forth between two calendars can be off by the last bit. Real milliseconds. */
const leastMs = 0.01;
const free: AllowedRate = { kind: "free" };
/** A pacer's blocks: what a rate makes in three milliseconds, within bounds. */
const paced = { blockMs: 3, leastBytes: 16 };

export class AddressCourse {
  readonly #news: readonly News[];
  readonly #zones = new Map<string, TimeZone>();
  readonly #way: Way;
  readonly #course: Allowed[] = [];

  /** `news` are the sending site's, in order. */
  constructor(news: readonly News[], way: Way) {
    this.#news = news;
    this.#way = way;
  }

  /** From the site's first news on, as far as the stretch that holds at `ms`. */
  upTo(ms: number): readonly Allowed[] {
    for (let reached = this.#reachedMs; reached <= ms; reached = this.#reachedMs) {
      this.#course.push(this.#at(reached));
    }
    return this.#course;
  }

  /**
   * As one stretch without an end, what held somewhere between a sender's taking up a request and its first byte: open if
   * it was open, and the fastest of the rates, at the clock's scale at `ms`. For a sending that keeps to what it found.
   */
  keptSince({ takenMs, realMs }: SendingStart, ms: number): readonly Allowed[] {
    const found = this.upTo(realMs).filter(({ fromMs, untilMs }) => fromMs <= realMs && untilMs >= takenMs);
    const [first] = found;
    if (!first) return [];
    const scaled = found.map(({ rate }) => this.#atScaleOf(rate, realMs, ms));
    const paced = scaled.filter((rate) => rate.kind !== "free");
    const fastest = paced.toSorted((a, b) => b.bytesPerMs - a.bytesPerMs)[0];
    const rate = fastest && paced.length === scaled.length ? fastest : free;
    const isOpen = found.some((stretch) => stretch.isOpen);
    return [
      { fromMs: first.fromMs, untilMs: Number.POSITIVE_INFINITY, isOpen, rate, startedMs: first.startedMs },
    ];
  }

  #atScaleOf(rate: AllowedRate, beganMs: number, ms: number): AllowedRate {
    const clock = this.#news.findLast(({ realMs }) => realMs <= ms)?.clock;
    if (rate.kind === "free" || !clock) return rate;
    const faster = momentAt(clock, ms).scale / momentAt(clock, beganMs).scale;
    return {
      ...rate,
      bytesPerMs: rate.bytesPerMs * faster,
      blockBytes: rate.blockBytes * Math.max(1, faster),
    };
  }

  get #reachedMs(): number {
    return this.#course.at(-1)?.untilMs ?? this.#news[0]?.realMs ?? Number.POSITIVE_INFINITY;
  }

  #at(fromMs: number): Allowed {
    const index = this.#news.findLastIndex(({ realMs }) => realMs <= fromMs);
    const news = this.#news[index];
    if (!news) throw new RangeError("a course begins with the first news");
    const { clock, startedMs } = news;
    const zone = this.#zoneOf(news.timeZone);
    const { to, sender, priority } = this.#way;
    const all = news.addresses.find((known) => known.to === to)?.addresses;
    const address = all?.find((known) => known.sender === sender);
    const nowMs = emulatedAt(clock, fromMs);
    const nextNewsMs = this.#news[index + 1]?.realMs ?? Number.POSITIVE_INFINITY;
    const nextMomentMs = clock.find(({ realMs }) => realMs > fromMs)?.realMs ?? Number.POSITIVE_INFINITY;
    const endsMs = [nextNewsMs, nextMomentMs];
    const open = address !== undefined && isOpen(address.schedule, zone, priority, nowMs);
    let rate = free;
    if (address) {
      const edgeMs = open
        ? openUntil(address.schedule, zone, priority, nowMs)
        : (nextOpening(address.schedule, zone, priority, nowMs) ?? Number.POSITIVE_INFINITY);
      const emulated = rateOf(address, news.links, to, zone, nowMs);
      rate = inRealTime(emulated, clock, fromMs);
      endsMs.push(realAt(clock, edgeMs), realAt(clock, emulated.untilMs));
    }
    const untilMs = Math.max(Math.min(...endsMs), fromMs + leastMs);
    return { fromMs, untilMs, isOpen: open, rate, startedMs };
  }

  #zoneOf(name: string): TimeZone {
    const zone = this.#zones.get(name) ?? new TimeZone(name);
    this.#zones.set(name, zone);
    return zone;
  }
}

/** `blockBytes` goes at once, where that is more than a pacer's own block. */
type EmulatedRate = {
  readonly kind: AllowedRate["kind"];
  readonly bytesPerSecond: number;
  readonly blockBytes: number;
  readonly untilMs: number;
};

function rateOf(
  { rateLimit, line }: Address,
  { up, to: across }: SiteLinks,
  to: SiteCode,
  zone: TimeZone,
  nowMs: number,
): EmulatedRate {
  const linkSpeed = Math.min(
    up.bytesPerSecond ?? Number.POSITIVE_INFINITY,
    across[to]?.bytesPerSecond ?? Number.POSITIVE_INFINITY,
  );
  const declared = line?.bytesPerSecond ?? (Number.isFinite(linkSpeed) ? linkSpeed : undefined);
  const rate = rateAt(rateLimit, zone, declared, nowMs);
  const { untilMs } = rate;
  const lineSpeed = line?.bytesPerSecond ?? Number.POSITIVE_INFINITY;
  if (rate.kind === "pulse") {
    const { blockBytes, pauseMs } = rate;
    const bytesPerSecond = blockBytes / (pauseMs / 1000 + blockBytes / lineSpeed);
    // On a line there is no block at once: what counts is block and pause together.
    return line
      ? { kind: "paced", bytesPerSecond, blockBytes: 0, untilMs }
      : { kind: "pulse", bytesPerSecond, blockBytes, untilMs };
  }
  const bytesPerSecond = rate.kind === "paced" ? Math.min(rate.bytesPerSecond, lineSpeed) : lineSpeed;
  return {
    kind: Number.isFinite(bytesPerSecond) ? "paced" : "free",
    bytesPerSecond,
    blockBytes: 0,
    untilMs,
  };
}

function inRealTime(rate: EmulatedRate, clock: ClockTimeline, realMs: number): AllowedRate {
  if (rate.kind === "free") return free;
  const bytesPerMs = (rate.bytesPerSecond / 1000) * momentAt(clock, realMs).scale;
  const blockBytes = Math.max(rate.blockBytes, bytesPerMs * paced.blockMs, paced.leastBytes);
  return { kind: rate.kind, bytesPerMs, blockBytes };
}
