/**
 * `spoolnet console`: the page of a hierarchy that was started elsewhere.
 */
import { Argument, Command } from "commander";

import type { DriverName } from "../drivers/driver.ts";
import { exitCodes } from "../failure.ts";
import { type JoinedSites, joinHierarchy } from "../join-hierarchy.ts";
import { makeReport } from "../progress/report.ts";
import { chosen, runningHierarchies } from "../running-hierarchies.ts";
import { type LocatedSites, sitesFromEnvironment, sitesGiven } from "../running-sites.ts";
import { showHierarchy } from "../show-hierarchy.ts";
import { stopSignals } from "../stop-signals.ts";
import { defaultTopology, loadTopology } from "../topology/load.ts";
import type { Topology } from "../topology/plan.ts";
import { systemWallClock } from "../wall-clock.ts";
import type { CommandContext } from "./command-context.ts";
import { consolePortOption, consoleWish } from "./console-wish.ts";

type Options = { consolePort?: string; siteUrl?: string[]; json?: boolean };
type Located = JoinedSites & { readonly driver: DriverName; readonly root: string | undefined };

const help = `
The hierarchy is the one of the topology's name that runs: started by spoolnet up or run with any driver, or at the URLs
given with --site-url (the token then comes from SPOOLNET_ADMINISTRATOR_TOKEN or SPOOLNET_ADMINISTRATOR_TOKEN_FILE).
It goes on when the console ends, and what was done by hand stays done. spoolnet run has a console of its own.

Examples:
  spoolnet up mine.yaml --driver docker && spoolnet console mine.yaml
  spoolnet console mine.yaml --console-port 8080

Exit codes: 0 stopped by the user, 2 wrong usage, or no such hierarchy runs, 3 no site answers, or the port is in use.
`;

export function consoleCommand({ environment, stdout, stderr, end }: CommandContext): Command {
  return new Command("console")
    .description("show a hierarchy that runs in the browser, until Ctrl-C")
    .addArgument(
      new Argument("[topology]", "its topology file").default(defaultTopology, "topologies/three-site.yaml"),
    )
    .option(...consolePortOption)
    .option("--site-url <code=url...>", "where running sites are", (value: string, before: string[] = []) => [
      ...before,
      value,
    ])
    .option("--json", "write lines of JSON instead of words")
    .addHelpText("after", help)
    .action(async (file: string, options: Options) => {
      using stop = stopSignals(systemWallClock, (words) => stderr.write(`${words}\n`));
      const console = consoleWish(options.consolePort, environment);
      const topology = await loadTopology(file, { areSitesElsewhere: true });
      using report = makeReport({ out: stdout, json: options.json ?? false, quiet: false });
      const located = await locate(topology, options);
      await using hierarchy = await joinHierarchy(topology, located, systemWallClock);
      const { driver, root } = located;
      await showHierarchy({
        ...{ topology, hierarchy, driver, root, console, report },
        wallClock: systemWallClock,
        signal: stop.signal,
      });
      end(exitCodes.held);
    });

  async function locate(topology: Topology, { siteUrl = [] }: Options): Promise<Located> {
    if (siteUrl.length > 0) return attached(topology, await sitesGiven(siteUrl, environment));
    const running = await runningHierarchies(systemWallClock);
    if (running.every(({ name }) => name !== topology.name)) {
      const beside = await sitesFromEnvironment(environment, topology);
      if (beside) return attached(topology, beside);
    }
    return chosen(running, topology.name);
  }
}

function attached(topology: Topology, { sites, token }: LocatedSites): Located {
  const zones = new Map(topology.sites.map(({ code, timeZone }) => [code, timeZone]));
  const found = sites.map((site) => ({ ...site, timeZone: zones.get(site.code) ?? "Etc/UTC" }));
  return { sites: found, token, driver: "attached", root: undefined };
}
