/**
 * What a topology file expects, as a run judges it: ranges carried out, moments on the emulated calendar.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { DistributionPoint } from "../../domain/package.ts";
import type { Expectation } from "../expectations/expectation.ts";
import { pairsOf } from "./expansion.ts";
import type { ExpectationWords } from "./expect-words.ts";
import { momentMs } from "./moment.ts";
import { endSites } from "./site-codes.ts";

type Seen = {
  readonly startMs: number;
  /** Of the central site. */
  readonly timeZone: string;
  readonly pointsOf: (wanted: "all" | readonly string[]) => readonly DistributionPoint[];
  /** Where a package of this name is sent to. */
  readonly sentTo: (name: string) => readonly DistributionPoint[];
};

/** One for each pair of sites that a range or a list stands for. */
export function expectationsOf(words: ExpectationWords, seen: Seen): Expectation[] {
  if ("by" in words) {
    const { package: name, on, by } = words;
    const byMs = momentMs(by, seen.startMs, seen.timeZone) - seen.startMs;
    return [{ kind: "arrival", package: name, on: among(seen, on, [name]), byMs }];
  }
  if ("before" in words) {
    const { package: name, before, on } = words;
    return [{ kind: "order", package: name, before, on: among(seen, on, [name, before]) }];
  }
  if ("bytes" in words) {
    const { bytes: mostBytes, during } = words;
    return ways(...words.link).map((way) => ({ kind: "bytes", ...way, mostBytes, during }));
  }
  if ("busy" in words) {
    const { busy: mostShare, during } = words;
    return ways(...words.link).map((way) => ({ kind: "busy", ...way, mostShare, during }));
  }
  if ("connected" in words) {
    const { line, to, connected: mostMs } = words;
    const calls =
      to === undefined ? endSites(line).map(({ code }) => ({ from: code as SiteCode, to })) : ways(line, to);
    return calls.map((call) => ({ kind: "connected", ...call, mostMs }));
  }
  if ("nothingSent" in words) {
    const { from, to, nothingSent: during, priority } = words;
    return ways(from, to).map((way) => ({ kind: "nothing sent", ...way, during, priority }));
  }
  return [{ kind: "nothing lost" }];
}

function ways(...ends: Parameters<typeof pairsOf>): { from: SiteCode; to: SiteCode }[] {
  return pairsOf(...ends).map(({ from, to }) => ({ from: from as SiteCode, to: to as SiteCode }));
}

/** Of the distribution points that are named, those that all of the packages are sent to. */
function among(
  { pointsOf, sentTo }: Seen,
  on: "all" | readonly string[],
  names: readonly string[],
): DistributionPoint[] {
  const sent = names.map((name) => new Set(sentTo(name).map(({ server }) => server)));
  return pointsOf(on).filter(({ server }) => sent.every((servers) => servers.has(server)));
}
