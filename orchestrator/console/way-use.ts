/**
 * How much of the way from one site to another was used when, beside the hours in which it was not open to all. Pure.
 */
import type { Address } from "../../domain/address.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import { bytesByPart, requestsBetween } from "../report/bytes-sent.ts";
import { cutsBetween } from "../report/happenings.ts";
import type { Recording } from "../report/recording.ts";
import { bandwidthOf, narrowedSpans, outagesOf } from "../report/ways.ts";
import type { Topology } from "../topology/plan.ts";
import type { UseView } from "./live-entries.ts";

const parts = 240;

export function wayUse(
  given: Topology,
  recording: Recording,
  { from, to, addresses }: { from: SiteCode; to: SiteCode; addresses: readonly Address[] },
  nowMs: number,
): UseView {
  // As the addresses are now: somebody may have changed them.
  const topology: Topology = { ...given, addresses: [{ from, to, addresses }] };
  const run = { fromMs: given.clock.startMs, untilMs: Math.max(nowMs, given.clock.startMs + 1) };
  const bytes = bytesByPart(requestsBetween(recording.requests.all.values(), from, to), run, parts);
  const seconds = (run.untilMs - run.fromMs) / parts / 1000;
  return {
    ...run,
    rates: bytes.map((count) => Number((count / seconds).toPrecision(4))),
    bytesPerSecond: bandwidthOf(topology, from, to) ?? null,
    narrowed: narrowedSpans(topology, from, to, run),
    outages: [
      ...outagesOf(topology, from, to),
      ...cutsBetween(recording.happened, from, to, run.untilMs),
    ].filter(({ fromMs, untilMs }) => fromMs < run.untilMs && untilMs > run.fromMs),
  };
}
