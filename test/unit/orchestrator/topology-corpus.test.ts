import { glob, readFile } from "node:fs/promises";
import { basename } from "node:path";

import { describe, expect, test } from "vitest";

import { loadTopology } from "../../../orchestrator/topology/load.ts";
import { TopologyFailure } from "../../../orchestrator/topology/topology-failure.ts";

const corpus = new URL("../../topologies/", import.meta.url).pathname;
const filesIn = async (folder: string) => (await Array.fromAsync(glob(`${corpus}${folder}/*.yaml`))).sort();

async function mistakesIn(file: string): Promise<{ line: number; words: string }[]> {
  try {
    await loadTopology(file);
    return [];
  } catch (error) {
    if (!(error instanceof TopologyFailure)) throw error;
    return error.mistakes.map(({ line, path, message }) => ({ line, words: `${path}: ${message}` }));
  }
}

/** Each `# expect: words` of a line is a mistake on it. */
function marksIn(text: string): { line: number; words: string }[] {
  return text.split("\n").flatMap((line, index) =>
    line
      .split("# expect: ")
      .slice(1)
      .map((words) => ({ line: index + 1, words: words.trim() })),
  );
}

describe("of the files with mistakes", async () => {
  const files = await filesIn("broken");

  test("there are many", () => expect(files.length).toBeGreaterThanOrEqual(60));

  test.for(files.map((file) => [basename(file), file] as const))(
    "every mistake in %s is found at its line, and none is invented",
    async ([, file]) => {
      const marks = marksIn(await readFile(file, "utf8"));
      const mistakes = await mistakesIn(file);

      expect(marks).not.toEqual([]);
      const unfound = marks.filter(
        (mark) => !mistakes.some(({ line, words }) => line === mark.line && words.includes(mark.words)),
      );
      const invented = mistakes.filter(
        ({ line, words }) => !marks.some((mark) => line === mark.line && words.includes(mark.words)),
      );
      expect({ unfound, invented, count: mistakes.length }).toEqual({
        unfound: [],
        invented: [],
        count: marks.length,
      });
    },
  );
});

describe("of the files without mistakes", async () => {
  const files = await filesIn("good");

  test("there are many", () => expect(files.length).toBeGreaterThanOrEqual(20));

  test.for(files.map((file) => [basename(file), file] as const))("none is found in %s", async ([, file]) => {
    expect(await mistakesIn(file)).toEqual([]);
  });
});
