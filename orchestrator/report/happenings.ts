/**
 * What a scenario made happen, as reports tell of it, and the outages of links that came of it. Pure.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { Outage } from "../../domain/link.ts";

type Pair = readonly [SiteCode, SiteCode];

export type Happening = {
  readonly emulatedMs: number;
  /** Where it comes from: a step of the scenario, or chance. */
  readonly source: string;
  readonly text: string;
  /** Links that are down from then on, and those that are up again. */
  readonly cut: readonly Pair[];
  readonly restored: readonly Pair[];
};

/** In the order in which they happened. One that was not over by `untilMs` ends then. */
export function cutsBetween(
  happened: readonly Happening[],
  one: SiteCode,
  other: SiteCode,
  untilMs: number,
): Outage[] {
  const isMeant = ([a, b]: Pair) => (a === one && b === other) || (a === other && b === one);
  const cuts: Outage[] = [];
  let sinceMs: number | undefined;
  for (const { emulatedMs, cut, restored } of happened) {
    if (cut.some(isMeant)) sinceMs ??= emulatedMs;
    if (sinceMs === undefined || !restored.some(isMeant)) continue;
    cuts.push({ fromMs: sinceMs, untilMs: emulatedMs });
    sinceMs = undefined;
  }
  return sinceMs === undefined ? cuts : [...cuts, { fromMs: sinceMs, untilMs }];
}

/** The links that are down after all of it, each once. */
export function stillCut(happened: readonly Happening[]): Pair[] {
  const cut = new Map<string, Pair>();
  const nameOf = (pair: Pair) => pair.toSorted().join(" ");
  for (const one of happened) {
    for (const pair of one.cut) cut.set(nameOf(pair), pair);
    for (const pair of one.restored) cut.delete(nameOf(pair));
  }
  return [...cut.values()];
}
