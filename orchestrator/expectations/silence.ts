/**
 * Whether nothing was sent when nothing should be. Pure.
 *
 * A sender stops at the edge of a window, but the last blocks are acknowledged, and the sending is put away, a moment
 * later. So the first moments of the hours count only where a sending begins in them.
 */
import { type Span, spansOf } from "../../domain/week-hours.ts";
import { bytesOf, isWithin, requestsBetween } from "../report/bytes-sent.ts";
import type { SentRequest } from "../report/send-requests.ts";
import { zoneOf } from "../report/ways.ts";
import { bytesWords, dayAndTime } from "../words.ts";
import type { Scene, SilenceExpectation, Verdict } from "./expectation.ts";

/** How long, in milliseconds of real time, what went before the hours may take to be acknowledged. */
const acknowledgedWithinMs = 500;

type Breach = { readonly one: SentRequest; readonly atMs: number; readonly bytes: number };

export function silenceVerdict(expectation: SilenceExpectation, scene: Scene): Verdict {
  const { from, to, priority, during } = expectation;
  const { topology, recording, nowMs, isOver } = scene;
  const zone = zoneOf(topology, from);
  const graceMs = acknowledgedWithinMs * topology.clock.scale;
  const breaches = requestsBetween(recording.requests.all.values(), from, to)
    .filter((one) => priority === undefined || one.priority === priority)
    .flatMap((one) =>
      one.attempts.flatMap((attempt) => {
        const span = { fromMs: attempt.fromMs, untilMs: (attempt.untilMs ?? nowMs) + 1 };
        return spansOf(during.hours, zone, span).flatMap((hours) => breachOf(one, attempt, hours, graceMs));
      }),
    )
    .sort((a, b) => a.atMs - b.atMs);
  const measured = Math.round(breaches.reduce((sum, { bytes }) => sum + bytes, 0));
  const [first] = breaches;
  const state = first ? "failed" : isOver ? "held" : "open";
  const why =
    first &&
    `first request ${first.one.request} (${bytesWords(first.one.bytes)}) on ${dayAndTime(first.atMs, zone.name)}`;
  return { state, measured, bound: 0, unit: "bytes", failedMs: first?.atMs, why };
}

/** `hours` begins where the sending does, if it began in them. */
function breachOf(
  one: SentRequest,
  attempt: SentRequest["attempts"][number],
  hours: Span,
  graceMs: number,
): Breach[] {
  if (!isWithin(attempt, hours)) return [];
  const hasBegun = hours.fromMs === attempt.fromMs;
  if (hasBegun) return [{ one, atMs: attempt.fromMs, bytes: bytesOf(attempt, hours) }];
  const late = { fromMs: hours.fromMs + graceMs, untilMs: hours.untilMs };
  const bytes = late.fromMs < late.untilMs ? bytesOf(attempt, late) : 0;
  return bytes > 0 ? [{ one, atMs: hours.fromMs, bytes }] : [];
}
