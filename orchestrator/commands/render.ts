/**
 * `spoolnet render`: a topology as a file for compose, a Docker swarm or Kubernetes.
 */
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

import { Argument, Command, Option } from "commander";

import { freshToken } from "../administrator-token.ts";
import { exitCodes, Failure } from "../failure.ts";
import { composeFile } from "../render/compose.ts";
import { kubernetesFile } from "../render/kubernetes.ts";
import type { Rendering } from "../render/rendered.ts";
import { swarmStack } from "../render/swarm-stack.ts";
import { defaultTopology, loadTopology } from "../topology/load.ts";
import type { CommandContext } from "./command-context.ts";

type Target = "compose" | "swarm" | "kubernetes";
type Options = { to: Target; output?: string; image: string };

const renderers: Readonly<Record<Target, { readonly file: string; render(rendering: Rendering): string }>> = {
  compose: { file: "compose.yaml", render: composeFile },
  swarm: { file: "stack.yaml", render: swarmStack },
  kubernetes: { file: "kubernetes.yaml", render: (rendering) => kubernetesFile(rendering, freshToken()) },
};

const help = `
Examples:
  spoolnet render mine.yaml --to compose > compose.yaml
  spoolnet render mine.yaml --to swarm --output stack.yaml
  spoolnet render mine.yaml --to kubernetes --image registry.example/spoolnet --output deploy/
`;

export function renderCommand({ stdout, end }: CommandContext): Command {
  return new Command("render")
    .description("write a topology as a compose file, a swarm stack or Kubernetes manifests")
    .addArgument(
      new Argument("[topology]", "a topology file").default(defaultTopology, "topologies/three-site.yaml"),
    )
    .addOption(
      new Option("--to <target>", "what to write").choices(Object.keys(renderers)).makeOptionMandatory(),
    )
    .option("--output <file>", "a file, or a folder that is there or ends with / (default: shown)")
    .option("--image <name>", "the image of sites and orchestrator", "spoolnet")
    .addHelpText("after", help)
    .action(async (file: string, { to, output, image }: Options) => {
      const topology = { ...(await loadTopology(file)), file: resolve(file) };
      const topologyText = await readFile(file, "utf8");
      const { file: name, render } = renderers[to];
      const text = render({ topology, topologyText, image });
      if (output === undefined) stdout.write(text);
      else stdout.write(`${await write(output, name, text)}\n`);
      end(exitCodes.held);
    });
}

/** Resolves with the file that was written. Readable by its owner alone: it may hold a token. */
async function write(output: string, name: string, text: string): Promise<string> {
  const isFolder =
    output.endsWith("/") || ((await stat(output).catch(() => undefined))?.isDirectory() ?? false);
  const file = isFolder ? join(output, name) : output;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { mode: 0o600 });
  } catch (cause) {
    throw new Failure("environment", `cannot write ${file}`, { cause });
  }
  return file;
}
