/**
 * How many send requests of each site wait or are being sent, over time: a strip a site, all at one scale. Pure.
 */
import { siteWords } from "../../words.ts";
import type { ReportData } from "../report-data.ts";
import { drawing, left, plotWidth, round, rowLabels, stepPath, timeAxis, timeGrid } from "./frame.ts";

const rowHeight = 34;
const gap = 7;

export function queuePlot({ queues, sites, startMs, endMs, timeZone }: ReportData): string {
  const used = queues
    .filter(({ steps }) => steps.length > 0)
    .map(({ site, steps }) => ({
      steps,
      words: siteWords(sites.find(({ code }) => code === site) ?? { code: site, name: site }),
      deepest: Math.max(...steps.map(({ depth }) => depth)),
      last: steps.at(-1)?.depth ?? 0,
    }));
  if (used.length === 0) return "";
  const axis = timeAxis(startMs, endMs, timeZone);
  const most = Math.max(...used.map(({ deepest }) => deepest));
  const height = used.length * rowHeight;
  const rows = used.map(({ words, steps, deepest, last }, index) => {
    const base = (index + 1) * rowHeight - gap;
    const y = (depth: number) => round(base - (depth / most) * (rowHeight - gap - 4));
    const points = [
      { x: left, y: base },
      ...steps.map(({ emulatedMs, depth }) => ({ x: axis.x(emulatedMs), y: y(depth) })),
    ];
    const end = last > 0 ? `, ${last} left` : "";
    return `<g><path class="area queue" d="${stepPath(points, left + plotWidth, base)}"/><line class="base" x1="${left}" x2="${left + plotWidth}" y1="${base}" y2="${base}"/>${rowLabels(base - 4, words, `at most ${deepest}${end}`)}</g>`;
  });
  const names = {
    id: "queue-depth",
    title: "Queue depth by site",
    description: `Send requests that wait or are being sent. ${used.map(({ words, deepest }) => `${words}: at most ${deepest}`).join("; ")}.`,
  };
  return drawing(names, height, timeGrid(axis, height) + rows.join("\n"));
}
