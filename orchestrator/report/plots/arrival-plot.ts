/**
 * On how many distribution points each package is, over time: a curve a package. Pure.
 */
import { durationWords } from "../../topology/duration.ts";
import { escaped } from "../markup.ts";
import type { ReportData } from "../report-data.ts";
import { drawing, left, plotWidth, round, stepPath, timeAxis, timeGrid } from "./frame.ts";

const height = 220;
const top = 8;
const colours = 8;

export function arrivalPlot(data: ReportData): string {
  const { arrivals, startMs, endMs, timeZone } = data;
  const packages = [...Map.groupBy(arrivals, (one) => one.package)];
  if (packages.length === 0) return "";
  const most = Math.max(...packages.map(([, own]) => own.length));
  const axis = timeAxis(startMs, endMs, timeZone);
  const y = (count: number) => round(height - (count / most) * (height - top));
  const curves = packages.map(([id, own], index) => {
    const moments = own.flatMap(({ arrivedMs }) => arrivedMs ?? []).sort((a, b) => a - b);
    const points = [{ x: left, y: y(0) }, ...moments.map((ms, at) => ({ x: axis.x(ms), y: y(at + 1) }))];
    const last = moments.at(-1);
    const words = `${own[0]?.name ?? id}: ${moments.length} of ${own.length}${last === undefined ? "" : `, the last after ${durationWords(last - startMs)}`}`;
    const dots = moments
      .map(
        (ms, at) =>
          `<circle class="dot s${index % colours}" cx="${axis.x(ms)}" cy="${y(at + 1)}" r="3.5"><title>${escaped(`${own[0]?.name ?? id} on ${at + 1} after ${durationWords(ms - startMs)}`)}</title></circle>`,
      )
      .join("");
    const dash = index < colours ? "" : ' stroke-dasharray="6 4"';
    const curve = `<path class="curve s${index % colours}" d="${stepPath(points, left + plotWidth)}"${dash}/>`;
    const key = `<li><span class="key s${index % colours}"></span>${escaped(words)}</li>`;
    return { drawn: curve + (moments.length > 60 ? "" : dots), key, words };
  });
  const step = Math.max(1, Math.ceil(most / 6));
  const levels = Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step)
    .map(
      (count) =>
        `<line class="grid" x1="${left}" x2="${left + plotWidth}" y1="${y(count)}" y2="${y(count)}"/><text class="tick" x="${left - 10}" y="${y(count) + 4}" text-anchor="end">${count}</text>`,
    )
    .join("");
  const names = {
    id: "arrival-curve",
    title: "Arrival curve",
    description: `Distribution points that have each package, over time. ${curves.map(({ words }) => words).join("; ")}.`,
  };
  return `<ul class="keys">${curves.map(({ key }) => key).join("")}</ul>
${drawing(names, height, timeGrid(axis, height) + levels + curves.map(({ drawn }) => drawn).join("\n"))}`;
}
