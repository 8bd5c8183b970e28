/**
 * How many bytes went from one site to another in a span of time, from the points of its sendings. Between two points
 * they are taken to have gone evenly. Pure.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { Span } from "../../domain/week-hours.ts";
import type { Attempt, SentRequest } from "./send-requests.ts";

/** Bytes that went again after they had been lost count again: the link has carried them. */
export function bytesOf({ points }: Attempt, { fromMs, untilMs }: Span): number {
  let sum = 0;
  for (let index = 1; index < points.length; index++) {
    const [a, b] = [points[index - 1], points[index]];
    if (!a || !b || b.offset <= a.offset) continue;
    const [begin, end] = [Math.max(a.emulatedMs, fromMs), Math.min(b.emulatedMs, untilMs)];
    const lasts = b.emulatedMs - a.emulatedMs;
    if (lasts <= 0) sum += fromMs <= b.emulatedMs && b.emulatedMs < untilMs ? b.offset - a.offset : 0;
    else if (end > begin) sum += ((b.offset - a.offset) * (end - begin)) / lasts;
  }
  return sum;
}

/** The requests from one site, to another where one is named. */
export function requestsBetween(
  requests: Iterable<SentRequest>,
  from: SiteCode,
  to?: SiteCode | undefined,
): SentRequest[] {
  return [...requests].filter((one) => one.from === from && (to === undefined || one.to === to));
}

export function bytesIn(requests: readonly SentRequest[], span: Span): number {
  return requests.reduce(
    (sum, { attempts }) =>
      sum +
      attempts.reduce(
        (bytes, attempt) => (isWithin(attempt, span) ? bytes + bytesOf(attempt, span) : bytes),
        0,
      ),
    0,
  );
}

/** Whether any of it can be in the span. */
export function isWithin(attempt: Attempt, { fromMs, untilMs }: Span): boolean {
  return attempt.fromMs < untilMs && (attempt.untilMs ?? Number.POSITIVE_INFINITY) >= fromMs;
}

/** The bytes of each of `count` equal parts of a span. One pass over the points, however many parts. */
export function bytesByPart(requests: readonly SentRequest[], span: Span, count: number): number[] {
  const parts = Array.from({ length: count }, () => 0);
  const width = (span.untilMs - span.fromMs) / count;
  if (width <= 0) return parts;
  // Where a part ends the next begins, to the last bit: moments are so large that rounding loses bytes between two.
  const edge = (part: number) => span.fromMs + part * width;
  const partAt = (ms: number) => Math.floor((ms - span.fromMs) / width);
  for (const attempt of requests.flatMap(({ attempts }) => attempts)) {
    const last = attempt.points.at(-1);
    if (!last) continue;
    // One more at each end, as a moment next to an edge may be on either side of it by rounding.
    const until = Math.min(count - 1, partAt(last.emulatedMs) + 1);
    for (let part = Math.max(0, Math.min(count, partAt(attempt.fromMs)) - 1); part <= until; part++) {
      const untilMs = part === count - 1 ? span.untilMs + 1 : edge(part + 1); // the end is in the last part
      parts[part] = (parts[part] ?? 0) + bytesOf(attempt, { fromMs: edge(part), untilMs });
    }
  }
  return parts;
}

/** The first moment by which more than `most` bytes had gone; undefined where they have not. */
export function exceededMs(requests: readonly SentRequest[], span: Span, most: number): number | undefined {
  const moments = requests
    .flatMap(({ attempts }) => attempts.flatMap(({ points }) => points.map(({ emulatedMs }) => emulatedMs)))
    .filter((ms) => span.fromMs <= ms && ms <= span.untilMs)
    .sort((a, b) => a - b);
  let [low, high] = [0, moments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bytesIn(requests, { fromMs: span.fromMs, untilMs: (moments[middle] ?? 0) + 1 }) > most) high = middle;
    else low = middle + 1;
  }
  return moments[low];
}
