/**
 * `spoolnet validate`: every mistake in topology files, without running anything.
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { Command } from "commander";

import { exitCodes, Failure } from "../failure.ts";
import { loadTopology } from "../topology/load.ts";
import { type PlacedMistake, TopologyFailure } from "../topology/topology-failure.ts";
import { counted } from "../words.ts";
import type { CommandContext } from "./command-context.ts";

const help = `
Examples:
  spoolnet validate topologies/*.yaml
  spoolnet validate topologies           every .yaml and .yml file in the folder

Each mistake is a line: file:line:column: what is wrong, what was expected, what would do; and the place in the file.
With --json each file is a line of JSON: file, ok, mistakes (line, column, path, message).
Exit codes: 0 all files are right, 2 at least one mistake.
`;

type Verdict = {
  readonly file: string;
  readonly ok: boolean;
  readonly mistakes: readonly PlacedMistake[];
  /** For people. */
  readonly words: string;
};

export function validateCommand({ stdout, stderr, end }: CommandContext): Command {
  return new Command("validate")
    .description("look for mistakes in topology files")
    .argument("<files...>", "topology files, and folders with them")
    .option("--json", "write a line of JSON for each file instead of words")
    .addHelpText("after", help)
    .action(async (paths: string[], { json }: { json?: boolean }) => {
      const verdicts: Verdict[] = [];
      for (const path of paths) {
        for (const file of await filesAt(path)) {
          const verdict = await verdictOf(file);
          verdicts.push(verdict);
          const { words, ...rest } = verdict;
          if (json) stdout.write(`${JSON.stringify(rest)}\n`);
          else (verdict.ok ? stdout : stderr).write(`${words}\n`);
        }
      }
      const wrong = verdicts.filter(({ ok }) => !ok);
      if (!json) stdout.write(`${summary(verdicts.length, wrong)}\n`);
      end(wrong.length === 0 ? exitCodes.held : exitCodes.usage);
    });
}

/** A folder's own topology files, not those further down: package sources may have files of the same kind. */
async function filesAt(path: string): Promise<string[]> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  if (!isFolder) return [path];
  const names = (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).sort();
  if (names.length === 0)
    throw new Failure(
      "usage",
      `${path}: expected a folder with topology files (.yaml, .yml), found none in it`,
    );
  return names.map((name) => join(path, name));
}

async function verdictOf(file: string): Promise<Verdict> {
  try {
    const { sites, packages, expectations } = await loadTopology(file);
    const parts = [
      counted(sites.length, "site"),
      counted(packages.length, "package"),
      counted(expectations.length, "expectation"),
    ];
    return { file, ok: true, mistakes: [], words: `${file}: ok (${parts.join(", ")})` };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { message } = error;
    const mistakes =
      error instanceof TopologyFailure ? error.mistakes : [{ line: 1, column: 1, path: "file", message }];
    return { file, ok: false, mistakes, words: message };
  }
}

function summary(files: number, wrong: readonly Verdict[]): string {
  const mistakes = wrong.reduce((sum, verdict) => sum + verdict.mistakes.length, 0);
  return mistakes === 0
    ? `${counted(files, "file")}, no mistakes`
    : `${counted(files, "file")}, ${counted(mistakes, "mistake")} in ${wrong.length}`;
}
