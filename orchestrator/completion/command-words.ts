/**
 * What can be given to the command, read off commander's own tree: for each command the commands below it, its options,
 * and what its arguments and the values of its options are. The shells' scripts are made of it.
 */
import type { Argument, Command, Option } from "commander";

export type CommandWords = {
  /** `site remove`; empty for the program itself. */
  readonly path: readonly string[];
  readonly commands: readonly Described[];
  readonly options: readonly OptionWords[];
  /** In their order. */
  readonly values: readonly Value[];
  /** Whether the last may be given again. */
  readonly isVariadic: boolean;
};

export type Described = { readonly name: string; readonly description: string };

/** `name` is as it is typed, `--exit`. */
export type OptionWords = Described & {
  readonly short: string | undefined;
  readonly value: Value | undefined;
};

/** What a shell can offer where something is to be given. */
export type Value =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "topology" | "file" | "folder" | "site" | "other" };

/** The command and all below it. */
export function commandWords(command: Command, path: readonly string[] = []): CommandWords[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const own: CommandWords = {
    path,
    commands: commands.map((below) => ({ name: below.name(), description: below.description() })),
    options: help.visibleOptions(command).flatMap(optionWords),
    values: command.registeredArguments.map(valueFor),
    isVariadic: command.registeredArguments.at(-1)?.variadic ?? false,
  };
  const isHelp = (name: string) => name === "help"; // commander's own, whose argument is a command
  return [
    own,
    ...commands.flatMap((below) =>
      isHelp(below.name())
        ? helpWords(
            path,
            own.commands.filter(({ name }) => !isHelp(name)),
          )
        : commandWords(below, [...path, below.name()]),
    ),
  ];
}

function helpWords(path: readonly string[], commands: readonly Described[]): CommandWords[] {
  const words = commands.map(({ name }) => name);
  return [
    {
      path: [...path, "help"],
      commands: [],
      options: [],
      values: [{ kind: "words", words }],
      isVariadic: false,
    },
  ];
}

function optionWords(option: Option): OptionWords[] {
  if (!option.long) return [];
  const takesValue = option.required || option.optional;
  const { description } = option;
  const [name, short] = [option.long, option.short];
  return [{ name, short, description, value: takesValue ? valueFor(option) : undefined }];
}

/** What is named in a usage, between < and >, says what it is. */
function valueFor(given: Argument | Option): Value {
  if (given.argChoices) return { kind: "words", words: given.argChoices };
  const name = "flags" in given ? (/[<[]([^>\].]+)/.exec(given.flags)?.[1] ?? "") : given.name();
  switch (name) {
    case "topology":
    case "files":
      return { kind: "topology" };
    case "file":
      return { kind: "file" };
    case "folder":
      return { kind: "folder" };
    case "code":
    case "site":
    case "other": // at the other end of a link
      return { kind: "site" };
    default:
      return { kind: "other" };
  }
}
