/**
 * A page of metrics as Prometheus reads it (text exposition format 0.0.4), strictly, and what `promtool check metrics`
 * finds fault with. Where promtool is installed it is asked as well; where it is not, that is said once, and a fault with
 * SPOOLNET_PROMTOOL=required.
 */
import { spawnSync } from "node:child_process";

export type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number };
export type Family = { readonly type: string; readonly help: string; readonly samples: readonly Sample[] };
export type Page = ReadonlyMap<string, Family>;

const types = ["counter", "gauge", "histogram", "summary", "untyped"];
const name = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const label = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const helpLine = new RegExp(`^# HELP (${name}) (.*)$`);
const typeLine = new RegExp(`^# TYPE (${name}) (\\w+)$`);
const sampleLine = new RegExp(
  `^(${name})(?:\\{((?:${label})(?:,${label})*)?\\})? ([-+]?(?:Inf|\\d+(?:\\.\\d+)?(?:e[-+]?\\d+)?)|[Nn]a[Nn])$`, // Prometheus reads numbers as Go does, which takes the library's Nan
);

/** Throws at the first line that is not one of the format, with its number. */
export function pageOf(text: string): Page {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const page = new Map<string, { type: string; help: string; samples: Sample[] }>();
  const seen = new Set<string>();
  let family = "";
  for (const [index, line] of text.slice(0, -1).split("\n").entries()) {
    const wrong = (why: string) => new Error(`line ${index + 1}: ${why}: ${line}`);
    const [, helped, help = ""] = helpLine.exec(line) ?? [];
    const [, typed, type = ""] = typeLine.exec(line) ?? [];
    if (line === "") continue;
    if (helped !== undefined) {
      if (page.has(helped)) throw wrong("a second HELP");
      page.set(helped, { type: "", help, samples: [] });
      family = helped;
    } else if (typed !== undefined) {
      const found = page.get(typed);
      if (!found || family !== typed) throw wrong("a TYPE away from its HELP");
      if (found.type !== "" || found.samples.length > 0) throw wrong("a TYPE too late");
      if (!types.includes(type)) throw wrong("no such type");
      found.type = type;
    } else {
      const [, full, labels = "", value] = sampleLine.exec(line) ?? [];
      if (full === undefined) throw wrong("neither HELP, TYPE nor a sample");
      const found = page.get(family);
      const parts = found?.type === "histogram" ? "_(bucket|sum|count)" : "_(sum|count)";
      const isOwn =
        full === family ||
        (/histogram|summary/.test(found?.type ?? "") && new RegExp(`^${family}${parts}$`).test(full));
      if (!found || found.type === "" || !isOwn) throw wrong("a sample away from its family");
      if (seen.has(`${full}{${labels}}`)) throw wrong("a sample twice");
      seen.add(`${full}{${labels}}`);
      const read = [...labels.matchAll(/([a-zA-Z0-9_]+)="((?:[^"\\]|\\.)*)"/g)].map(
        ([, key = "", text = ""]) => [key, text],
      );
      if (new Set(read.map(([key]) => key)).size < read.length) throw wrong("a label twice");
      found.samples.push({
        labels: Object.fromEntries(read),
        value: Number(value?.replace("Inf", "Infinity")),
      });
    }
  }
  return page;
}

const abbreviations = /_(s|ms|us|ns|sec|b|kb|mb|gb|tb|pb|m|h|d)(_|$)/;
const notBase =
  /_(milliseconds|microseconds|nanoseconds|minutes|hours|days|weeks|bits|kilobytes|megabytes|gigabytes|kibibytes|mebibytes|percent|celsius_degrees)(_|$)/;

/** What promtool's linter would say, one line a fault. */
export function faultsOf(page: Page): string[] {
  return [...page].flatMap(([metric, { type, help, samples }]) => {
    const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
    const faults: (string | false)[] = [
      help.trim() === "" && "no help text",
      type === "untyped" && "no type",
      type === "counter" && !metric.endsWith("_total") && 'counter metrics should have "_total" suffix',
      type !== "counter" &&
        metric.endsWith("_total") &&
        'non-counter metrics should not have "_total" suffix',
      type !== "histogram" && metric.endsWith("_bucket") && 'only histograms have a "_bucket" suffix',
      !/histogram|summary/.test(type) && /_(count|sum)$/.test(metric) && 'no "_count" or "_sum" suffix',
      type !== "histogram" && labels.has("le") && 'only histograms have a label "le"',
      type !== "summary" && labels.has("quantile") && 'only summaries have a label "quantile"',
      /[A-Z]|:/.test(metric) && "lower case and no colons",
      [...labels].some((one) => /[A-Z]/.test(one)) && "labels in lower case",
      abbreviations.test(metric) && "no abbreviated units",
      notBase.test(metric) && "base units",
      new RegExp(`_(${types.join("|")})(_|$)`).test(metric) && "no type in the name",
    ];
    return faults.filter((fault) => fault !== false).map((fault) => `${metric}: ${fault}`);
  });
}

let isTold = false;

/** What promtool says of its input or a file; undefined where it is not installed. Empty where all is well. */
export function promtool(args: readonly string[], input = ""): string | undefined {
  const { status, error, stdout, stderr } = spawnSync("promtool", args, { input, encoding: "utf8" });
  if (error && "code" in error && error.code === "ENOENT") {
    if (process.env.SPOOLNET_PROMTOOL === "required") throw new Error("promtool is not installed");
    if (!isTold)
      console.log("spoolnet: promtool is not installed, so only our own checks of metrics are made");
    isTold = true;
    return undefined;
  }
  return status === 0 ? stderr : `${stdout}${stderr}` || `promtool ended with ${status}`;
}
