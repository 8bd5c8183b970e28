/**
 * Completion for bash, and for zsh, which runs bash's. A script of tables: nothing but the codes of running sites is
 * asked of spoolnet itself, which would take longer than anybody waits for a key. Works with bash 3.2, as macOS has it.
 */
import type { CommandWords, Described, Value } from "./command-words.ts";

export function zshCompletion(commands: readonly CommandWords[]): string {
  return `(( $+functions[compdef] )) || { autoload -U +X compinit && compinit; }
autoload -U +X bashcompinit && bashcompinit
${bashCompletion(commands)}`;
}

export function bashCompletion(commands: readonly CommandWords[]): string {
  return `# Completion of spoolnet, made by "spoolnet completion".

# The commands below a command.
_spoolnet_commands() {
  case "$1" in
${commands.flatMap(({ path, commands }) => wordsCase(path, commands)).join("\n")}
  esac
}

# The options of a command.
_spoolnet_options() {
  case "$1" in
${commands.flatMap(({ path, options }) => wordsCase(path, options)).join("\n")}
  esac
}

# Whether a word, after those of a command, is a command below it.
_spoolnet_is_command() {
  case "$1:$2" in
    ${commands.flatMap(({ path }) => (path.length === 0 ? [] : [quoted(`${path.slice(0, -1).join(" ")}:${path.at(-1)}`)])).join(" | ")}) return 0 ;;
  esac
  return 1
}

# What an option's value is, into "expected". Fails where it has none.
_spoolnet_option() {
  case "$1:$2" in
${commands.flatMap(optionCases).join("\n")}
    *) return 1 ;;
  esac
}

# What a command's argument is, by its place from 0 on, into "expected".
_spoolnet_argument() {
  case "$1:$2" in
${commands.flatMap(argumentCases).join("\n")}
    *) expected="other" ;;
  esac
}

_spoolnet() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="" path="" place=0 at word expected=""
  # bash takes --option=value for three words
  if [[ $current == "=" ]]; then
    current=""
    previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  elif ((COMP_CWORD > 2)) && [[ \${COMP_WORDS[COMP_CWORD - 1]} == "=" ]]; then
    previous="\${COMP_WORDS[COMP_CWORD - 2]}"
  elif ((COMP_CWORD > 1)); then
    previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    word="\${COMP_WORDS[at]}"
    if [[ $word == -* ]]; then
      _spoolnet_option "$path" "$word" && ((at++))
    elif ((place == 0)) && _spoolnet_is_command "$path" "$word"; then
      path="\${path:+$path }$word"
    else
      ((place++))
    fi
  done
  expected=""
  if ! _spoolnet_option "$path" "$previous"; then
    if [[ $current == -* ]]; then
      expected="words $(_spoolnet_options "$path")"
    else
      expected="words $(_spoolnet_commands "$path")"
      [[ $expected == "words " ]] && _spoolnet_argument "$path" "$place"
    fi
  fi
  local IFS=$' \\n'
  local words="\${expected#words }"
  case "$expected" in
    words*) ;;
    site) words="$("$1" completion --site-codes 2>/dev/null)" ;;
    *) words="" ;;
  esac
  IFS=$'\\n'
  COMPREPLY=()
  case "$expected" in
    words* | site) COMPREPLY=($(IFS=$' \\n' && compgen -W "$words" -- "$current")) ;;
    file) COMPREPLY=($(compgen -f -- "$current")) ;;
    folder) COMPREPLY=($(compgen -d -- "$current")) ;;
    topology)
      COMPREPLY=($(
        compgen -f -X '!*.yaml' -- "$current"
        compgen -f -X '!*.yml' -- "$current"
        compgen -d -- "$current"
      ))
      ;;
  esac
  case "$expected" in
    file | folder | topology) compopt -o filenames 2>/dev/null ;;
  esac
  return 0
}

complete -F _spoolnet spoolnet
`;
}

function wordsCase(path: readonly string[], words: readonly Described[]): string[] {
  const names = words.map(({ name }) => name).join(" ");
  return names === "" ? [] : [`    ${quoted(path.join(" "))}) echo ${quoted(names)} ;;`];
}

function optionCases({ path, options }: CommandWords): string[] {
  return options.flatMap(({ name, short, value }) => {
    if (value === undefined) return [];
    const names = [name, ...(short === undefined ? [] : [short])].map((one) =>
      quoted(`${path.join(" ")}:${one}`),
    );
    return [`    ${names.join(" | ")}) expected=${quoted(expected(value))} ;;`];
  });
}

function argumentCases({ path, values, isVariadic }: CommandWords): string[] {
  return values.map((value, at) => {
    const isEvery = isVariadic && at === values.length - 1;
    const place = isEvery ? `${quoted(`${path.join(" ")}:`)}*` : quoted(`${path.join(" ")}:${at}`);
    return `    ${place}) expected=${quoted(expected(value))} ;;`;
  });
}

function expected(value: Value): string {
  return value.kind === "words" ? `words ${value.words.join(" ")}` : value.kind;
}

/** For the shell, as it is. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
