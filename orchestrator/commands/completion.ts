/**
 * `spoolnet completion`: a script that has a shell complete what is typed.
 */
import { Argument, Command, Option } from "commander";

import { bashCompletion, zshCompletion } from "../completion/bash-completion.ts";
import { type CommandWords, commandWords } from "../completion/command-words.ts";
import { fishCompletion } from "../completion/fish-completion.ts";
import { Failure } from "../failure.ts";
import { runningSites } from "../running-sites.ts";
import { systemWallClock } from "../wall-clock.ts";
import type { CommandContext } from "./command-context.ts";

const shells: Readonly<Record<string, (commands: readonly CommandWords[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

const help = `
Commands, options and their values, topology files, folders, and the codes of the sites that run.

Examples:
  source <(spoolnet completion bash)                                        now, or in ~/.bashrc
  source <(spoolnet completion zsh)                                         now, or in ~/.zshrc
  spoolnet completion fish > ~/.config/fish/completions/spoolnet.fish

It completes the command spoolnet, and so an alias of this name, like alias spoolnet='npx spoolnet'.
`;

export function completionCommand({ environment, stdout }: CommandContext): Command {
  return new Command("completion")
    .description("print a script that has a shell complete what is typed")
    .addArgument(new Argument("[shell]", "the shell").choices(Object.keys(shells)))
    .addOption(new Option("--site-codes", "for the script: the codes of the sites that run").hideHelp())
    .addHelpText("after", help)
    .action(async (shell: string | undefined, options: { siteCodes?: boolean }, command: Command) => {
      if (options.siteCodes) {
        for (const code of await siteCodes()) stdout.write(`${code}\n`);
        return;
      }
      const script = shell === undefined ? undefined : shells[shell];
      if (!script)
        throw new Failure("usage", `completion: expected a shell: ${Object.keys(shells).join(", ")}`);
      stdout.write(script(commandWords(command.parent ?? command)));
    });

  /** None where none run: a key that is pressed is no place for a complaint. */
  async function siteCodes(): Promise<string[]> {
    try {
      return (await runningSites({}, environment, systemWallClock)).sites.map(({ code }) => code);
    } catch (error) {
      if (error instanceof Failure) return [];
      throw error;
    }
  }
}
