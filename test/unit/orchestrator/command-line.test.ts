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
    stdout: `${file}: ok (3 sites, 1 package, 1 expectation)\n`,
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
    stdout: "",
    stderr: `${file}:3:10: sites.cen: expected three characters of A-Z and 0-9, found "cen"\n`,
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
  for (const command of [["--help"], ["run", "--help"], ["validate", "--help"], ["trace", "--help"]]) {
    const { code, stdout } = await spoolnet(...command);

    expect([command, code]).toEqual([command, 0]);
    expect(stdout).toMatch(/Examples?:\n {2}spoolnet/);
  }
});
