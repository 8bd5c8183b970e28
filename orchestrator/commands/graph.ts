/**
 * `spoolnet graph`: the hierarchy of a topology file, drawn.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { Argument, Command, Option } from "commander";

import { Failure, wordsOf } from "../failure.ts";
import {
  formatOfFile,
  type GraphFormat,
  graphExtensions,
  graphFormatNames,
  graphFormats,
} from "../graph/formats.ts";
import { hierarchyGraph } from "../graph/hierarchy-graph.ts";
import { defaultTopology, loadTopology } from "../topology/load.ts";
import { pathFromHere } from "../words.ts";
import type { CommandContext } from "./command-context.ts";

type Options = { format?: GraphFormat; output?: string };

const help = `
Examples:
  spoolnet graph topologies/night-window.yaml
  spoolnet graph mine.yaml --output mine.svg
  spoolnet graph mine.yaml --format dot | dot -Tpdf > mine.pdf
  spoolnet graph mine.yaml --format mermaid      between \`\`\`mermaid and \`\`\` of a Markdown page

Each site with its type, time zone and distribution points; each way to it with the link, and with the addresses down
to the site and up again: sender, schedule on the clock of the sending site, and rate.

Exit codes: 0 drawn, 2 wrong usage or a mistake in the topology file, 3 the file cannot be written.
`;

export function graphCommand({ stdout }: CommandContext): Command {
  return new Command("graph")
    .description("draw the hierarchy of a topology file")
    .addArgument(
      new Argument("[topology]", "a topology file").default(defaultTopology, "topologies/three-site.yaml"),
    )
    .addOption(
      new Option("--format <format>", "how; otherwise as the output file's name says, else text").choices(
        graphFormatNames,
      ),
    )
    .option("--output <file>", `write it there: ${graphExtensions.join(", ")}`)
    .addHelpText("after", help)
    .action(async (file: string, { format, output }: Options) => {
      const chosen = format ?? (output === undefined ? "text" : formatFor(output));
      const drawing = graphFormats[chosen].draw(hierarchyGraph(await loadTopology(file)));
      if (output === undefined) stdout.write(drawing);
      else {
        await write(output, drawing);
        stdout.write(`${chosen}: ${pathFromHere(output)}\n`);
      }
    });
}

function formatFor(output: string): GraphFormat {
  const format = formatOfFile(output);
  if (format) return format;
  throw new Failure(
    "usage",
    `--output: expected a file that ends in ${graphExtensions.join(", ")}, or --format beside it, found "${output}"`,
  );
}

async function write(output: string, drawing: string): Promise<void> {
  try {
    await mkdir(dirname(output), { recursive: true });
    await writeFile(output, drawing);
  } catch (cause) {
    throw new Failure("environment", `cannot write ${output}: ${wordsOf(cause)}`, { cause });
  }
}
