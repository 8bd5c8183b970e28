/**
 * `spoolnet validate`: every mistake in topology files, without running anything.
 */
import { Command } from "commander";

import { exitCodes, Failure } from "../failure.ts";
import { loadTopology } from "../topology/load.ts";
import { counted } from "../words.ts";
import type { CommandContext } from "./command-context.ts";

const help = `
Example:
  spoolnet validate topologies/*.yaml

Each mistake is a line: file:line:column: what is wrong, what was expected, what would do.
Exit codes: 0 all files are right, 2 at least one mistake.
`;

export function validateCommand({ stdout, stderr, end }: CommandContext): Command {
  return new Command("validate")
    .description("look for mistakes in topology files")
    .argument("<files...>", "topology files")
    .addHelpText("after", help)
    .action(async (files: string[]) => {
      let wrong = 0;
      for (const file of files) {
        try {
          const { sites, packages, expectations } = await loadTopology(file);
          const parts = [
            counted(sites.length, "site"),
            counted(packages.length, "package"),
            counted(expectations.length, "expectation"),
          ];
          stdout.write(`${file}: ok (${parts.join(", ")})\n`);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          stderr.write(`${error.message}\n`);
          wrong++;
        }
      }
      end(wrong === 0 ? exitCodes.held : exitCodes.usage);
    });
}
