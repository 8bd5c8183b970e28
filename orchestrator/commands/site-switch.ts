/**
 * `spoolnet site kill|stop|start|pause|resume`: a single site of a hierarchy that runs, from outside.
 */
import { Command } from "commander";

import type { SitePower } from "../drivers/driver.ts";
import { exitCodes, Failure } from "../failure.ts";
import { clockOf, type FoundHierarchy, type FoundSite } from "../found-hierarchy.ts";
import { findHierarchy } from "../running-hierarchies.ts";
import { SiteClient } from "../site-client.ts";
import { systemWallClock } from "../wall-clock.ts";
import { type AnswerOptions, answer } from "./answer.ts";
import type { CommandContext } from "./command-context.ts";
import { namedSite } from "./named-site.ts";

type Options = AnswerOptions & { hierarchy?: string };

const switches = {
  kill: { description: "end it at once, as by SIGKILL", words: "is killed" },
  stop: { description: "end it in good order", words: "is stopped" },
  start: { description: "start it where it was, on the same data", words: "is up" },
  pause: { description: "let it stand still; its connections stay open", words: "is paused" },
  resume: { description: "let it go on", words: "goes on" },
} as const satisfies Record<keyof SitePower, object>;

export function siteSwitchCommands(context: CommandContext): Command[] {
  return (Object.keys(switches) as (keyof SitePower)[]).map((how) => {
    const { description, words } = switches[how];
    const help = `
What an engine runs has a switch: with --driver docker and --driver swarm, and with nothing else, a single site can be
ended by hand. In a swarm, kill and stop leave the service of the site without a task until it is started.
A scenario ends sites with every driver that starts them (docs/topology.md, scenario).

Example:
  spoolnet site ${how} CHI

Exit codes: 0 done, 2 wrong usage, or a site without a switch, 3 the site or its engine does not answer.
`;
    return new Command(how)
      .description(description)
      .argument("<site>", "the site's code")
      .option("--hierarchy <name>", "of this hierarchy (default: the only one that runs)")
      .option("--json", "write a line of JSON instead of words")
      .option("--quiet", "say nothing")
      .addHelpText("after", help)
      .action(async (text: string, options: Options) => {
        const hierarchy = await findHierarchy(systemWallClock, options.hierarchy);
        const found = namedSite(hierarchy.sites, text);
        const { code } = found;
        const power = hierarchy.power?.(code) ?? noSwitch(hierarchy, code, how);
        await power[how]();
        if (how === "start" || how === "resume") await tellClock(hierarchy, found);
        answer(context, options, `site ${code} of ${hierarchy.name} ${words}`, {
          type: "site",
          site: code,
          done: how,
        });
        context.end(exitCodes.held);
      });
  });
}

/** It may have been changed while the site was down. */
async function tellClock(hierarchy: FoundHierarchy, found: FoundSite): Promise<void> {
  const others = hierarchy.sites.filter(({ code }) => code !== found.code);
  const clock = await clockOf({ ...hierarchy, sites: others }, systemWallClock);
  if (!clock) return;
  const administratorToken = hierarchy.token ?? "";
  await using site = new SiteClient({ ...found, administratorToken, wallClock: systemWallClock });
  await site.setClock(clock);
}

function noSwitch({ name, driver }: FoundHierarchy, code: string, how: string): never {
  const why = {
    embedded: `all sites of "${name}" are in one process, and a part of a process cannot be ended`,
    processes: `the sites of "${name}" belong to the process that runs them, and only that can start them again`,
    attached: `the sites of "${name}" were started by something else: ${how} ${code} there, like docker compose ${how} ${code.toLowerCase()}`,
    docker: `the container of site ${code} is gone`,
    swarm: `the service of site ${code} is gone`,
  }[driver];
  const instead = ["embedded", "processes"].includes(driver)
    ? `: use --driver docker or swarm, or a step of a scenario, like { at: +1h, ${how}: ${code} }`
    : "";
  throw new Failure("usage", `site ${how}: ${why}${instead}`);
}
