/**
 * How a run is shown: to a program as lines of JSON, to a terminal with lines that are redrawn, to anything else
 * as plain lines. What is shown is decided by the run; a report only writes it.
 */
import { createLogUpdate } from "log-update";

/** What a run says to a program: `type` tells which, the rest depends on it. */
export type Fact = { readonly type: string } & Readonly<Record<string, unknown>>;

export interface Report extends Disposable {
  /** A step of the run, in words. Left out where a report is quiet. */
  say(words: string): void;
  /** What the user asked for: always shown. */
  answer(words: string): void;
  /** The same, for programs. */
  fact(fact: Fact): void;
  /** What is happening now; only a terminal shows it, in place of what it was given before. */
  screen(lines: () => readonly string[]): void;
}

export type ReportOptions = {
  readonly out: NodeJS.WriteStream;
  readonly json: boolean;
  readonly quiet: boolean;
};

export function makeReport({ out, json, quiet }: ReportOptions): Report {
  if (json) return jsonReport(out);
  if (!out.isTTY || quiet) return plainReport(out, quiet);
  return terminalReport(out);
}

const nothing = () => {};

/** Tells nobody. */
export const silentReport: Report = {
  say: nothing,
  answer: nothing,
  fact: nothing,
  screen: nothing,
  [Symbol.dispose]: nothing,
};

function jsonReport(out: NodeJS.WriteStream): Report {
  const fact = (fact: Fact) => out.write(`${JSON.stringify(fact)}\n`);
  return { say: nothing, answer: nothing, fact, screen: nothing, [Symbol.dispose]: nothing };
}

function plainReport(out: NodeJS.WriteStream, quiet: boolean): Report {
  const answer = (words: string) => out.write(`${words}\n`);
  return { say: quiet ? nothing : answer, answer, fact: nothing, screen: nothing, [Symbol.dispose]: nothing };
}

/** The redrawn lines stay below; what is said scrolls above them. */
function terminalReport(out: NodeJS.WriteStream): Report {
  const log = createLogUpdate(out);
  const persist = (words: string) => log.persist(words);
  return {
    say: persist,
    answer: persist,
    fact: nothing,
    screen: (lines) => {
      const shown = lines();
      if (shown.length === 0) log.clear();
      else log(shown.join("\n"));
    },
    [Symbol.dispose]: () => {
      log.clear();
      log.done(); // gives the cursor back
    },
  };
}
