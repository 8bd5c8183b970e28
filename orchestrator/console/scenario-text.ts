/**
 * Steps of a scenario as somebody writes them into the console, in the words of a topology file: read beside the rest of
 * that file, so that the same rules hold and every mistake is told at its line. A time is counted from now.
 */
import { isMap, isScalar, parseDocument } from "yaml";

import type { Failure } from "../failure.ts";
import { readTopology, topologyOf } from "../topology/load.ts";
import type { Topology } from "../topology/plan.ts";
import type { Entry } from "../topology/scenario-plan.ts";

/** What stands before the steps, so that their first line is the second. */
const heading = "scenario:\n";

/** Rejects with a Failure that names every mistake. */
export async function entriesOf(text: string, { file }: Topology, startMs: number): Promise<Entry[]> {
  const rest = parseDocument(await readTopology(file));
  if (isMap(rest.contents)) {
    for (const key of ["scenario", "chaos", "expect"]) rest.delete(key);
    const clock = rest.get("clock", true);
    if (isMap(clock)) {
      const start = clock.get("start", true);
      if (isScalar(start)) start.value = new Date(startMs).toISOString();
    }
  }
  const steps = text
    .trimEnd()
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
  const { scenario } = await topologyOf(`${heading}${steps}\n${rest}`, file);
  return scenario.entries.map((entry, index) => ({ ...entry, source: `console step ${index + 1}` }));
}

/** As it is told to who wrote the steps: the lines are theirs. */
export function scenarioMistakes(failure: Failure, { file }: Topology): string {
  return failure.message.replaceAll(
    new RegExp(`^${RegExp.escape(file)}:(\\d+):(\\d+): `, "gm"),
    (_, line: string, column: string) =>
      `line ${Number(line) - 1}, column ${Math.max(1, Number(column) - 2)}: `,
  );
}
