/**
 * The clock of a hierarchy: it starts where the topology says, goes on over runs, and is the same at every site.
 */
import { type ClockTimeline, emulatedAt, momentAt, withMoment } from "../domain/clock.ts";
import type { SiteDescription } from "../domain/site-face.ts";
import { lastEventMs } from "./journal-files.ts";
import type { SiteClient } from "./site-client.ts";
import type { Topology } from "./topology/plan.ts";
import type { WallClock } from "./wall-clock.ts";

/**
 * What sites start with: the topology's start, or the last moment in any journal of an earlier run, as emulated time
 * never goes back. Until all of them are up it goes no faster than real time, or a start that takes seconds would take
 * half an hour of the night.
 */
export async function clockFrom(
  topology: Topology,
  root: string | undefined,
  wallClock: WallClock,
): Promise<ClockTimeline> {
  const codes = root === undefined ? [] : topology.sites.map(({ code }) => code);
  const moments = await Promise.all(codes.map((code) => lastEventMs(root ?? "", code)));
  const emulatedMs = Math.max(topology.clock.startMs, ...moments.filter((moment) => moment !== undefined));
  return [{ realMs: wallClock.now(), emulatedMs, scale: 1 }];
}

/**
 * Keeps the clock that all sites have, where they have one at the scale of the topology; else gives all of them one
 * that goes on at that scale.
 */
export async function agreeOnClock(
  topology: Topology,
  found: readonly SiteDescription[],
  sites: Iterable<SiteClient>,
  proposed: ClockTimeline,
  wallClock: WallClock,
): Promise<ClockTimeline> {
  const [first] = found;
  const realMs = wallClock.now();
  const same = (one: ClockTimeline | null) =>
    one !== null &&
    momentAt(one, realMs).scale === topology.clock.scale &&
    Math.abs(emulatedAt(one, realMs) - emulatedAt(first?.clock ?? proposed, realMs)) < 1;
  if (first?.clock && found.every(({ clock }) => same(clock))) return first.clock;
  const moments = found.flatMap(({ clock, lastEventMs: last }) => [
    last ?? Number.NEGATIVE_INFINITY,
    clock ? emulatedAt(clock, realMs) : Number.NEGATIVE_INFINITY,
  ]);
  const agreed = withMoment(proposed, {
    realMs,
    emulatedMs: Math.max(...moments),
    scale: topology.clock.scale,
  });
  await Promise.all([...sites].map((site) => site.setClock(agreed)));
  return agreed;
}

/** How long before a jump of the clock every site is told of it, in milliseconds of real time. */
export const noticeMs = 250;

/** A site that is down is told when it is started again. Rejects where none could be told. */
export async function tellAll(sites: Iterable<SiteClient>, timeline: ClockTimeline): Promise<void> {
  const told = await Promise.allSettled([...sites].map((site) => site.setClock(timeline)));
  const failed = told.filter((one) => one.status === "rejected");
  if (failed.length === told.length) throw failed[0]?.reason;
}
