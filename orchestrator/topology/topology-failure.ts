/**
 * What is wrong with a topology file, each mistake at its place, with the line of the file and a caret under it.
 */
import { Failure } from "../failure.ts";

export type PlacedMistake = {
  /** From 1 on. */
  readonly line: number;
  readonly column: number;
  /** `sites.CHI.parent`, or `file` where it is of the whole. */
  readonly path: string;
  readonly message: string;
};

/** A usage failure that names every mistake. */
export class TopologyFailure extends Failure {
  readonly file: string;
  readonly mistakes: readonly PlacedMistake[];

  constructor(file: string, text: string, mistakes: readonly PlacedMistake[]) {
    const lines = text.split(/\r?\n/);
    super("usage", mistakes.map((one) => mistakeWords(file, one, lines[one.line - 1])).join("\n"));
    this.file = file;
    this.mistakes = mistakes;
  }
}

function mistakeWords(file: string, mistake: PlacedMistake, text: string | undefined): string {
  const { line, column, path, message } = mistake;
  const words = `${file}:${line}:${column}: ${path}: ${message}`;
  return text === undefined || text.trim() === "" ? words : `${words}\n${excerpt(line, column, text)}`;
}

/** So many characters of a line are shown, with the place among them. */
const mostShown = 100;

function excerpt(line: number, column: number, text: string): string {
  const start = column <= mostShown - 20 ? 0 : column - Math.floor(mostShown / 2);
  const [before, after] = [start > 0 ? "..." : "", text.length > start + mostShown ? "..." : ""];
  const part = text.slice(start, start + mostShown);
  const number = `  ${line} | `;
  // A tab stays a tab, so that the caret is under what it points at.
  const indent = part.slice(0, column - 1 - start).replaceAll(/[^\t]/g, " ");
  return `${number}${before}${part}${after}\n${" ".repeat(number.length - 2)}| ${" ".repeat(before.length)}${indent}^`;
}
