/**
 * What a topology says of the way from one site to another: how much it carries, when it is down, when it is open.
 * Pure.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { Outage } from "../../domain/link.ts";
import { type HourUsage, hourUsageNumber, nextChange, usageAt } from "../../domain/schedule.ts";
import { TimeZone } from "../../domain/time-zone.ts";
import type { Span } from "../../domain/week-hours.ts";
import type { Topology } from "../topology/plan.ts";

/** A zone is slow to make and quick to ask, and judging asks often. */
const zones = new WeakMap<Topology, Map<SiteCode, TimeZone>>();

export function zoneOf(topology: Topology, code: SiteCode): TimeZone {
  const known = zones.get(topology) ?? new Map<SiteCode, TimeZone>();
  zones.set(topology, known);
  const name = topology.sites.find((site) => site.code === code)?.timeZone ?? "Etc/UTC";
  const zone = known.get(code) ?? new TimeZone(name);
  known.set(code, zone);
  return zone;
}

/**
 * Bytes a second, of the narrowest part that the file gives a bandwidth: the link, the access links at its ends, the
 * line of a RAS address. Undefined where it gives none.
 */
export function bandwidthOf(topology: Topology, from: SiteCode, to: SiteCode): number | undefined {
  const addresses = addressesOf(topology, from, to);
  const lines = addresses.flatMap(({ line }) => line?.bytesPerSecond ?? []);
  // A line that is dialled goes past the WAN.
  if (lines.length > 0 && lines.length === addresses.length) return Math.max(...lines);
  const parts = wanOf(topology, from, to).flatMap(({ bytesPerSecond }) => bytesPerSecond ?? []);
  return parts.length > 0 ? Math.min(...parts) : undefined;
}

export function outagesOf(topology: Topology, from: SiteCode, to: SiteCode): Outage[] {
  return wanOf(topology, from, to)
    .flatMap(({ outages }) => outages)
    .sort((a, b) => a.fromMs - b.fromMs);
}

export type UsageSpan = Span & { readonly usage: HourUsage };

/** When the way is not open to all priorities, by the most open of its addresses. */
export function narrowedSpans(topology: Topology, from: SiteCode, to: SiteCode, run: Span): UsageSpan[] {
  const zone = zoneOf(topology, from);
  const addresses = addressesOf(topology, from, to);
  const spans: UsageSpan[] = [];
  for (let at = run.fromMs; addresses.length > 0 && at < run.untilMs; ) {
    const next = Math.min(...addresses.map(({ schedule }) => nextChange(schedule, zone, at)), run.untilMs);
    const [usage = "all"] = addresses
      .map(({ schedule }) => usageAt(schedule, zone, at))
      .sort((a, b) => hourUsageNumber[a] - hourUsageNumber[b]);
    const last = spans.at(-1);
    if (last?.usage === usage && last.untilMs === at) spans[spans.length - 1] = { ...last, untilMs: next };
    else if (usage !== "all") spans.push({ usage, fromMs: at, untilMs: next });
    at = next;
  }
  return spans;
}

function addressesOf({ addresses }: Topology, from: SiteCode, to: SiteCode) {
  return addresses.find((one) => one.from === from && one.to === to)?.addresses ?? [];
}

/** The parts of the WAN between them, in order. */
function wanOf({ links }: Topology, from: SiteCode, to: SiteCode) {
  const [here, there] = [links.get(from), links.get(to)];
  return [here?.up, here?.to[to], there?.down].filter((link) => link !== undefined);
}
