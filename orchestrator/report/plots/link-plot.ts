/**
 * How much of each way from site to site is used, over time: a strip a way, with the hours in which it is not open to
 * all shaded and outages marked. Where no bandwidth is declared, a strip is as high as its own peak. Pure.
 */
import { formatByteRate } from "../../../domain/quantity.ts";
import { percentWords } from "../../expectations/expectation.ts";
import { bytesWords, dayAndTime } from "../../words.ts";
import type { ReportData, ReportedLink } from "../report-data.ts";
import {
  bar,
  drawing,
  left,
  plotWidth,
  round,
  rowLabels,
  stepPath,
  type TimeAxis,
  timeAxis,
  timeGrid,
} from "./frame.ts";

const rowHeight = 46;
const gap = 8;

export function linkPlot(
  { startMs, endMs, timeZone }: ReportData,
  links: readonly ReportedLink[],
  id: string,
): string {
  if (links.length === 0) return "";
  const axis = timeAxis(startMs, endMs, timeZone);
  const height = links.length * rowHeight;
  const rows = links.map((link, index) => row(axis, link, index * rowHeight));
  const names = {
    id,
    title: "Link utilisation over time",
    description: links
      .map((link) => `${link.from} to ${link.to}: ${toldOf(axis, link).join(", ")}`)
      .join("; "),
  };
  return drawing(names, height, timeGrid(axis, height) + rows.join("\n"));
}

function row(axis: TimeAxis, link: ReportedLink, y: number): string {
  const base = y + rowHeight - gap;
  const high = rowHeight - gap - 6;
  const secondsOfPart = (axis.run.untilMs - axis.run.fromMs) / link.byPart.length / 1000;
  const full = link.bytesPerSecond === null ? Math.max(...link.byPart) : link.bytesPerSecond * secondsOfPart;
  const points = link.byPart.map((bytes, part) => ({
    x: round(left + (part / link.byPart.length) * plotWidth),
    // What went is seen, be it ever so little.
    y: round(base - (bytes > 0 ? Math.max(1.5, Math.min(1, bytes / full) * high) : 0)),
  }));
  const at = (ms: number) => dayAndTime(ms, axis.timeZone);
  const shaded = link.narrowed.map(({ usage, fromMs, untilMs }) =>
    bar(
      usage === "closed" ? "closed" : "narrow",
      [axis.x(fromMs), axis.x(untilMs)],
      base - high,
      high,
      `${usage}: ${at(fromMs)} to ${at(untilMs)}`,
    ),
  );
  const down = link.outages.map(({ fromMs, untilMs }) =>
    bar(
      "outage",
      [axis.x(fromMs), axis.x(untilMs)],
      base - high,
      high,
      `down: ${at(fromMs)} to ${at(untilMs)}`,
    ),
  );
  const area = `<path class="area" d="${stepPath(points, left + plotWidth, base)}"/>`;
  const [told = "", second = ""] = toldOf(axis, link);
  return `<g>${shaded.join("")}${down.join("")}${area}<line class="base" x1="${left}" x2="${left + plotWidth}" y1="${base}" y2="${base}"/>${rowLabels(base - 12, `${link.from} \u2192 ${link.to}`, told)}<text class="told faint" x="${left + plotWidth + 8}" y="${base + 2}">${second}</text></g>`;
}

/** What went, and how busy it was at most. */
function toldOf({ run }: TimeAxis, { bytes, byPart, bytesPerSecond }: ReportedLink): string[] {
  const seconds = (run.untilMs - run.fromMs) / byPart.length / 1000;
  const peak = Math.max(0, ...byPart) / seconds;
  return bytesPerSecond === null
    ? [bytesWords(bytes), `peak ${bytesWords(peak)}/s`]
    : [
        bytesWords(bytes),
        `peak ${percentWords(Math.min(1, peak / bytesPerSecond))} of ${formatByteRate(bytesPerSecond)}`,
      ];
}
