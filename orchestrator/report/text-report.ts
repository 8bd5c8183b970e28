/**
 * A report in words: what was expected, what arrived where, what the links carried, what went wrong.
 */
import { durationWords } from "../topology/duration.ts";
import { bytesWords, counted, dateAndTime, logName, table } from "../words.ts";
import type { ReportData } from "./report-data.ts";

export function textReport(data: ReportData): string {
  const { name, startMs, endMs, timeZone, scale, sites } = data;
  return [
    `${name}: ${data.state}`,
    `${dateAndTime(startMs, timeZone)} to ${dateAndTime(endMs, timeZone)} (${timeZone}), ${durationWords(endMs - startMs)} at scale ${scale}, ${counted(sites.length, "site")}`,
    ...section("Expectations", expectationLines(data)),
    ...section("Arrivals", arrivalLines(data)),
    ...section("Links", linkLines(data)),
    ...section("Lines", callLines(data)),
    ...section("What was made to happen", happenedLines(data)),
    ...section("What went wrong", failureLines(data)),
    "",
  ].join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? ["", title, "", ...lines] : [];
}

function expectationLines({ expectations }: ReportData): string[] {
  return expectations.flatMap(({ state, text, numbers, why }) => [
    `${state.padEnd(6)}  ${text}: ${numbers}`,
    ...(why === null ? [] : [`        ${why}`]),
  ]);
}

function arrivalLines({ arrivals, sites, startMs }: ReportData): string[] {
  if (arrivals.length === 0) return [];
  const zones = new Map(sites.map(({ code, timeZone }) => [code, timeZone]));
  const rows = arrivals.map(({ package: id, name, site, server, arrivedMs }) => [
    id,
    name,
    site,
    server,
    arrivedMs === null ? "not there" : dateAndTime(arrivedMs, zones.get(site) ?? "Etc/UTC"),
    arrivedMs === null ? "" : durationWords(arrivedMs - startMs),
  ]);
  return table(
    [["Package", "", "Site", "Distribution point", "Arrived (time of the site)", "After"], ...rows],
    new Set([5]),
  );
}

function linkLines({ links }: ReportData): string[] {
  if (links.length === 0) return [];
  const rows = links.map(({ from, to, bytes, requests }) => [
    `${from} -> ${to}`,
    bytesWords(bytes),
    counted(requests, "request"),
  ]);
  return table(rows, new Set([1, 2]));
}

function callLines({ calls, endMs }: ReportData): string[] {
  const ways = Map.groupBy(calls, ({ from, to }) => `${from} -> ${to}`);
  return table(
    [...ways].map(([way, own]) => [
      way,
      counted(own.length, "call"),
      durationWords(own.reduce((sum, { fromMs, untilMs }) => sum + (untilMs ?? endMs) - fromMs, 0)),
    ]),
    new Set([2]),
  );
}

function happenedLines({ happened, timeZone }: ReportData): string[] {
  return happened.map(
    ({ emulatedMs, source, text }) => `${dateAndTime(emulatedMs, timeZone)}  ${text} (${source})`,
  );
}

function failureLines({ failures, failureCount, timeZone }: ReportData): string[] {
  const lines = failures.map(
    ({ emulatedMs, site, component, text }) =>
      `${dateAndTime(emulatedMs, timeZone)}  ${site} ${logName(component)}: ${text}`,
  );
  const rest = failureCount - failures.length;
  return rest > 0 ? [...lines, `and ${rest} more`] : lines;
}
