/**
 * Reports as files: the extension of a file's name is its format.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, extname } from "node:path";

import type { Scene } from "../expectations/expectation.ts";
import { Failure, wordsOf } from "../failure.ts";
import type { Judged } from "../progress/course.ts";
import { pathFromHere } from "../words.ts";
import { htmlReport } from "./html-report.ts";
import { junitReport } from "./junit-report.ts";
import { type ReportData, reportData } from "./report-data.ts";
import { textReport } from "./text-report.ts";

const formats: Readonly<Record<string, (data: ReportData) => string>> = {
  ".html": htmlReport,
  ".json": (data) => `${JSON.stringify(data, null, 1)}\n`,
  ".txt": textReport,
  ".xml": junitReport,
};

export const formatNames = Object.keys(formats).join(", ");

/** Throws a usage failure for a name that says no format. Before anything runs. */
export function checkReportFiles(files: readonly string[]): void {
  for (const file of files) {
    if (extname(file).toLowerCase() in formats) continue;
    throw new Failure("usage", `--report: expected a file that ends in ${formatNames}, found "${file}"`);
  }
}

/** Undefined for an extension that is no format. */
export function reportText(
  extension: string,
  { scene, judged }: { readonly scene: Scene; readonly judged: readonly Judged[] },
): string | undefined {
  return formats[extension]?.(reportData(scene, judged));
}

export async function writeReports(
  files: readonly string[],
  { scene, judged }: { readonly scene: Scene; readonly judged: readonly Judged[] },
  say: (words: string) => void,
): Promise<void> {
  if (files.length === 0) return;
  const data = reportData(scene, judged);
  for (const file of files) {
    const format = formats[extname(file).toLowerCase()];
    if (!format) continue;
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, format(data));
    } catch (cause) {
      throw new Failure("environment", `cannot write the report ${file}: ${wordsOf(cause)}`, { cause });
    }
    say(`report: ${pathFromHere(file)}`);
  }
}
