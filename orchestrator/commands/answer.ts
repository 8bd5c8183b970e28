/**
 * The answer of a command that does one thing: a line for people, or one of JSON for programs.
 */
import type { CommandContext } from "./command-context.ts";

export type AnswerOptions = { readonly json?: boolean; readonly quiet?: boolean };

/** With `quiet` nothing is said where all went well: the exit code tells. */
export function answer(
  { stdout }: Pick<CommandContext, "stdout">,
  { json, quiet }: AnswerOptions,
  words: string,
  fact: Readonly<Record<string, unknown>>,
): void {
  if (json) stdout.write(`${JSON.stringify(fact)}\n`);
  else if (!quiet) stdout.write(`${words}\n`);
}

export const exitCodesHelp = `
Exit codes: 0 done, 2 wrong usage or refused by a site, 3 a site does not answer.
`;
