/**
 * `spoolnet load`: how much sites and senders carry, measured.
 */
import { readFile, writeFile } from "node:fs/promises";
import { extname } from "node:path";

import { Command, Option } from "commander";

import { type Priority, priorities } from "../../domain/priority.ts";
import { parseByteRate, parseByteSize } from "../../domain/quantity.ts";
import { tokenFrom } from "../administrator-token.ts";
import { type ExitCode, exitCodes, Failure, wordsOf } from "../failure.ts";
import { loadHtml } from "../load/load-html.ts";
import { type LoadResult, loadResult } from "../load/load-result.ts";
import { runLoad } from "../load/load-run.ts";
import { type LoadSettings, loadTopologyText, mostReceivers, mostSenders } from "../load/load-settings.ts";
import { resultText } from "../load/load-words.ts";
import { makeReport } from "../progress/report.ts";
import { runRoot } from "../run-root.ts";
import { stopSignals } from "../stop-signals.ts";
import { durationMs, durationWords, expectedDuration } from "../topology/duration.ts";
import { topologyOf } from "../topology/load.ts";
import { systemWallClock } from "../wall-clock.ts";
import { bytesWords, pathFromHere } from "../words.ts";
import type { CommandContext } from "./command-context.ts";
import { chosenDriver, type DriverOptions, labelledEndMs, refuseRoot } from "./driver-choice.ts";

type Options = DriverOptions & {
  senders: string;
  receivers: string;
  size: string;
  count?: string;
  duration?: string;
  warmUp: string;
  atOnce: string;
  priorities: string;
  rate?: string;
  sendings: string;
  perSite: string;
  stall: string;
  root?: string;
  json?: boolean;
  quiet?: boolean;
  report?: string;
  baseline?: string;
  failBelow?: string;
};

export function loadCommand({ environment, stdout, stderr, end }: CommandContext): Command {
  return new Command("load")
    .description("measure how much sites and senders carry: a hierarchy under load, and its numbers")
    .option("--senders <number>", "sending sites", "1")
    .option("--receivers <number>", "receiving sites below each of them", "1")
    .option("--size <size>", "of a package, of bytes that do not compress", "64 MiB")
    .option("--count <number>", "packages of each sending site (10 where no duration is given)")
    .option("--duration <time>", "add packages for so long instead, like 1m30s")
    .option("--warm-up <time>", "what begins in this time at first is not measured", "0s")
    .option("--at-once <number>", "packages of each sending site on their way at a time", "8")
    .option("--priorities <mix>", "like high:1,medium:3: in turn, so many of each", "medium:1")
    .option("--rate <rate>", "the limit of every address, like 10 MiB/s")
    .option("--sendings <number>", "concurrent sendings of a site", "5")
    .option("--per-site <number>", "concurrent sendings to one receiver", "3")
    .option("--stall <time>", "give up what has not arrived so long after the last that did", "2m")
    .addOption(
      new Option("--driver <driver>", "where the sites run")
        .choices(["embedded", "processes", "docker", "attached"])
        .default("processes"),
    )
    .option("--site-url <code=url...>", "where a running site is, for --driver attached", collect)
    .option("--address-url <code=url...>", "where the other sites find it, if that is another URL", collect)
    .option("--root <folder>", "keep the sites in <folder>/<code>/")
    .option("--json", "write the result as JSON")
    .option("--quiet", "only the result")
    .option("--report <file>", "write the result with plots, .html, or alone, .json")
    .option("--baseline <file>", "compare with an earlier result (.json)")
    .option(
      "--fail-below <bound>",
      "exit code 1 below this throughput, like 100 MB/s, or 90% of the baseline",
    )
    .addHelpText("after", help)
    .action(async (options: Options) => end(await start(options)));

  async function start(options: Options): Promise<ExitCode> {
    const settings = settingsOf(options);
    const stallMs = time("--stall", options.stall);
    const baseline = options.baseline === undefined ? undefined : await earlier(options.baseline);
    const leastBytesPerSecond = bound(options.failBelow, baseline);
    if (options.report !== undefined && !/^\.(html|json)$/.test(extname(options.report)))
      throw new Failure(
        "usage",
        `--report: expected a file that ends in .html or .json, found "${options.report}"`,
      );
    const topology = await topologyOf(loadTopologyText(settings), "the hierarchy of this load");
    using stop = stopSignals(systemWallClock, (words) => stderr.write(`${words}\n`));
    using report = makeReport({ out: stdout, json: options.json ?? false, quiet: options.quiet ?? false });
    const driver = await chosenDriver(options, topology, environment, (words) => report.say(words));
    if (driver.isLabelled) stop.allow(labelledEndMs);
    refuseRoot(driver, options.root);
    await using root = await runRoot(options.root);
    const isAttached = options.driver === "attached";
    const done = await runLoad({
      settings,
      load: loadWords(settings),
      driver,
      root,
      administratorToken: isAttached ? await tokenFrom(environment) : undefined,
      wallClock: systemWallClock,
      signal: stop.signal,
      report,
      stallMs,
    }).catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
      return undefined; // stopped on its way up: the error is only the echo
    });
    if (!done) return exitCodes.stopped;
    const { result, data } = done;
    if (options.report !== undefined) {
      const isHtml = options.report.endsWith(".html");
      const text = isHtml ? loadHtml(result, baseline, data) : `${JSON.stringify(result, null, 1)}\n`;
      await writeFile(options.report, text).catch((cause: unknown) => {
        throw new Failure("environment", `cannot write the report ${options.report}`, { cause });
      });
      report.say(`report: ${pathFromHere(options.report)}`);
    }
    report.fact({ type: "load", ...result });
    report.answer(resultText(result, baseline));
    const isTooSlow = leastBytesPerSecond !== undefined && result.bytesPerSecond < leastBytesPerSecond;
    if (isTooSlow) {
      const wanted = `${bytesWords(leastBytesPerSecond)}/s`;
      stderr.write(`failed: expected at least ${wanted}, measured ${bytesWords(result.bytesPerSecond)}/s\n`);
    }
    return isTooSlow || result.lost > 0 ? exitCodes.expectationFailed : exitCodes.held;
  }
}

function settingsOf(options: Options): LoadSettings {
  if (options.count !== undefined && options.duration !== undefined)
    throw new Failure("usage", "--count, --duration: expected one of the two, found both");
  const senders = whole("--senders", options.senders, mostSenders);
  const receivers = whole("--receivers", options.receivers, mostReceivers);
  if (senders * receivers > mostReceivers)
    throw new Failure("usage", `--receivers: expected at most ${mostReceivers} receiving sites in all`);
  const packageBytes = parseByteSize(options.size);
  if (!packageBytes)
    throw new Failure("usage", `--size: expected a size like 64 MiB, found "${options.size}"`);
  const bytesPerSecond = options.rate === undefined ? undefined : parseByteRate(options.rate);
  if (options.rate !== undefined && !bytesPerSecond)
    throw new Failure("usage", `--rate: expected a rate like 10 MiB/s, found "${options.rate}"`);
  const { duration, count = duration === undefined ? "10" : undefined } = options;
  return {
    senders,
    receivers,
    packageBytes,
    count: count === undefined ? undefined : whole("--count", count, 1_000_000),
    durationMs: duration === undefined ? undefined : time("--duration", duration),
    warmUpMs: time("--warm-up", options.warmUp),
    atOnce: whole("--at-once", options.atOnce, 100_000),
    priorities: mix(options.priorities),
    bytesPerSecond,
    sendings: {
      allSites: whole("--sendings", options.sendings, 999),
      perSite: whole("--per-site", options.perSite, 999),
    },
  };
}

function whole(option: string, text: string, most: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw new Failure("usage", `${option}: expected a whole number from 1 to ${most}, found "${text}"`);
}

function time(option: string, text: string): number {
  const ms = durationMs(text);
  if (ms === undefined) throw new Failure("usage", `${option}: ${expectedDuration}, found "${text}"`);
  return ms;
}

/** `high:1,medium:3` as the priorities of four packages, one after the other. */
function mix(text: string): Priority[] {
  return text.split(",").flatMap((part) => {
    const [name, share = "1"] = part.trim().split(":");
    const found = priorities.find((one) => one === name);
    if (found) return Array<Priority>(whole("--priorities", share, 100)).fill(found);
    throw new Failure(
      "usage",
      `--priorities: expected ${priorities.join(", ")} with shares, like high:1,low:2, found "${part}"`,
    );
  });
}

async function earlier(file: string): Promise<LoadResult> {
  try {
    return loadResult.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (cause) {
    throw new Failure(
      "usage",
      `--baseline: expected the result of spoolnet load as .json, found ${file}: ${wordsOf(cause)}`,
      { cause },
    );
  }
}

function bound(text: string | undefined, baseline: LoadResult | undefined): number | undefined {
  if (text === undefined) return undefined;
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim())?.[1];
  if (percent !== undefined && baseline) return (Number(percent) / 100) * baseline.bytesPerSecond;
  if (percent !== undefined)
    throw new Failure("usage", "--fail-below: a percentage is of a baseline: give --baseline <file>");
  const rate = parseByteRate(text);
  if (rate) return rate;
  throw new Failure("usage", `--fail-below: expected a rate like 100 MB/s, or a percentage, found "${text}"`);
}

function loadWords(settings: LoadSettings): string {
  const { senders, receivers, packageBytes, count, durationMs: ms, bytesPerSecond, atOnce } = settings;
  const howMany = count === undefined ? `for ${durationWords(ms ?? 0)}` : `${count} each`;
  const limit = bytesPerSecond === undefined ? "unlimited" : `at ${bytesWords(bytesPerSecond)}/s`;
  return `${senders} x ${receivers} sites, packages of ${bytesWords(packageBytes)}, ${howMany}, ${atOnce} at once, ${limit}`;
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

const help = `
Each sending site makes packages for all its receivers; what is measured is the way of every package, through the
Provider, Distribution Manager, the senders, the share, the Despooler, onto the distribution points. The sites are
S01, S02, ... (below CEN where there are several), and R01, R02, ... below them: with --driver attached, sites of these
codes that run already, at the addresses given, with their token in SPOOLNET_ADMINISTRATOR_TOKEN.

Examples:
  spoolnet load --size 256MiB --count 4
  spoolnet load --receivers 4 --duration 1m --warm-up 10s --priorities high:1,medium:3 --report load.html
  spoolnet load --rate 10MiB/s --size 20MiB --count 5          how exactly a limit is kept
  spoolnet load --report before.json; spoolnet load --baseline before.json --fail-below 90%

Exit codes: 0 done, 1 below the bound or a package was lost, 2 wrong usage, 3 the machine, 130 stopped by the user.
`;
