/**
 * `spoolnet check`: whether what happened is what may happen, from the journals of a run.
 */
import { resolve } from "node:path";

import { Command } from "commander";

import { exitCodes } from "../failure.ts";
import { readRecord } from "../hierarchy-record.ts";
import { findingWords } from "../history/history-check.ts";
import { historyIn } from "../history/history-in-folder.ts";
import { noHierarchy } from "../running-sites.ts";
import { counted } from "../words.ts";
import type { CommandContext } from "./command-context.ts";

type Options = { root: string; atRest?: boolean; json?: boolean };

const help = `
Examples:
  spoolnet check --root ./night
  spoolnet check --root ./night --at-rest    nothing may be under way any more

What is checked: each version installed once and whole on a distribution point, and stored and committed once at a
site; versions never go backwards; the highest priority was taken first; no instruction was carried out that its sender
did not sign; every send request ended, or waits still. Closed hours and limits are not: journals do not tell of bytes.

Exit codes: 0 nothing was found, 1 something was, 2 wrong usage.
`;

export function checkCommand({ stdout, end }: CommandContext): Command {
  return new Command("check")
    .description("check what happened against what may happen, from the journals of a run")
    .requiredOption("--root <folder>", "the folder of the run")
    .option("--at-rest", "every send request must have ended")
    .option("--json", "write lines of JSON instead of words")
    .addHelpText("after", help)
    .action(async ({ root, atRest = false, json = false }: Options) => {
      const folder = resolve(root);
      const check = await historyIn(folder);
      if (check.eventCount === 0)
        noHierarchy(`${folder}: expected folders of sites with a journal.jsonl, found none`);
      const record = await readRecord(folder);
      const zones = new Map(record?.sites.map(({ code, timeZone }) => [code, timeZone]));
      const findings = check.findings(atRest);
      for (const finding of findings) {
        const words = findingWords(finding, zones.get(finding.site));
        stdout.write(`${json ? JSON.stringify({ type: "finding", ...finding, text: words }) : words}\n`);
      }
      const { eventCount: events, openRequests: open } = check;
      const under = open > 0 ? `, ${counted(open, "send request")} still under way` : "";
      const found = findings.length === 0 ? "nothing found" : `${counted(findings.length, "finding")}`;
      const sum = { type: "end", events, openRequests: open, findings: findings.length };
      stdout.write(
        `${json ? JSON.stringify(sum) : `${counted(events, "event")} checked${under}: ${found}`}\n`,
      );
      end(findings.length === 0 ? exitCodes.held : exitCodes.expectationFailed);
    });
}
