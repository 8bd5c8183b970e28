/**
 * `spoolnet token`: the administrator's token of a hierarchy that runs, for who asks its sites by hand.
 */
import { Command } from "commander";

import { exitCodes, Failure } from "../failure.ts";
import { findHierarchy } from "../running-hierarchies.ts";
import { systemWallClock } from "../wall-clock.ts";
import type { CommandContext } from "./command-context.ts";

const help = `
Examples:
  spoolnet token three-site
  curl -H "Authorization: Bearer $(npx spoolnet token)" "$URL/AdminService/wmi/SMS_Package"
`;

export function tokenCommand({ stdout, end }: CommandContext): Command {
  return new Command("token")
    .description("show the administrator's token of a hierarchy that runs")
    .argument("[name]", "the name in its topology file (default: the only one that runs)")
    .addHelpText("after", help)
    .action(async (name: string | undefined) => {
      const found = await findHierarchy(systemWallClock, name);
      if (!found.token)
        throw new Failure("environment", `the token of ${found.name} cannot be read any more`);
      stdout.write(`${found.token}\n`);
      end(exitCodes.held);
    });
}
