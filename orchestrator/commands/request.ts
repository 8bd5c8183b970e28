/**
 * `spoolnet request`: an administrator changes their mind about a send request.
 */
import { Argument, Command } from "commander";

import { requestId } from "../../domain/identifiers.ts";
import { type RequestAction, requestAction } from "../../domain/send-request.ts";
import { exitCodes, Failure } from "../failure.ts";
import type { SiteOptions } from "../running-sites.ts";
import type { CommandContext } from "./command-context.ts";
import { siteOptionsHelp, withSiteOptions, withSites } from "./site-options.ts";

const help = `
  hold     keeps it waiting, also one that is being sent, until it is released; it goes on from the byte it had
  release  lets one that is held go on
  cancel   ends it; its content is not sent again until the package is changed, refreshed or redistributed

Example:
  spoolnet status                    shows the ids
  spoolnet request hold 2__01CEN
${siteOptionsHelp}
Exit codes: 0 done, 2 wrong usage or refused by the site, 3 the site does not answer.
`;

const done = { hold: "is held", release: "goes on", cancel: "is cancelled" } as const satisfies Record<
  RequestAction,
  string
>;

export function requestCommand({ environment, stdout, end }: CommandContext): Command {
  const command = new Command("request")
    .description("hold, release or cancel a send request")
    .addArgument(new Argument("<action>", "what to do with it").choices(requestAction.options))
    .argument("<id>", "its id, which ends with the code of the site that sends it");
  return withSiteOptions(command)
    .addHelpText("after", help)
    .action(async (action: RequestAction, text: string, options: SiteOptions) => {
      const id = requestId.safeParse(text.toUpperCase());
      if (!id.success) {
        throw new Failure("usage", `expected the id of a send request, like 2__01CEN, found "${text}"`);
      }
      await withSites(options, environment, async (sites) => {
        const site = sites.find(({ code }) => code === id.data.slice(-3));
        if (!site) {
          const known = sites.map(({ code }) => code).join(", ");
          throw new Failure(
            "usage",
            `${id.data} is of site ${id.data.slice(-3)}, which is not here (known: ${known})`,
          );
        }
        await site.actOnRequest(action, id.data);
        stdout.write(`send request ${id.data} of site ${site.code} ${done[action]}\n`);
        end(exitCodes.held);
      });
    });
}
