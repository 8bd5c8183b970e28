/**
 * The result of a load test as one HTML file: its numbers, and the plots of every report of a run. Pure.
 */
import { type Cell, page, section, table } from "../report/html-report.ts";
import { ganttPlot } from "../report/plots/gantt-plot.ts";
import { linkPlot } from "../report/plots/link-plot.ts";
import { queuePlot } from "../report/plots/queue-plot.ts";
import type { ReportData } from "../report/report-data.ts";
import type { LoadResult } from "./load-result.ts";
import { resultRows } from "./load-words.ts";

export function loadHtml(result: LoadResult, baseline: LoadResult | undefined, data: ReportData): string {
  const { machine } = result;
  const rows = resultRows(result, baseline).map(({ name, value, before, change }): Cell[] => [
    name,
    { number: value },
    ...(baseline ? [{ number: before }, { number: change }] : []),
  ]);
  const content = data.links.filter(({ isContent }) => isContent);
  return page(
    `load: ${result.load}`,
    `by ${result.driver}, ${machine.cpus}, ${machine.system}, Node ${machine.node}`,
    [
      section("Result", table(["", "Now", ...(baseline ? ["Before", "Change"] : [])], rows)),
      section("Links", linkPlot(data, content, "link-utilisation")),
      section("Queues", queuePlot(data), "Send requests of each site that wait or are being sent."),
      section("Transfers", ganttPlot(data)),
    ].join(""),
  );
}
