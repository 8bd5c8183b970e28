/**
 * The rules of the map (ARCHITECTURE.md) that can be seen from the files alone.
 */
import { glob, readFile } from "node:fs/promises";

import { expect, test } from "vitest";

const skipped = ["**/node_modules/**"];

async function* sources(...patterns: string[]): AsyncGenerator<{ file: string; text: string }> {
  for await (const file of glob(patterns, { exclude: skipped }))
    yield { file, text: await readFile(file, "utf8") };
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
}

test("a site never imports the orchestrator", async () => {
  for await (const { file, text } of sources("site-image/**/*.ts")) {
    expect(
      importsOf(text).filter((path) => path.includes("orchestrator/")),
      file,
    ).toEqual([]);
  }
});

test("only the embedded driver of the orchestrator imports a site", async () => {
  for await (const { file, text } of sources("orchestrator/**/*.ts")) {
    if (file === "orchestrator/drivers/embedded.ts") continue;
    expect(
      importsOf(text).filter((path) => path.includes("site-image/")),
      file,
    ).toEqual([]);
  }
});

test("the domain is pure: it imports itself and zod, and asks no clock, disk or network", async () => {
  for await (const { file, text } of sources("domain/**/*.ts")) {
    const others = importsOf(text).filter((path) => !path.startsWith("./") && path !== "zod");
    expect(others, file).toEqual([]);
    expect(text, file).not.toMatch(/Date\.now|new Date\(\)|setTimeout|Temporal\.Now|process\.|Math\.random/);
  }
});

test("time is told in the clocks and nowhere else", async () => {
  for await (const { file, text } of sources("site-image/**/*.ts", "orchestrator/**/*.ts")) {
    if (/clock\.ts$/.test(file)) continue;
    expect(text, file).not.toMatch(
      /Date\.now\(|new Date\(\)|setTimeout\(|setInterval\(|timers\/promises|Temporal\.Now/,
    );
  }
});

test("components never import each other", async () => {
  for await (const { file, text } of sources("site-image/components/**/*.ts")) {
    const own = /components\/([a-z-]+)/.exec(file)?.[1];
    const others = importsOf(text).filter(
      (path) =>
        /components\/|senders\/|http\//.test(path) ||
        (/^\.\/[a-z-]+\.ts$/.test(path) && !file.includes(`${own}/`)),
    );
    expect(others, file).toEqual([]);
  }
});

test("the environment and the process are touched only where a program begins", async () => {
  const beginnings =
    /^(site-image\/(main|health-check|log-file)\.ts|orchestrator\/(cli|hierarchy|hierarchy-record|stop-signals|administrator-token|words|failure)\.ts|orchestrator\/commands\/|orchestrator\/drivers\/end-with-parent\.ts|orchestrator\/testing\/(start|reaper)\.ts)/;
  for await (const { file, text } of sources("site-image/**/*.ts", "orchestrator/**/*.ts")) {
    if (!beginnings.test(file)) expect(text, file).not.toMatch(/process\.(env|exit|on|once)\b/);
  }
});

test("a module has one name: no index files, no default exports, .ts in every import of our own", async () => {
  for await (const { file, text } of sources("{domain,site-image,orchestrator,test}/**/*.ts")) {
    expect(file).not.toMatch(/index\.ts$/);
    expect(text, file).not.toMatch(/^export default/m);
    for (const path of importsOf(text)) if (path.startsWith(".")) expect(path, file).toMatch(/\.ts$/);
  }
});
