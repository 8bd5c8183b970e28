/**
 * `spoolnet run`: a hierarchy up, its packages in, and what was expected of them decided.
 */
import { Argument, Command } from "commander";

import { tokenFrom } from "../administrator-token.ts";
import type { ConsoleWish } from "../console/console.ts";
import { Failure } from "../failure.ts";
import { makeReport } from "../progress/report.ts";
import { checkReportFiles } from "../report/report-files.ts";
import { run } from "../run.ts";
import { runRoot, sourceFolder } from "../run-root.ts";
import { stopSignals } from "../stop-signals.ts";
import { durationMs, expectedDuration } from "../topology/duration.ts";
import { defaultTopology, loadTopology } from "../topology/load.ts";
import { systemWallClock } from "../wall-clock.ts";
import type { CommandContext } from "./command-context.ts";
import { consolePortOption, consoleWish } from "./console-wish.ts";
import {
  chosenDriver,
  type DriverOptions,
  driverHelp,
  driverOption,
  labelledEndMs,
  refuseRoot,
} from "./driver-choice.ts";

type Options = DriverOptions & {
  /** False by --no-console. */
  console: boolean;
  consolePort?: string;
  exit?: boolean;
  root?: string;
  source?: string;
  json?: boolean;
  quiet?: boolean;
  timeout?: string;
  report?: string[];
};

export function runCommand({ environment, stdout, stderr, end }: CommandContext): Command {
  return new Command("run")
    .description("bring a hierarchy up, put its packages in, show them travel, and decide what was expected")
    .addArgument(
      new Argument("[topology]", "a topology file").default(defaultTopology, "topologies/three-site.yaml"),
    )
    .option("--exit", "end when the expectations are decided (otherwise it stays up until Ctrl-C)")
    .option("--root <folder>", "keep the sites in <folder>/<code>/ and go on from there the next time")
    .option("--source <folder>", "send this folder instead of the first package's own source")
    .option("--json", "write lines of JSON instead of words")
    .option("--quiet", "only the arrival table and what was expected")
    .option(
      "--report <file>",
      "write a report, by its name .html, .json, .txt or .xml (JUnit); may be given again",
      collect,
    )
    .option("--timeout <time>", "wait at most this long for what is expected, in emulated time, like 12h")
    .option(...consolePortOption)
    .option(
      "--no-console",
      "no console in the browser; with --exit or --driver attached there is one only where a port is given",
    )
    .addOption(driverOption("embedded", "processes", "docker", "swarm", "attached"))
    .option("--site-url <code=url...>", "where a running site is, for --driver attached", collect)
    .option("--address-url <code=url...>", "where the other sites find it, if that is another URL", collect)
    .addHelpText("after", `${driverHelp}  attached    sites that run already, at the URLs given\n${help}`)
    .action(async (file: string, options: Options) => end(await start(file, options)));

  async function start(file: string, options: Options) {
    using stop = stopSignals(systemWallClock, (words) => stderr.write(`${words}\n`));
    const source = await sourceOf(options);
    const timeoutMs = timeoutOf(options.timeout);
    checkReportFiles(options.report ?? []);
    const topology = await loadTopology(file, { source, areSitesElsewhere: options.driver === "attached" });
    const administratorToken =
      options.driver === "attached" ? ((await tokenFrom(environment)) ?? noToken()) : undefined;
    using report = makeReport({ out: stdout, json: options.json ?? false, quiet: options.quiet ?? false });
    const driver = await chosenDriver(options, topology, environment, (words) => report.say(words));
    if (driver.isLabelled) stop.allow(labelledEndMs);
    refuseRoot(driver, options.root);
    await using root = await runRoot(options.root);
    return await run({
      topology,
      driver,
      root,
      administratorToken,
      isSourceChosen: source !== undefined,
      exit: options.exit ?? false,
      timeoutMs,
      wallClock: systemWallClock,
      signal: stop.signal,
      report,
      reportFiles: options.report ?? [],
      console: wishedConsole(options),
      hints: {
        command: environment.SPOOLNET_COMMAND || "npx spoolnet",
        centralUrl: environment.SPOOLNET_CENTRAL_URL || undefined,
        token: options.driver === "attached" ? tokenPlace() : undefined,
      },
    });
  }

  function wishedConsole(options: Options): ConsoleWish | undefined {
    const { console: isWanted, consolePort, exit, driver } = options;
    // Beside sites that run elsewhere it may be in a container, where no port is published unless one is chosen.
    const isUsual = !exit && driver !== "attached";
    if (!isWanted || (!isUsual && consolePort === undefined)) return undefined;
    return consoleWish(consolePort, environment);
  }

  function tokenPlace(): string {
    const { SPOOLNET_ADMINISTRATOR_TOKEN: token, SPOOLNET_ADMINISTRATOR_TOKEN_FILE: file } = environment;
    return token || !file ? "SPOOLNET_ADMINISTRATOR_TOKEN" : `in ${file}`;
  }
}

/** A folder that only a site elsewhere can see is that site's to judge. */
async function sourceOf({ source, driver }: Options): Promise<string | undefined> {
  return source === undefined || driver === "attached" ? source : await sourceFolder(source);
}

function timeoutOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = durationMs(text);
  if (ms === undefined) throw new Failure("usage", `--timeout: ${expectedDuration}, found "${text}"`);
  return ms;
}

function noToken(): never {
  throw new Failure(
    "usage",
    "--driver attached: expected the sites' token in SPOOLNET_ADMINISTRATOR_TOKEN, or a file in SPOOLNET_ADMINISTRATOR_TOKEN_FILE",
  );
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

const help = `
Examples:
  spoolnet run                                     three sites, the sample package, stays up
  spoolnet run --exit --root ./night               ends when decided; the sites stay in ./night
  spoolnet run --exit --source ./node_modules      the same with another package source
  spoolnet run mine.yaml --exit --report night.html --report night.xml
  spoolnet run mine.yaml --exit --driver docker    a container a site; none is left at the end
  spoolnet run mine.yaml --driver attached --site-url CEN=http://10.0.0.1:2003 --site-url ...

Environment, for --driver attached:
  SPOOLNET_SITE_URL                  one URL for all sites, like http://{site}:2003 ({site}: the code in small letters)
  SPOOLNET_ADDRESS_URL               the same as the other sites see it, where they are on a network of their own
  SPOOLNET_ADMINISTRATOR_TOKEN       the token the sites were started with
  SPOOLNET_ADMINISTRATOR_TOKEN_FILE  a file that holds it, made by the first site that is given it
  SPOOLNET_COMMAND                   how you call spoolnet, for what is suggested, where it runs in a container
  SPOOLNET_CENTRAL_URL               where you see the central site, likewise

Exit codes:
  0    everything expected held; or stopped by the user while it stayed up
  1    an expectation failed (with --exit)
  2    a wrong flag, a mistake in a file, a request that a site refused
  3    the machine: a folder that cannot be written, a site that does not start or answer
  130  stopped by the user before everything was decided (with --exit)
`;
