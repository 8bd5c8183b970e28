/**
 * A report as JUnit XML, which CI systems show: a test case for each expectation. Its time is in emulated seconds, from
 * the start to the moment it failed or the end.
 */
import { escaped } from "./markup.ts";
import type { ReportData, ReportedExpectation } from "./report-data.ts";

export function junitReport(data: ReportData): string {
  const { name, expectations, startMs, endMs } = data;
  const count = (state: string) => expectations.filter((one) => one.state === state).length;
  const totals = `tests="${expectations.length}" failures="${count("failed")}" errors="0" time="${seconds(endMs - startMs)}"`;
  const timestamp = new Date(startMs).toISOString().slice(0, 19);
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="spoolnet" ${totals}>
  <testsuite name="${escaped(name)}" ${totals} skipped="${count("open")}" timestamp="${timestamp}">
${expectations.map((one) => testCase(data, one)).join("\n")}
  </testsuite>
</testsuites>
`;
}

function testCase({ name, startMs, endMs }: ReportData, one: ReportedExpectation): string {
  const { text, state, why, numbers, kind, failedMs } = one;
  const time = seconds((failedMs ?? endMs) - startMs);
  const begin = `    <testcase name="${escaped(text)}" classname="${escaped(name)}" time="${time}"`;
  if (state === "held") return `${begin}/>`;
  const words = escaped(`${numbers}${why ? `; ${why}` : ""}`);
  const body =
    state === "failed"
      ? `<failure message="${words}" type="${escaped(kind)}">${escaped(text)}\n${words}</failure>`
      : `<skipped message="not decided: ${words}"/>`;
  return `${begin}>\n      ${body}\n    </testcase>`;
}

function seconds(ms: number): string {
  return (Math.max(0, ms) / 1000).toFixed(3);
}
