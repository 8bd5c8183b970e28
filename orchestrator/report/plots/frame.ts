/**
 * What the plots of a report share: a time axis, rows with their labels, shapes in SVG. All of it text. Pure.
 */
import { localWords } from "../../../domain/local-week.ts";
import { TimeZone } from "../../../domain/time-zone.ts";
import type { Span } from "../../../domain/week-hours.ts";
import { escaped } from "../markup.ts";

/** In units of the drawing; it is as wide as the page. */
export const width = 1000;
export const left = 150;
export const right = 160;
export const plotWidth = width - left - right;
const axisHeight = 34;

export type TimeAxis = {
  readonly run: Span;
  readonly timeZone: string;
  readonly x: (ms: number) => number;
};

export function timeAxis(startMs: number, endMs: number, timeZone: string): TimeAxis {
  const run = { fromMs: startMs, untilMs: endMs };
  const clamp = (ms: number) => Math.min(endMs, Math.max(startMs, ms));
  return {
    run,
    timeZone,
    x: (ms) => round(left + ((clamp(ms) - startMs) / (endMs - startMs)) * plotWidth),
  };
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const steps = [
  ...[1, 5, 15, 30].map((count) => count * secondMs),
  ...[1, 5, 15, 30].map((count) => count * minuteMs),
  ...[1, 2, 3, 6, 12].map((count) => count * hourMs),
  ...[1, 2, 7, 14, 28].map((count) => count * dayMs),
];
const mostTicks = 10;

export type Tick = { readonly ms: number; readonly words: string };

/** Round times on the clock of the zone; the first and each midnight say the day. */
export function timeTicks({ run, timeZone }: TimeAxis): Tick[] {
  const { fromMs, untilMs } = run;
  const zone = new TimeZone(timeZone);
  const step = steps.find((one) => (untilMs - fromMs) / one <= mostTicks) ?? (untilMs - fromMs) / mostTicks;
  const ticks: Tick[] = [];
  for (let at = fromMs; at <= untilMs; ) {
    const { offsetMs } = zone.spanAt(at);
    const ms = Math.ceil((at + offsetMs) / step) * step - offsetMs;
    if (ms > untilMs) break;
    const local = localWords(zone, ms); // Fri 18:00
    const seconds = step < minuteMs ? `:${String(Math.floor(ms / secondMs) % 60).padStart(2, "0")}` : "";
    const isDay = ticks.length === 0 || local.endsWith("00:00");
    ticks.push({ ms, words: (isDay ? local : local.slice(4)) + seconds });
    at = ms + 1;
  }
  return ticks;
}

/** So high a plot has its times above it as well. */
const tall = 400;
const topHeight = (height: number) => (height > tall ? 22 : 0);

/** Lines down through a plot of this height, and their times below it. */
export function timeGrid(axis: TimeAxis, height: number): string {
  return timeTicks(axis)
    .map(({ ms, words }) => {
      const x = axis.x(ms);
      const above =
        height > tall ? `<text class="tick" x="${x}" y="-8" text-anchor="middle">${words}</text>` : "";
      return `<line class="grid" x1="${x}" x2="${x}" y1="0" y2="${height}"/><text class="tick" x="${x}" y="${height + 18}" text-anchor="middle">${words}</text>${above}`;
    })
    .join("");
}

/** A drawing with a name and a description for those who do not see it. */
export function drawing(
  { id, title, description }: { readonly id: string; readonly title: string; readonly description: string },
  height: number,
  body: string,
): string {
  const names = `aria-labelledby="${id}-title ${id}-description"`;
  return `<svg class="plot" id="${id}" role="img" ${names} viewBox="0 ${-topHeight(height)} ${width} ${height + axisHeight + topHeight(height)}">
<title id="${id}-title">${escaped(title)}</title><desc id="${id}-description">${escaped(description)}</desc>
${body}
</svg>`;
}

/** Shows its title to who points at it. */
export function bar(
  className: string,
  [from, to]: readonly [number, number],
  y: number,
  height: number,
  title: string,
): string {
  const shown = Math.max(1.5, to - from);
  return `<rect class="${className}" x="${from}" y="${round(y)}" width="${round(shown)}" height="${round(height)}"><title>${escaped(title)}</title></rect>`;
}

export function rowLabels(y: number, name: string, told: string): string {
  return `<text class="label" x="${left - 10}" y="${y}" text-anchor="end">${escaped(name)}</text><text class="told" x="${left + plotWidth + 8}" y="${y}">${escaped(told)}</text>`;
}

/** A line of steps from point to point, as the `d` of a path; `isArea` closes it along `baseY`. */
export function stepPath(
  points: readonly { readonly x: number; readonly y: number }[],
  endX: number,
  baseY?: number,
): string {
  const [first] = points;
  if (!first) return "";
  let last = first;
  let path = baseY === undefined ? `M${first.x} ${first.y}` : `M${first.x} ${baseY}V${first.y}`;
  for (const point of points.slice(1)) {
    if (point.y === last.y) continue;
    path += `H${point.x}V${point.y}`;
    last = point;
  }
  return `${path}H${endX}${baseY === undefined ? "" : `V${baseY}Z`}`;
}
