/**
 * Completion for fish, which shows what each word is beside it.
 */
import type { CommandWords, Value } from "./command-words.ts";

export function fishCompletion(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap((command) => {
    const when = condition(command);
    const line = (rest: string) => `complete -c spoolnet -n ${quoted(when)} ${rest}`;
    return [
      ...command.commands.map(({ name, description }) =>
        line(`-a ${quoted(name)} -d ${quoted(description)}`),
      ),
      ...command.options.map(({ name, short, description, value }) => {
        const letter = short === undefined ? "" : ` -s ${short.slice(1)}`;
        const what = value === undefined ? "" : ` -x${offered(value)}`;
        return line(`-l ${name.slice(2)}${letter}${what} -d ${quoted(description)}`);
      }),
      // fish counts no places: what may be an argument is offered for each
      ...command.values.flatMap((value) => (offered(value) === "" ? [] : [line(offered(value).trim())])),
    ];
  });
  return `# Completion of spoolnet, made by "spoolnet completion fish".
complete -c spoolnet -f
${lines.join("\n")}
`;
}

function condition({ path, commands }: CommandWords): string {
  if (path.length === 0) return "__fish_use_subcommand";
  const within = path.map((name) => `__fish_seen_subcommand_from ${name}`);
  const names = commands.map(({ name }) => name).join(" ");
  return [...within, ...(names === "" ? [] : [`not __fish_seen_subcommand_from ${names}`])].join("; and ");
}

function offered(value: Value): string {
  switch (value.kind) {
    case "words":
      return ` -a ${quoted(value.words.join(" "))}`;
    case "topology":
      return " -a '(__fish_complete_suffix .yaml; __fish_complete_suffix .yml)'";
    case "file":
      return " -a '(__fish_complete_path)'";
    case "folder":
      return " -a '(__fish_complete_directories)'";
    case "site":
      return " -a '(spoolnet completion --site-codes 2>/dev/null)'";
    case "other":
      return "";
  }
}

/** Between single quotes fish reads only \\' and \\\\. */
const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
