/**
 * `spoolnet down`: the end of a hierarchy, whatever runs its sites and in whatever state it is.
 */
import { Command } from "commander";

import { exitCodes, Failure } from "../failure.ts";
import type { FoundHierarchy } from "../found-hierarchy.ts";
import { removeLeftSources } from "../left-sources.ts";
import { allHierarchies, chosen } from "../running-hierarchies.ts";
import { systemWallClock } from "../wall-clock.ts";
import { counted } from "../words.ts";
import type { CommandContext } from "./command-context.ts";

const help = `
Containers, networks, volumes and processes of the hierarchy are gone then, and its folder, unless it was given with
--root, and sources that spoolnet up has made for it. Also what a crash left of one.

Examples:
  spoolnet down                the only one that there is
  spoolnet down three-site
  spoolnet down --all
`;

export function downCommand({ environment, stdout, end }: CommandContext): Command {
  return new Command("down")
    .description("end a hierarchy and remove what it had")
    .argument("[name]", "the name in its topology file (default: the only one that there is)")
    .option("--all", "every hierarchy of yours")
    .addHelpText("after", help)
    .action(async (name: string | undefined, { all = false }: { all?: boolean }) => {
      if (all && name !== undefined) {
        throw new Failure("usage", `expected a name or --all, found both: ${name} --all`);
      }
      const there = (await allHierarchies(systemWallClock)).filter(isThere);
      if (all && there.length === 0) stdout.write("there is no hierarchy of yours\n");
      for (const hierarchy of all ? there : [chosen(there, name)]) {
        await hierarchy.down();
        await removeLeftSources(environment, hierarchy.name);
        stdout.write(
          `${hierarchy.name} is down (${hierarchy.driver}, ${counted(hierarchy.sites.length, "site")})\n`,
        );
      }
      end(exitCodes.held);
    });
}

/** One that has ended and left nothing but the user's own root is not to be ended. */
function isThere({ isRunning, isLeftOver }: FoundHierarchy): boolean {
  return isRunning || isLeftOver;
}
