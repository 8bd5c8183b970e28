/**
 * The transfers of packages: a row each, from its request to its end, thin while it waits. Pure.
 */
import { durationWords } from "../../topology/duration.ts";
import { bytesWords, dayAndTime } from "../../words.ts";
import type { ReportData, ReportedTransfer } from "../report-data.ts";
import { bar, drawing, rowLabels, type TimeAxis, timeAxis, timeGrid } from "./frame.ts";

const rowHeight = 20;

/** More rows than these are no picture any more. */
export const mostRows = 250;

export function ganttPlot({ transfers, arrivals, startMs, endMs, timeZone }: ReportData): string {
  const shown = [...transfers].sort((a, b) => a.createdMs - b.createdMs).slice(0, mostRows);
  if (shown.length === 0) return "";
  const axis = timeAxis(startMs, endMs, timeZone);
  const names = new Map(arrivals.map((one) => [one.package, one.name]));
  const areSeveral = new Set(transfers.flatMap(({ packages }) => packages)).size > 1;
  const height = shown.length * rowHeight;
  const rows = shown.map((one, index) => {
    const what = areSeveral ? ` ${shortened(one.packages.map((id) => names.get(id) ?? id).join(", "))}` : "";
    const y = index * rowHeight;
    const label = `${one.from} \u2192 ${one.to ?? "?"}${what}`;
    return `<g>${waitBars(axis, one, y)}${attemptBars(axis, one, y)}${rowLabels(y + 14, label, bytesWords(one.bytes))}</g>`;
  });
  const count = (state: string) => transfers.filter((one) => one.state === state).length;
  const about = {
    id: "transfers",
    title: "Transfers of packages",
    description: `${transfers.length} transfers: ${count("completed")} completed, ${count("sending")} being sent, ${count("waiting")} waiting, ${count("withdrawn")} withdrawn.`,
  };
  return drawing(about, height, timeGrid(axis, height) + rows.join("\n"));
}

function waitBars(axis: TimeAxis, { waits }: ReportedTransfer, y: number): string {
  return waits
    .map(({ fromMs, untilMs = axis.run.untilMs, reason }) =>
      bar(
        "wait",
        [axis.x(fromMs), axis.x(untilMs)],
        y + 9,
        3,
        `waits ${durationWords(untilMs - fromMs)} from ${dayAndTime(fromMs, axis.timeZone)}${reason ? `: ${reason}` : ""}`,
      ),
    )
    .join("");
}

function attemptBars(axis: TimeAxis, { attempts, bytes }: ReportedTransfer, y: number): string {
  return attempts
    .map(({ fromMs, untilMs = axis.run.untilMs, state, points }) => {
      const offset = points.at(-1)?.offset ?? 0;
      return bar(
        `attempt ${state}`,
        [axis.x(fromMs), axis.x(untilMs)],
        y + 4,
        13,
        `${state}: ${dayAndTime(fromMs, axis.timeZone)} to ${dayAndTime(untilMs, axis.timeZone)}, ${bytesWords(offset)} of ${bytesWords(bytes)}`,
      );
    })
    .join("");
}

function shortened(text: string): string {
  return text.length > 14 ? `${text.slice(0, 13)}\u2026` : text;
}
