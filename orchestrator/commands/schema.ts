/**
 * `spoolnet schema`: the JSON Schema of topology files, so that an editor completes and checks them.
 */
import { Command } from "commander";

import { topologyJsonSchemaText } from "../topology/json-schema.ts";
import type { CommandContext } from "./command-context.ts";

const help = `
Example:
  spoolnet schema > spoolnet.schema.json

An editor with the YAML language server takes it from the first line of a topology file:
  # yaml-language-server: $schema=./spoolnet.schema.json
`;

export function schemaCommand({ stdout }: CommandContext): Command {
  return new Command("schema")
    .description("print the JSON Schema of topology files, for editors")
    .addHelpText("after", help)
    .action(() => void stdout.write(topologyJsonSchemaText()));
}
