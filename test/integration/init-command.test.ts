/**
 * `spoolnet init` as a user has it, and what it writes through a run.
 */
import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { Spoolnet } from "../support/spoolnet-process.ts";
import { test } from "../support/temporary-folder.ts";

const spoolnet = (...args: string[]) => new Spoolnet(args).ended();

test("what is written runs, and its package is everywhere before the deadline", async ({ folder }) => {
  const file = join(folder, "My Shops.yaml");
  const wishes = ["--branches", "2", "--levels", "3", "--circuit", "isdn-64k", "--night", "--scale", "3600"];
  const made = await spoolnet("init", file, ...wishes, "--size", "40 KB");

  expect([made.code, made.stderr]).toEqual([0, ""]);
  expect(made.stdout).toContain(`spoolnet run "${file}" --exit`);
  expect(await readFile(file, "utf8")).toContain("name: my-shops\n");

  const { code, stdout, stderr } = await spoolnet("run", file, "--exit", "--quiet");
  expect([code, stderr], stdout).toEqual([0, ""]);
});

test("a file that is there stays as it is, unless --force is given", async ({ folder }) => {
  const file = join(folder, "mine.yaml");
  await writeFile(file, "mine");

  expect(await spoolnet("init", file)).toEqual({
    code: 2,
    stdout: "",
    stderr: `${file}: is there already: --force writes over it, or name another file\n`,
  });
  expect(await readFile(file, "utf8")).toBe("mine");
  expect(await spoolnet("init", file, "--force")).toMatchObject({ code: 0 });
  expect(await readFile(file, "utf8")).toContain("name: mine\n");
});

test("options that make a wrong topology are told of, and nothing is written", async ({ folder }) => {
  const file = join(folder, "late.yaml");
  const { code, stderr } = await spoolnet("init", file, "--night", "--deadline", "+1h");

  expect(code).toBe(2);
  expect(stderr).toBe(
    'nothing is written, as what these options ask for is not right:\nexpect[0].by: expected +1h30m or later, as "Office Update" cannot leave CEN for B01 before Thu 19:00, as no address is open to medium priority, found "+1h"\n',
  );
  for (const [option = "", value = ""] of [
    ["--branches", "100"],
    ["--branches", "1.5"],
    ["--scale", "0"],
    ["--size", "600"],
    ["--deadline", "soon"],
  ])
    expect(await spoolnet("init", file, option, value)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(new RegExp(`^${option}: expected .*, found "${value}"\n$`)),
    });
  await expect(access(file)).rejects.toThrow("ENOENT");
});
