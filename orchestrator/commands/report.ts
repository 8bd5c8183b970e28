/**
 * `spoolnet report`: the report of a run that is over, from the journals that it kept.
 */
import { Argument, Command } from "commander";

import { exitCodes } from "../failure.ts";
import { reportData } from "../report/report-data.ts";
import { checkReportFiles, writeReports } from "../report/report-files.ts";
import { reportFromFolder } from "../report/report-from-folder.ts";
import { textReport } from "../report/text-report.ts";
import { defaultTopology, loadTopology } from "../topology/load.ts";
import type { CommandContext } from "./command-context.ts";

type Options = { root: string; report?: string[] };

const help = `
Examples:
  spoolnet report --root ./night night.yaml
  spoolnet report --root ./night night.yaml --report night.html --report night.xml

The journals say when each sending began and ended; between the two its bytes are taken to have gone evenly. A report
that is written by spoolnet run itself also knows how far they were in between.

Exit codes: 0 everything expected held, 1 an expectation failed, 2 wrong usage or a mistake in the topology file.
`;

export function reportCommand({ stdout, end }: CommandContext): Command {
  return new Command("report")
    .description("tell what became of what was expected, from the journals of a run that is over")
    .addArgument(
      new Argument("[topology]", "the topology file of the run").default(
        defaultTopology,
        "topologies/three-site.yaml",
      ),
    )
    .requiredOption("--root <folder>", "the folder of the run")
    .option("--report <file>", "write it as .html, .json, .txt or .xml (JUnit); may be given again", collect)
    .addHelpText("after", help)
    .action(async (file: string, { root, report = [] }: Options) => {
      checkReportFiles(report);
      const course = await reportFromFolder(root, await loadTopology(file));
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
