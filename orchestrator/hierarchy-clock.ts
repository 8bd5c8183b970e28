/**
 * The clock of a hierarchy: it starts where the topology says, goes on over runs, and is the same at every site.
 */
import { type ClockMoment, emulatedAt } from "../domain/clock.ts";
import type { SiteDescription } from "../domain/site-face.ts";
import { lastEventMs } from "./journal-files.ts";
import type { SiteClient } from "./site-client.ts";
import type { Topology } from "./topology/load.ts";
import type { WallClock } from "./wall-clock.ts";

/** The topology's start, or the last moment in any journal of an earlier run: emulated time never goes back. */
export async function clockFrom(
  topology: Topology,
  root: string,
  wallClock: WallClock,
): Promise<ClockMoment> {
  const moments = await Promise.all(topology.sites.map(({ code }) => lastEventMs(root, code)));
  const emulatedMs = Math.max(topology.clock.startMs, ...moments.filter((moment) => moment !== undefined));
  return { realMs: wallClock.now(), emulatedMs, scale: topology.clock.scale };
}

/** Keeps the clock that all sites have, where they have one; else gives all of them one that goes on. */
export async function agreeOnClock(
  topology: Topology,
  found: readonly SiteDescription[],
  sites: Iterable<SiteClient>,
  proposed: ClockMoment,
  wallClock: WallClock,
): Promise<ClockMoment> {
  const [first] = found;
  const same = (one: ClockMoment | null) =>
    one !== null && one.scale === topology.clock.scale && sameTime(one, first?.clock ?? proposed);
  if (first?.clock && found.every(({ clock }) => same(clock))) return first.clock;
  const realMs = wallClock.now();
  const moments = found.flatMap(({ clock, lastEventMs: last }) => [
    last ?? Number.NEGATIVE_INFINITY,
    clock ? emulatedAt(clock, realMs) : Number.NEGATIVE_INFINITY,
  ]);
  const agreed = { ...proposed, realMs, emulatedMs: Math.max(proposed.emulatedMs, ...moments) };
  await Promise.all([...sites].map((site) => site.setClock(agreed)));
  return agreed;
}

function sameTime(one: ClockMoment, other: ClockMoment): boolean {
  return Math.abs(emulatedAt(one, other.realMs) - other.emulatedMs) < 1;
}
