import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "vitest";

import { test } from "./folder-fixture.ts";

const cli = fileURLToPath(new URL("../../../orchestrator/cli.ts", import.meta.url));

/** Runs the real command in a process of its own. */
function spoolnet(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr });
    });
  });
}

test("a file without mistakes is ok", async () => {
  const file = fileURLToPath(new URL("../../../topologies/three-site.yaml", import.meta.url));

  expect(await spoolnet("validate", file)).toEqual({
    code: 0,
    stdout: `${file}: ok (3 sites, 1 package, 1 expectation)\n1 file, no mistakes\n`,
    stderr: "",
  });
});

test("mistakes go to the standard error, with their place, and the exit code is 2", async ({ folder }) => {
  const file = join(folder, "t.yaml");
  await writeFile(
    file,
    'name: t\nclock: { start: "2003-11-07T17:30:00Z", scale: 60 }\nsites: { cen: { type: primary } }\n',
  );

  expect(await spoolnet("validate", file)).toEqual({
    code: 2,
    stdout: "1 file, 1 mistake in 1\n",
    stderr: `${file}:3:10: sites.cen: expected three characters of A-Z and 0-9, found "cen"
  3 | sites: { cen: { type: primary } }
    |          ^
`,
  });
});

test("the files of a folder are looked at one after the other, and all are told of", async ({ folder }) => {
  const right =
    'name: t\nclock: { start: "2003-11-07T17:30:00Z", scale: 60 }\nsites: { CEN: { type: primary } }\n';
  await writeFile(join(folder, "a.yaml"), right);
  await writeFile(join(folder, "b.yml"), `${right}links: 1\nexpect: 2\n`);
  await writeFile(join(folder, "notes.txt"), "no topology");
  const gone = join(folder, "gone.yaml");

  const words = await spoolnet("validate", folder, gone);
  expect(words.code).toBe(2);
  expect(words.stdout).toBe(
    `${join(folder, "a.yaml")}: ok (1 site, 0 packages, 0 expectations)\n3 files, 3 mistakes in 2\n`,
  );
  expect(words.stderr).toContain(`${join(folder, "b.yml")}:4:8: links: expected a list, found 1`);
  expect(words.stderr).toContain(`${gone}: expected a topology file: there is no such file`);

  const json = await spoolnet("validate", "--json", folder);
  expect(json.code).toBe(2);
  expect(
    json.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { file: join(folder, "a.yaml"), ok: true, mistakes: [] },
    {
      file: join(folder, "b.yml"),
      ok: false,
      mistakes: [
        { line: 4, column: 8, path: "links", message: "expected a list, found 1" },
        { line: 5, column: 9, path: "expect", message: "expected a list, found 2" },
      ],
    },
  ]);
});

test("a long line is shown around the mistake, with the caret under it, tabs or not", async ({ folder }) => {
  const file = join(folder, "t.yaml");
  const long = `sites: { CEN: { type: primary,\tname: ${"x".repeat(40)}, timeZone: ${"Etc/UTC"}, parnet: ${"y".repeat(80)} } }`;
  await writeFile(file, `name: t\nclock: { start: "2003-11-07T17:30:00Z", scale: 60 }\n${long}\n`);

  const [, shown = "", caret = ""] = (await spoolnet("validate", file)).stderr.split("\n");
  expect(shown.length).toBeLessThan(120);
  expect(shown.slice(caret.indexOf("^"))).toMatch(/^parnet/);
});

test("the JSON Schema is printed for editors", async () => {
  const { code, stdout } = await spoolnet("schema");

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    title: "Spoolnet topology",
    required: ["name", "clock", "sites"],
  });
});

test("a run with a mistake in its topology starts nothing and makes no folder", async ({ folder }) => {
  const root = join(folder, "root");
  const { code, stderr } = await spoolnet("run", join(folder, "gone.yaml"), "--root", root);

  expect(code).toBe(2);
  expect(stderr).toBe(`${join(folder, "gone.yaml")}: expected a topology file: there is no such file\n`);
});

test("a root inside the package source is refused", async ({ folder }) => {
  const source = join(folder, "source");
  await mkdir(source);
  const { code, stderr } = await spoolnet(
    "run",
    "--exit",
    "--source",
    source,
    "--root",
    join(source, "root"),
  );

  expect(code).toBe(2);
  expect(stderr).toContain("the package would be made of its own copies");
});

test("a root that is a file is one clear message", async ({ folder }) => {
  const root = join(folder, "file");
  await writeFile(root, "");
  const { code, stderr } = await spoolnet("run", "--exit", "--root", root);

  expect(code).toBe(3);
  expect(stderr).toContain(`cannot write to the folder ${root}`);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});

test("an unknown option is a usage mistake", async () => {
  const { code, stderr } = await spoolnet("run", "--exti");

  expect(code).toBe(2);
  expect(stderr).toContain("unknown option '--exti'");
});

test("every command's help shows an example", async () => {
  for (const command of [
    ["--help"],
    ["run", "--help"],
    ["validate", "--help"],
    ["schema", "--help"],
    ["trace", "--help"],
    ["up", "--help"],
    ["down", "--help"],
    ["console", "--help"],
    ["token", "--help"],
    ["render", "--help"],
    ["link", "cut", "--help"],
    ["link", "set", "--help"],
    ["site", "kill", "--help"],
    ["package", "add", "--help"],
    ["clock", "advance", "--help"],
    ["logs", "--help"],
  ]) {
    const { code, stdout } = await spoolnet(...command);

    expect([command, code]).toEqual([command, 0]);
    expect(stdout).toMatch(/Examples?:\n {2}spoolnet/);
  }
});
