/**
 * `spoolnet init`: a new topology file, read and found right before it is written.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";

import { Command, Option } from "commander";

import { formatByteSize, parseByteSize } from "../../domain/quantity.ts";
import { Failure, systemCodeOf, wordsOf } from "../failure.ts";
import { levelCounts, mostBranches } from "../init/levels.ts";
import { deadlineOf, newTopology, type Wishes } from "../init/new-topology.ts";
import { builtInCircuits } from "../topology/circuits.ts";
import { topologyOf } from "../topology/load.ts";
import { expectedMoment, parseMoment } from "../topology/moment.ts";
import { TopologyFailure } from "../topology/topology-failure.ts";
import { counted } from "../words.ts";
import type { CommandContext } from "./command-context.ts";

type Options = {
  name?: string;
  branches: string;
  levels: string;
  circuit: string;
  night?: boolean;
  size: string;
  deadline?: string;
  scale: string;
  force?: boolean;
};

const help = `
Examples:
  spoolnet init
  spoolnet init shops.yaml --branches 40 --levels 3 --circuit frame-relay-256k --night --size "80 MB"
  spoolnet init shops.yaml --circuit modem-33k6 --size "600 KB" --deadline "Fri 07:00" --force

With --levels 3 there are regions between headquarters and the branches, with 4 divisions and regions.
A circuit that is a modem or ISDN is dialled; others are links. --night closes Mon-Fri 07-19 to packages.

Exit codes: 0 written, 2 wrong usage or the file is there already, 3 the file cannot be written.
`;

export function initCommand({ environment, stdout }: CommandContext): Command {
  return new Command("init")
    .description("write a new topology file to start from")
    .argument("[file]", "where", "hierarchy.yaml")
    .option("--name <name>", "the name of the hierarchy; otherwise the file's")
    .option("--branches <count>", `how many branches, 1 to ${mostBranches}`, "12")
    .addOption(new Option("--levels <count>", "how many levels of sites").choices(levelCounts).default("2"))
    .addOption(
      new Option("--circuit <circuit>", "the line to each branch")
        .choices(Object.keys(builtInCircuits))
        .default("t1"),
    )
    .option("--night", "send packages by night and at the weekend only")
    .option("--size <size>", "the size of the package", "600 MB")
    .option("--deadline <moment>", 'when all have it, like +12h or "Fri 07:00"; otherwise with room to spare')
    .option("--scale <number>", "emulated seconds to a real one, 1 to 3600", "60")
    .option("--force", "write over a file that is there")
    .addHelpText("after", help)
    .action(async (file: string, options: Options) => {
      const wishes = wishesOf(file, options);
      const text = newTopology(wishes);
      const sites = await checked(file, text);
      await write(file, text, options.force ?? false);
      const spoolnet = environment.SPOOLNET_COMMAND || "npx spoolnet";
      const path = /^[\w./-]+$/.test(file) ? file : JSON.stringify(file);
      stdout.write(
        `${file}: ${counted(sites, "site")}, and a package of ${formatByteSize(wishes.sizeBytes)} expected on all by ${deadlineOf(wishes)}
Next:
  ${spoolnet} graph ${path}         what it is
  ${spoolnet} run ${path} --exit    what becomes of it
`,
      );
    });
}

function wishesOf(file: string, options: Options): Wishes {
  const { branches, levels, circuit, night = false, size, deadline, scale } = options;
  const sizeBytes = parseByteSize(size);
  if (!sizeBytes) refuse("size", "a size with its unit, like 600 MB", size);
  if (deadline !== undefined && parseMoment(deadline) === undefined)
    throw new Failure("usage", `--deadline: ${expectedMoment}, found "${deadline}"`);
  return {
    name: options.name ?? nameOf(file),
    branches: numberIn("branches", branches, 1, mostBranches, "a whole number"),
    levels: Number(levels),
    circuit,
    night,
    sizeBytes,
    deadline,
    scale: numberIn("scale", scale, 1, 3600, "a number"),
  };
}

function numberIn(option: string, text: string, least: number, most: number, what: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  const isRight = value >= least && value <= most && (what === "a number" || Number.isInteger(value));
  return isRight ? value : refuse(option, `${what} from ${least} to ${most}`, text);
}

function refuse(option: string, expected: string, found: string): never {
  throw new Failure("usage", `--${option}: expected ${expected}, found "${found}"`);
}

/** What a hierarchy may be called, of the name of its file. */
function nameOf(file: string): string {
  const name = basename(file)
    .replace(/\.ya?ml$/i, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[^a-z]+|-$/g, "");
  return name.slice(0, 40) || "hierarchy";
}

/** How many sites it has. A mistake in it comes of the options. */
async function checked(file: string, text: string): Promise<number> {
  try {
    return (await topologyOf(text, file)).sites.length;
  } catch (error) {
    if (!(error instanceof TopologyFailure)) throw error;
    const mistakes = error.mistakes.map(({ path, message }) => `${path}: ${message}`).join("\n");
    throw new Failure(
      "usage",
      `nothing is written, as what these options ask for is not right:\n${mistakes}`,
      {
        cause: error,
      },
    );
  }
}

async function write(file: string, text: string, force: boolean): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: force ? "w" : "wx" });
  } catch (cause) {
    if (!force && systemCodeOf(cause) === "EEXIST")
      throw new Failure("usage", `${file}: is there already: --force writes over it, or name another file`, {
        cause,
      });
    throw new Failure("environment", `cannot write ${file}: ${wordsOf(cause)}`, { cause });
  }
}
