/**
 * Whether links and lines were used no more than they should be. A bound has failed as soon as it is exceeded; that it
 * was kept is known at the end. Pure.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import { formatByteRate } from "../../domain/quantity.ts";
import type { Span } from "../../domain/week-hours.ts";
import { everyHour, spansOf } from "../../domain/week-hours.ts";
import { bytesIn, exceededMs, requestsBetween } from "../report/bytes-sent.ts";
import { connectedMs } from "../report/line-calls.ts";
import { bandwidthOf, zoneOf } from "../report/ways.ts";
import { counted, dayAndTime } from "../words.ts";
import {
  type BusyExpectation,
  type BytesExpectation,
  type LineExpectation,
  percentWords,
  type Scene,
  sizeWords,
  type Verdict,
} from "./expectation.ts";

/** In the hours that it is about, or in all. */
export function bytesVerdict(expectation: BytesExpectation, scene: Scene): Verdict {
  const { from, to, mostBytes } = expectation;
  const requests = requestsBetween(scene.recording.requests.all.values(), from, to);
  let measured = 0;
  let failedMs: number | undefined;
  for (const span of spansIn(expectation, scene)) {
    const bytes = bytesIn(requests, span);
    if (failedMs === undefined && measured + bytes > mostBytes)
      failedMs = exceededMs(requests, span, mostBytes - measured);
    measured += bytes;
  }
  const isFailed = measured > mostBytes;
  return {
    ...atMost(isFailed, failedMs, scene),
    measured: Math.round(measured),
    bound: mostBytes,
    unit: "bytes",
    why: isFailed ? `more than ${sizeWords(mostBytes)} since ${at(scene, from, failedMs)}` : undefined,
  };
}

/**
 * Of what the link could have carried from the start, or each time the hours begin, until the hours or the run are
 * over. Of several such times the busiest counts. One has failed once its bytes are too many for all of its hours.
 */
export function busyVerdict(expectation: BusyExpectation, scene: Scene): Verdict {
  const { from, to, mostShare } = expectation;
  const bytesPerSecond = bandwidthOf(scene.topology, from, to) ?? Number.POSITIVE_INFINITY;
  const requests = requestsBetween(scene.recording.requests.all.values(), from, to);
  let worst: { share: number; span: Span; failedMs: number | undefined } | undefined;
  for (const span of spansIn(expectation, scene)) {
    const untilMs = Math.min(span.untilMs, scene.nowMs);
    const bytes = bytesIn(requests, { ...span, untilMs });
    const isOver = scene.isOver || span.untilMs <= scene.nowMs;
    // Until it is over, only what is too much for the whole of it is certain. A run's own end is not known.
    const whole = isOver ? untilMs : expectation.during ? span.untilMs : Number.POSITIVE_INFINITY;
    const most = (mostShare * bytesPerSecond * (whole - span.fromMs)) / 1000;
    const share = bytes === 0 ? 0 : bytes / ((bytesPerSecond * (untilMs - span.fromMs)) / 1000);
    const failedMs = bytes > most ? (exceededMs(requests, span, most) ?? untilMs) : undefined;
    const isWorse =
      failedMs !== undefined
        ? worst?.failedMs === undefined
        : worst?.failedMs === undefined && share > (worst?.share ?? -1);
    if (isWorse) worst = { share, span, failedMs };
  }
  const { share = 0, failedMs } = worst ?? {};
  return {
    ...atMost(failedMs !== undefined, failedMs, scene),
    measured: share,
    bound: mostShare,
    unit: "share",
    why:
      failedMs === undefined
        ? undefined
        : `more than ${percentWords(mostShare)} of ${formatByteRate(bytesPerSecond)}, ${at(scene, from, failedMs)}`,
  };
}

export function lineVerdict({ from, to, mostMs }: LineExpectation, scene: Scene): Verdict {
  const calls = scene.recording.lines.calls.filter(
    (call) => call.from === from && (to === undefined || call.to === to),
  );
  const measured = connectedMs(calls, scene.nowMs);
  let failedMs: number | undefined;
  let sum = 0;
  for (const call of calls) {
    const lasts = connectedMs([call], scene.nowMs);
    if (failedMs === undefined && sum + lasts > mostMs) failedMs = call.fromMs + mostMs - sum;
    sum += lasts;
  }
  return {
    ...atMost(failedMs !== undefined, failedMs, scene),
    measured,
    bound: mostMs,
    unit: "ms",
    why:
      failedMs === undefined
        ? undefined
        : `too long since ${at(scene, from, failedMs)}, in ${counted(calls.length, "call")}`,
  };
}

function at(scene: Scene, from: SiteCode, ms: number | undefined): string {
  return dayAndTime(ms ?? scene.nowMs, zoneOf(scene.topology, from).name);
}

function atMost(isFailed: boolean, failedMs: number | undefined, { isOver, nowMs }: Scene) {
  const state = isFailed ? "failed" : isOver ? "held" : "open";
  return { state, failedMs: isFailed ? (failedMs ?? nowMs) : undefined } as const;
}

/** The run, or the hours in it that an expectation is about. */
function spansIn({ from, during }: BytesExpectation | BusyExpectation, { topology, nowMs }: Scene): Span[] {
  const run = { fromMs: topology.clock.startMs, untilMs: nowMs + 1 };
  return during
    ? spansOf(during.hours, zoneOf(topology, from), run)
    : spansOf(everyHour, zoneOf(topology, from), run);
}
