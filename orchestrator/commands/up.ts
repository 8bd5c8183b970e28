/**
 * `spoolnet up`: a hierarchy up and its packages in, and then left alone.
 */
import { Argument, Command } from "commander";

import { freshSourcesFolder } from "../left-sources.ts";
import { makeReport } from "../progress/report.ts";
import { runRoot } from "../run-root.ts";
import { stopSignals } from "../stop-signals.ts";
import { defaultTopology, loadTopology } from "../topology/load.ts";
import { up } from "../up.ts";
import { systemWallClock } from "../wall-clock.ts";
import type { CommandContext } from "./command-context.ts";
import {
  chosenDriver,
  type DriverOptions,
  driverHelp,
  driverOption,
  labelledEndMs,
  refuseRoot,
} from "./driver-choice.ts";

type Options = DriverOptions & { root?: string; json?: boolean };

const help = `
With docker and swarm the command ends when all sites are up and the packages are in; the hierarchy goes on without
it. With embedded and processes the sites are this command's own: it stays until Ctrl-C, or spoolnet down.
The source of a package that is given by its size is made; for docker and swarm in your state folder
($XDG_STATE_HOME/spoolnet, or ~/.local/state/spoolnet), and spoolnet down removes it.

Examples:
  spoolnet up
  spoolnet up mine.yaml --driver docker && spoolnet trace "Office Update"
  spoolnet down mine
`;

export function upCommand({ environment, stdout, stderr, end }: CommandContext): Command {
  return new Command("up")
    .description("bring a hierarchy up, put its packages in, and leave it up")
    .addArgument(
      new Argument("[topology]", "a topology file").default(defaultTopology, "topologies/three-site.yaml"),
    )
    .addOption(driverOption("embedded", "processes", "docker", "swarm"))
    .option("--root <folder>", "keep the sites in <folder>/<code>/ (embedded and processes)")
    .option("--json", "write lines of JSON instead of words")
    .addHelpText("after", `${driverHelp}${help}`)
    .action(async (file: string, options: Options) => {
      using stop = stopSignals(systemWallClock, (words) => stderr.write(`${words}\n`));
      const topology = await loadTopology(file);
      using report = makeReport({ out: stdout, json: options.json ?? false, quiet: false });
      const driver = await chosenDriver(options, topology, environment, (words) => report.say(words));
      if (driver.isLabelled) stop.allow(labelledEndMs);
      refuseRoot(driver, options.root);
      await using root = await runRoot(options.root);
      const { signal } = stop;
      const command = environment.SPOOLNET_COMMAND || "npx spoolnet";
      const leftSources = freshSourcesFolder(environment, topology.name);
      end(
        await up({
          topology,
          driver,
          root,
          leftSources,
          wallClock: systemWallClock,
          signal,
          report,
          command,
        }),
      );
    });
}
