import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { Spoolnet } from "../../support/spoolnet-process.ts";
import { test } from "../../support/temporary-folder.ts";

const graph = (...args: string[]) => new Spoolnet(["graph", ...args]).ended();

test("the name of the output file says the format, and --format says it otherwise", async ({ folder }) => {
  const [svg, named] = [join(folder, "drawn", "three.svg"), join(folder, "three.out")];

  expect(await graph("--output", svg)).toEqual({ code: 0, stdout: `svg: ${svg}`, stderr: "" });
  expect(await graph("--output", named, "--format", "dot")).toMatchObject({ code: 0 });
  expect(await readFile(svg, "utf8")).toMatch(/^<svg /);
  expect(await readFile(named, "utf8")).toMatch(/^digraph "three-site" \{/);
});

test("a name that says no format, and a topology with a mistake, are refused before anything is written", async ({
  folder,
}) => {
  const named = await graph("--output", join(folder, "three.pdf"));
  expect(named.code).toBe(2);
  expect(named.stderr).toBe(
    `--output: expected a file that ends in .txt, .mmd, .mermaid, .dot, .gv, .svg, or --format beside it, found "${join(folder, "three.pdf")}"\n`,
  );
  expect(await graph(join(folder, "none.yaml"))).toMatchObject({ code: 2, stdout: "" });
});
