/**
 * `spoolnet completion bash` in a real bash: what the Tab key offers for words that are typed.
 */
import { execFile, spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect } from "vitest";

import { Spoolnet } from "../support/spoolnet-process.ts";
import { test as base } from "../support/temporary-folder.ts";

const cli = fileURLToPath(new URL("../../orchestrator/cli.ts", import.meta.url));
const run = promisify(execFile);

/** As readline calls it: the words so far, the last of them under the cursor. */
const pressTab = `
source ./completion.bash
spoolnet() { "$NODE" "$CLI" "$@"; }
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_spoolnet spoolnet
printf '%s\\n' "\${COMPREPLY[@]}"
`;

const test = base.extend("offered", async ({ folder }) => {
  await mkdir(join(folder, "topologies"));
  for (const name of ["night.yaml", "shops.yml", "notes.txt"]) await writeFile(join(folder, name), "");
  const { code, stdout } = await new Spoolnet(["completion", "bash"]).ended();
  expect(code).toBe(0);
  await writeFile(join(folder, "completion.bash"), stdout);
  // What other users of this machine run is not to be found.
  const env = {
    ...process.env,
    NODE: process.execPath,
    CLI: cli,
    TMPDIR: folder,
    DOCKER_HOST: "unix:///none",
  };
  return async (...words: string[]): Promise<string[]> => {
    const args = ["-c", pressTab, "bash", "spoolnet", ...words];
    const { stdout: lines, stderr } = await run("bash", args, { cwd: folder, env });
    expect(stderr).toBe("");
    return lines.split("\n").filter((line) => line !== "");
  };
});

test("a command is completed, also one below another", async ({ offered }) => {
  expect(await offered("va")).toEqual(["validate"]);
  expect(await offered("")).toEqual(
    expect.arrayContaining(["run", "validate", "graph", "init", "completion"]),
  );
  expect(await offered("site", "rem")).toEqual(["remove"]);
  expect(await offered("help", "tr")).toEqual(["trace"]);
});

test("an option is completed, and its value where it can be known, also after =", async ({ offered }) => {
  expect(await offered("run", "--ex")).toEqual(["--exit"]);
  expect(await offered("run", "night.yaml", "--exit", "--dr")).toEqual(["--driver"]);
  expect(await offered("run", "--driver", "pro")).toEqual(["processes"]);
  expect(await offered("run", "--driver", "=", "pro")).toEqual(["processes"]);
  expect(await offered("graph", "--format", "=")).toEqual(["text", "mermaid", "dot", "svg"]);
  expect(await offered("init", "--circuit", "isdn")).toEqual(["isdn-64k", "isdn-128k"]);
  expect(await offered("run", "--timeout", "")).toEqual([]);
});

test("a topology is a YAML file or a folder with some, the root a folder, and a report any file", async ({
  offered,
}) => {
  expect(await offered("run", "")).toEqual(["night.yaml", "shops.yml", "topologies"]);
  expect(await offered("validate", "night.yaml", "")).toEqual(["night.yaml", "shops.yml", "topologies"]);
  expect(await offered("run", "--root", "")).toEqual(["topologies"]);
  expect(await offered("run", "--report", "no")).toEqual(["notes.txt"]);
});

test("an argument is completed at its place and no further, and values of options take no place", async ({
  offered,
}) => {
  expect(await offered("request", "--root", "topologies", "h")).toEqual(["hold"]);
  expect(await offered("request", "hold", "")).toEqual([]);
  expect(await offered("completion", "")).toEqual(["bash", "zsh", "fish"]);
  expect(await offered("run", "--root", "up", "--qu")).toEqual(["--quiet"]);
});

test("the codes of the sites that run are offered, and none where none run", async ({ folder, offered }) => {
  expect(await offered("site", "remove", "")).toEqual([]);
  const three = new Spoolnet(["run", "--json", "--root", join(folder, "root")], {
    TMPDIR: folder,
    DOCKER_HOST: "unix:///none",
  });
  try {
    await three.says('"arrival"');
    expect(await offered("site", "remove", "")).toEqual(["CEN", "CHI", "MKE"]);
    expect(await offered("status", "--site", "M")).toEqual(["MKE"]);
    expect(await offered("link", "cut", "CEN", "C")).toEqual(["CEN", "CHI"]);
  } finally {
    three.child.kill("SIGTERM");
    await three.ended();
  }
});

test("every script is one that names every command", async () => {
  const commands = ["run", "up", "down", "init", "validate", "graph", "trace", "report", "status", "site"];
  for (const shell of ["bash", "zsh", "fish"]) {
    const { stdout } = await new Spoolnet(["completion", shell]).ended();
    for (const command of commands) expect(stdout, shell).toMatch(new RegExp(`\\b${command}\\b`));
    if (shell === "bash") expect(spawnSync("bash", ["-n"], { input: stdout }).status).toBe(0);
  }
});
