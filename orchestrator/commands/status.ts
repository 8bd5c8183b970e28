/**
 * `spoolnet status`: what each site of a running hierarchy is doing, and what waits for what.
 */
import { Command, Option } from "commander";

import { siteCode } from "../../domain/identifiers.ts";
import { type Severity, severity } from "../../domain/status-messages.ts";
import { exitCodes, Failure } from "../failure.ts";
import { makeReport } from "../progress/report.ts";
import type { SiteOptions } from "../running-sites.ts";
import type { SiteClient } from "../site-client.ts";
import { type SiteStatus, siteStatus, statusFacts, statusLines } from "../site-status.ts";
import { messageFacts, messageLines, siteMessages } from "../status-message-lines.ts";
import { stopSignals } from "../stop-signals.ts";
import { systemWallClock } from "../wall-clock.ts";
import type { CommandContext } from "./command-context.ts";
import { siteOptionsHelp, withSiteOptions, withSites } from "./site-options.ts";

type Options = SiteOptions & {
  site?: string;
  json?: boolean;
  watch?: boolean;
  messages?: boolean;
  severity?: Severity;
  since?: string;
};

const redrawEveryMs = 1_000;

const help = `
Examples:
  spoolnet status
  spoolnet status --root ./night --site CEN --watch
  spoolnet status --messages --severity error --since 2h
${siteOptionsHelp}
Times are those of each site. With --json, each line is one site, one send request or one status message.
Exit codes: 0 every site answers, 2 wrong usage or no hierarchy runs, 3 a site does not answer.
`;

export function statusCommand({ environment, stdout, stderr, end }: CommandContext): Command {
  const command = new Command("status").description(
    "show health, time, queues and send requests of the sites that run",
  );
  return withSiteOptions(command)
    .option("--site <code>", "only this site")
    .option("--watch", "redraw it each second until Ctrl-C")
    .option("--messages", "show the status messages of the sites instead, oldest first")
    .addOption(new Option("--severity <severity>", "with --messages: only these").choices(severity.options))
    .option(
      "--since <time>",
      'with --messages: so much emulated time back, like 2h, or from "2003-11-07 18:00" on',
    )
    .option("--json", "write lines of JSON instead of words")
    .addHelpText("after", help)
    .action(async (options: Options) =>
      withSites(options, environment, async (all) => {
        const sites = wanted(all, options.site);
        if (options.messages) return await showMessages(sites, options);
        for (const option of ["severity", "since"] as const)
          if (options[option]) throw new Failure("usage", `--${option}: expected it with --messages`);
        let found: readonly SiteStatus[] = await look(sites);
        if (options.watch) found = await watch(sites, found, options);
        else show(found, options);
        const isWhole = found.every((site) => "requests" in site);
        end(isWhole ? exitCodes.held : exitCodes.environment);
      }),
    );

  function show(found: readonly SiteStatus[], { json }: Options): void {
    const lines = json ? statusFacts(found).map((fact) => JSON.stringify(fact)) : statusLines(found);
    stdout.write(`${lines.join("\n")}\n`);
  }

  async function showMessages(sites: readonly SiteClient[], options: Options): Promise<void> {
    if (options.watch) throw new Failure("usage", "--watch: expected it without --messages");
    const found = await Promise.all(sites.map((site) => siteMessages(site, options)));
    const lines = options.json
      ? messageFacts(found).map((fact) => JSON.stringify(fact))
      : messageLines(found);
    if (lines.length > 0) stdout.write(`${lines.join("\n")}\n`);
    end(found.every((site) => "messages" in site) ? exitCodes.held : exitCodes.environment);
  }

  async function watch(
    sites: readonly SiteClient[],
    first: readonly SiteStatus[],
    options: Options,
  ): Promise<readonly SiteStatus[]> {
    using stop = stopSignals(systemWallClock, (words) => stderr.write(`${words}\n`));
    const isScreen = stdout.isTTY && !options.json;
    using report = makeReport({ out: stdout, json: !isScreen, quiet: false });
    let found = first;
    while (!stop.signal.aborted) {
      if (isScreen) report.screen(() => statusLines(found));
      else show(found, options);
      await systemWallClock.sleep(redrawEveryMs, stop.signal);
      if (!stop.signal.aborted) found = await look(sites);
    }
    return found;
  }
}

function look(sites: readonly SiteClient[]): Promise<SiteStatus[]> {
  return Promise.all(sites.map(siteStatus));
}

function wanted(all: readonly SiteClient[], code: string | undefined): readonly SiteClient[] {
  if (code === undefined) return all;
  const parsed = siteCode.safeParse(code.toUpperCase());
  const found = all.filter((site) => site.code === parsed.data);
  if (found.length > 0) return found;
  throw new Failure(
    "usage",
    `--site: expected the code of a site, found "${code}" (known: ${all.map((site) => site.code).join(", ")})`,
  );
}
