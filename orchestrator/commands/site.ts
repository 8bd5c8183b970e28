/**
 * `spoolnet site`: its switches (site-switch.ts), and `remove`: a site and those below it leave the hierarchy.
 */
import { Command } from "commander";

import { siteCode } from "../../domain/identifiers.ts";
import { detach } from "../attach.ts";
import { exitCodes, Failure } from "../failure.ts";
import type { SiteOptions } from "../running-sites.ts";
import type { CommandContext } from "./command-context.ts";
import { siteOptionsHelp, withSiteOptions, withSites } from "./site-options.ts";
import { siteSwitchCommands } from "./site-switch.ts";

const help = `
Everything on its way there is withdrawn, the sites above are told, and its distribution points leave the packages.
What the site holds stays where it is. The next run of a topology that has the site attaches it again.

Example:
  spoolnet site remove CHI --root ./night
${siteOptionsHelp}
Exit codes: 0 done, 2 wrong usage, 3 a site does not answer.
`;

export function siteCommand(context: CommandContext): Command {
  const { environment, stdout, end } = context;
  const remove = new Command("remove")
    .description("take a site and those below it out of the hierarchy")
    .argument("<code>", "the site's code");
  withSiteOptions(remove)
    .addHelpText("after", help)
    .action(async (text: string, options: SiteOptions) => {
      const code = siteCode.safeParse(text.toUpperCase());
      if (!code.success) throw new Failure("usage", `expected the code of a site, found "${text}"`);
      await withSites(options, environment, async (sites) => {
        for (const words of await detach(sites, code.data)) stdout.write(`${words}\n`);
        end(exitCodes.held);
      });
    });
  const site = new Command("site").description("end, start or remove single sites of a running hierarchy");
  for (const command of [...siteSwitchCommands(context), remove]) site.addCommand(command);
  return site;
}
