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
import { topologyWithSources } from "../render/topology-with-sources.ts";
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

The source of a package that is given by its size is made beside what is written, in sources/, with a copy of the
topology file that names it (mine.made.yaml): that needs --output.
Certificates and keys that the topology names (tls) are named by their paths, as secrets; no key is in what is written.
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
      const { file: name, render } = renderers[to];
      const target = output === undefined ? undefined : await targetFile(output, name);
      const given = await topologyWithSources(file, target && dirname(target), (made) =>
        stdout.write(`${made}\n`),
      );
      const topology = { ...(await loadTopology(given, { areSitesElsewhere: true })), file: resolve(given) };
      const text = render({ topology, topologyText: await readFile(given, "utf8"), image });
      if (target === undefined) stdout.write(text);
      else stdout.write(`${await write(target, text)}\n`);
      end(exitCodes.held);
    });
}

async function targetFile(output: string, name: string): Promise<string> {
  const isFolder =
    output.endsWith("/") || ((await stat(output).catch(() => undefined))?.isDirectory() ?? false);
  return isFolder ? join(output, name) : output;
}

/** Resolves with the file that was written. Readable by its owner alone: it may hold a token. */
async function write(file: string, text: string): Promise<string> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { mode: 0o600 });
  } catch (cause) {
    throw new Failure("environment", `cannot write ${file}`, { cause });
  }
  return file;
}
