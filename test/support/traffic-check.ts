/**
 * Whether what came over the shares was allowed: no byte in a closed hour, and no address above its limit. Pure.
 *
 * An hour closes 50 ms of real time after it does, and whatever one of the two sites stood still is added. A rate is
 * a leaky bucket over the whole run for all connections of an address, and for a RAS sender for its one line: 2 % above
 * the rate leak out, and there is room in it for a block, 50 ms of the rate, and the longest standstill just before:
 * what is read late by so much looks like so much of a burst, and several standstills do not add up.
 * Not checked: percent where no link is declared, since what that allows depends on how fast a block went.
 */

import { emulatedAt, momentAt } from "../../domain/clock.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import { localWords } from "../../domain/local-week.ts";
import { priorities } from "../../domain/priority.ts";
import { TimeZone } from "../../domain/time-zone.ts";
import { AddressCourse, type Allowed, type Way } from "./address-course.ts";
import { Standstills } from "./standstills.ts";
import type { Arrival, News, Traffic } from "./traffic.ts";

/** Real milliseconds. */
const graceMs = 50;
/** Clocks of two processes agree to within so much. */
const earlyMs = 5;
/** Most of what an unlimited sender has on its way over a declared link, and what may have been read in one piece. */
const onItsWayBytes = 128 * 1024;
/** A standstill is seen in the rate for so long. */
const shakenMs = 1000;
const leakMore = 1.02;

/** The first arrival of a request that was not allowed, with the bytes of all of them. */
export type Fault = Arrival & {
  readonly why: "closed" | "too fast" | "not sent by anyone";
  /** When, by which sender, and by how much. */
  readonly words: string;
};

type Bucket = { atMs: number; levelMs: number; startedMs: number };
type Judged = Pick<Fault, "why" | "words">;

export function faultsIn({ records, sendings }: Traffic): Fault[] {
  const news = Map.groupBy(recordsOf(records, "news").sort(by("realMs")), ({ site }) => site);
  const starts = Map.groupBy([...sendings].sort(by("realMs")), ({ request }) => request);
  const courses = new Map<string, AddressCourse>();
  const buckets = new Map<string, Bucket>();
  const standstills = new Map<string, Standstills>();
  const faults = new Map<string, Fault>();

  const judge = (arrival: Arrival): Judged[] => {
    const { site: to, from, request, atMs } = arrival;
    const start = starts.get(request)?.findLast(({ realMs }) => realMs <= atMs + earlyMs);
    const told = news.get(from);
    if (!start || !told)
      return [{ why: "not sent by anyone", words: "its journal does not say that it sends it" }];
    const { sender } = start;
    const way = { to, sender, priority: priorities[Number(request[0]) - 1] ?? "low" } satisfies Way;
    const course = kept(courses, [from, ...Object.values(way)].join(), () => new AddressCourse(told, way));
    const keeps = told.some(({ realMs, finishing }) => realMs <= start.realMs && finishing.includes(sender));
    const allowed = keeps ? course.keptSince(start, atMs) : course.upTo(atMs + earlyMs);
    const stood = kept(standstills, `${from},${to}`, () => standstillsOf(records, [from, to]));
    const fresh = () => ({ atMs, levelMs: 0, startedMs: 0 });
    const ofAddress = sender === "LAN" ? `${from},${to}` : `${from},${sender}`;
    // Who keeps to a limit keeps a budget of its own.
    const bucket = kept(buckets, keeps ? `${ofAddress},${request},${start.realMs}` : ofAddress, fresh);
    const lateMs = graceMs + onItsWayMs(atMs, news.get(to));
    return [closedAt(atMs, allowed, stood, lateMs), tooFast(arrival, allowed, stood, lateMs, bucket)].filter(
      (one) => one !== undefined,
    );
  };

  for (const arrival of recordsOf(records, "arrival").sort(by("atMs"))) {
    for (const { why, words } of judge(arrival)) {
      const key = [arrival.site, arrival.request, why].join();
      const fault = kept(faults, key, () => {
        const sender = starts.get(arrival.request)?.[0]?.sender ?? "unknown";
        const when = whenWords(arrival.atMs, news.get(arrival.from));
        return { ...arrival, bytes: 0, why, words: `by its ${sender} address, at ${when}: ${why}, ${words}` };
      });
      faults.set(key, { ...fault, bytes: fault.bytes + arrival.bytes });
    }
  }
  return [...faults.values()];
}

/** One line about a fault. */
export function faultWords({ site, from, request, bytes, words }: Fault): string {
  return `site ${site} was sent ${bytes} bytes of ${request} by site ${from} ${words}`;
}

/** What a sender has on its way may still come down at the speed of the receiver's link. */
function onItsWayMs(atMs: number, receiver: readonly News[] | undefined): number {
  const told = receiver?.findLast(({ realMs }) => realMs <= atMs);
  const speed = told?.links.down.bytesPerSecond;
  if (!told || speed === undefined) return 0;
  return (onItsWayBytes / speed) * (1000 / momentAt(told.clock, atMs).scale);
}

/** Not open now, and not so shortly before that the bytes left then. */
function closedAt(
  atMs: number,
  allowed: readonly Allowed[],
  stood: Standstills,
  lateMs: number,
): Judged | undefined {
  const isNow = ({ fromMs, untilMs }: Allowed) => fromMs <= atMs + earlyMs && untilMs > atMs;
  if (allowed.some((stretch) => stretch.isOpen && isNow(stretch))) return undefined;
  const last = allowed.findLast(({ isOpen, untilMs }) => isOpen && untilMs <= atMs);
  const byMs = last ? atMs - last.untilMs - stood.between(last.untilMs, atMs) : Number.POSITIVE_INFINITY;
  if (byMs <= lateMs) return undefined;
  return {
    why: "closed",
    words: last ? `${byMs.toFixed(1)} ms of real time after it closed` : "never open before",
  };
}

/** Adds the arrival to its bucket. What came so shortly after a change that it may have left before goes by either rate. */
function tooFast(
  { atMs, bytes }: Arrival,
  allowed: readonly Allowed[],
  stood: Standstills,
  lateMs: number,
  bucket: Bucket,
): Judged | undefined {
  const inForce: Allowed[] = [];
  for (const stretch of allowed.toReversed()) {
    if (stretch.fromMs > atMs) continue;
    if (stretch.untilMs <= atMs && atMs - stretch.untilMs - stood.between(stretch.untilMs, atMs) > lateMs)
      break;
    inForce.push(stretch);
  }
  const [now] = inForce;
  bucket.levelMs = Math.max(0, bucket.levelMs - (atMs - bucket.atMs) * leakMore);
  bucket.atMs = atMs;
  // A site that started anew knows nothing of what it sent before.
  if (now?.startedMs !== bucket.startedMs) bucket.levelMs = 0;
  bucket.startedMs = now?.startedMs ?? 0;
  const rates = inForce.flatMap(({ rate }) => (rate.kind === "free" ? [] : rate));
  const rate = rates.toSorted((a, b) => b.bytesPerMs - a.bytesPerMs)[0];
  const isOneKind = rates.length === inForce.length && rates.every(({ kind }) => kind === rate?.kind);
  if (!rate || !isOneKind) {
    bucket.levelMs = 0;
    return undefined;
  }
  bucket.levelMs += bytes / rate.bytesPerMs;
  const roomMs = graceMs + rate.blockBytes / rate.bytesPerMs + stood.longest(atMs - shakenMs, atMs);
  const byMs = bucket.levelMs - roomMs;
  if (byMs <= 0) return undefined;
  bucket.levelMs = roomMs;
  const real = Math.round(rate.bytesPerMs * 1000);
  return { why: "too fast", words: `${byMs.toFixed(1)} ms ahead of ${real} bytes a second of real time` };
}

/** As the clock on the wall of the sending site shows it. */
function whenWords(atMs: number, news: readonly News[] | undefined): string {
  const told = news?.findLast(({ realMs }) => realMs <= atMs) ?? news?.[0];
  if (!told) return `${atMs} ms of real time`;
  return `${localWords(new TimeZone(told.timeZone), emulatedAt(told.clock, atMs), true)} (${told.timeZone})`;
}

function standstillsOf(records: Traffic["records"], sites: readonly SiteCode[]): Standstills {
  const ofOne = recordsOf(records, "standstill").filter(
    ({ site }) => site === undefined || sites.includes(site),
  );
  return new Standstills(ofOne);
}

function recordsOf<Kind extends Traffic["records"][number]["kind"]>(records: Traffic["records"], kind: Kind) {
  return records.filter((record) => record.kind === kind) as Extract<
    Traffic["records"][number],
    { kind: Kind }
  >[];
}

function by<Key extends string>(key: Key) {
  return (a: { readonly [name in Key]: number }, b: { readonly [name in Key]: number }) => a[key] - b[key];
}

function kept<Value>(values: Map<string, Value>, key: string, make: () => Value): Value {
  const value = values.get(key) ?? make();
  values.set(key, value);
  return value;
}
