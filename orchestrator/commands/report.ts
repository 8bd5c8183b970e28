/**
 * `spoolnet report`: the report of a run that is over, from the journals that it kept.
 */
import { Command } from "commander";

import { exitCodes } from "../failure.ts";
import { reportData } from "../report/report-data.ts";
import { checkReportFiles, writeReports } from "../report/report-files.ts";
import { reportFromFolder } from "../report/report-from-folder.ts";
import { keptTopology } from "../report/run-folder.ts";
import { textReport } from "../report/text-report.ts";
import { defaultTopology, loadTopology } from "../topology/load.ts";
import type { CommandContext } from "./command-context.ts";

type Options = { root: string; report?: string[] };

const help = `
Examples:
  spoolnet report --root ./night
  spoolnet report --root ./night --report night.html --report night.xml
  spoolnet report --root ./night stricter.yaml    the same run against other expectations

A run keeps its topology file and what its scenario did in its folder. The journals say when each sending began and ended; between the two its bytes are taken to have gone evenly. A report
that is written by spoolnet run itself also knows how far they were in between.

Exit codes: 0 everything expected held, 1 an expectation failed, 2 wrong usage or a mistake in the topology file.
`;

export function reportCommand({ stdout, end }: CommandContext): Command {
  return new Command("report")
    .description("tell what became of what was expected, from the journals of a run that is over")
    .argument("[topology]", "another topology file than the run kept in its folder")
    .requiredOption("--root <folder>", "the folder of the run")
    .option("--report <file>", "write it as .html, .json, .txt or .xml (JUnit); may be given again", collect)
    .addHelpText("after", help)
    .action(async (file: string | undefined, { root, report = [] }: Options) => {
      checkReportFiles(report);
      const asked = file ?? (await keptTopology(root)) ?? defaultTopology;
      const course = await reportFromFolder(root, await loadTopology(asked, { isOver: true }));
      const say = (words: string) => void stdout.write(`${words}\n`);
      const data = reportData(course.scene, course.judged);
      if (report.length === 0) stdout.write(textReport(data));
      await writeReports(report, course, say);
      end(data.state === "failed" ? exitCodes.expectationFailed : exitCodes.held);
    });
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
