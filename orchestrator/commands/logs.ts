/**
 * `spoolnet logs`: what a component of a site writes into its log, as people read it.
 */
import { Command, Option } from "commander";

import { exitCodes, Failure } from "../failure.ts";
import { type LogLine, linesIn } from "../log-lines.ts";
import type { SiteOptions } from "../running-sites.ts";
import { sinceOf } from "../since.ts";
import { logNames, logPiece } from "../site-logs.ts";
import { stopSignals } from "../stop-signals.ts";
import { systemWallClock } from "../wall-clock.ts";
import { exitCodesHelp } from "./answer.ts";
import type { CommandContext } from "./command-context.ts";
import { namedSite } from "./named-site.ts";
import { siteOptionsHelp, withSiteOptions, withSites } from "./site-options.ts";

type Options = SiteOptions & {
  follow?: boolean;
  since?: string;
  level?: Level;
  request?: string;
  json?: boolean;
};

/** How often a log is asked for what is new, in milliseconds of real time. */
const askEveryMs = 500;

/** The least that is shown, by the type of its lines. */
const levels = { info: 1, warning: 2, error: 3 } as const;
type Level = keyof typeof levels;

const help = `
Examples:
  spoolnet logs CEN sender --follow
  spoolnet logs CEN sender --level warning --since "2003-11-07 18:00"
  spoolnet logs CHI despool --request 2__02CEN    one transfer, as its receiver saw it
  spoolnet logs CHI despool --since 2h         the last two hours of emulated time
  spoolnet logs CHI                            which logs there are
${siteOptionsHelp}${exitCodesHelp}`;

export function logsCommand({ environment, stdout, stderr, end }: CommandContext): Command {
  const command = new Command("logs")
    .description("show the log of a component of a site that runs")
    .argument("<site>", "the site's code")
    .argument("[component]", "the log's name, like distmgr, sched, sender or despool");
  return withSiteOptions(command)
    .option("--follow", "go on with what is new, until Ctrl-C")
    .option(
      "--since <time>",
      'only so much emulated time back, like 2h, or from a moment on, like "2003-11-07 18:00"',
    )
    .addOption(new Option("--level <level>", "only this and worse").choices(Object.keys(levels)))
    .option("--request <id>", "only what is about this send request")
    .option("--json", "write lines of JSON instead of words")
    .addHelpText("after", help)
    .action(async (code: string, component: string | undefined, options: Options) =>
      withSites(options, environment, async (sites) => {
        const site = namedSite(sites, code);
        const known = await logNames(site);
        const name = component?.toLowerCase().replace(/\.log$/, "");
        if (name === undefined) {
          stdout.write(
            options.json ? `${JSON.stringify({ type: "logs", logs: known })}\n` : `${known.join("\n")}\n`,
          );
          return end(exitCodes.held);
        }
        if (!known.includes(name)) {
          const words = `expected the name of a log of ${site.code}, found "${component}" (known: ${known.join(", ")})`;
          throw new Failure("usage", words);
        }
        const { emulatedMs, timeZone } = await site.describe();
        const sinceMs = sinceOf(options.since, emulatedMs ?? 0, timeZone);
        const least = levels[options.level ?? "info"];
        const request = options.request?.toUpperCase();
        const show = (line: LogLine) => {
          if (line.emulatedMs < sinceMs || line.type < least) return;
          if (request !== undefined && line.request !== request) return;
          stdout.write(
            options.json
              ? `${JSON.stringify({ ...line, type: "line", severity: line.type, site: site.code, log: name })}\n`
              : `${wordsOf(line)}\n`,
          );
        };
        using stop = stopSignals(systemWallClock, (words) => stderr.write(`${words}\n`));
        for (let from = 0, file = ""; !stop.signal.aborted; ) {
          const piece = await logPiece(site, name, from);
          if (file !== "" && piece.file !== file && from > 0)
            from = 0; // it was rolled: the new one from its start
          else {
            for (const line of linesIn(piece.text)) show(line);
            from = piece.next;
          }
          file = piece.file;
          if (piece.text !== "" || from === 0) continue;
          if (!options.follow) break;
          await systemWallClock.sleep(askEveryMs, stop.signal);
        }
        end(exitCodes.held);
      }),
    );
}

const marks = { 1: " ", 2: "!", 3: "E" } as const;

function wordsOf({ date, time, type, text }: LogLine): string {
  return `${date} ${time} ${marks[type]} ${text}`;
}
