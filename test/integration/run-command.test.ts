/**
 * `spoolnet run` and `spoolnet trace` as a user has them: real processes, real sites, exit codes and signals.
 */
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { Spoolnet } from "../support/spoolnet-process.ts";
import { test as base } from "../support/temporary-folder.ts";

const topology = (by: string) => `
name: two-sites
clock: { start: "2003-11-07T17:30:00-05:00", scale: 600 }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  MKE: { type: secondary, parent: CEN, timeZone: America/Chicago, distributionPoints: [MKEDP] }
packages:
  - { name: Maps, site: CEN, source: source, distributionPoints: all }
expect:
  - { package: Maps, by: ${by} }
`;

const test = base
  .extend("file", async ({ folder }) => {
    await mkdir(join(folder, "source"));
    await writeFile(join(folder, "source", "map.txt"), "here be dragons\n".repeat(1000));
    await writeFile(join(folder, "hours.yaml"), topology("+12h"));
    await writeFile(join(folder, "seconds.yaml"), topology("+1s"));
    return join(folder, "hours.yaml");
  })
  .extend("root", ({ folder }) => join(folder, "root"));

const spoolnet = (...args: string[]) => new Spoolnet(args);
const facts = (stdout: string): Record<string, unknown>[] =>
  stdout.split("\n").map((line) => JSON.parse(line));

test("a run that holds ends with 0, and a run after it sends nothing again", async ({ file, root }) => {
  const first = await spoolnet("run", file, "--exit", "--json", "--root", root).ended();

  expect([first.code, first.stderr]).toEqual([0, ""]);
  expect(facts(first.stdout).filter(({ type }) => type === "arrival")).toMatchObject([
    { package: "CEN00001", sourceVersion: 1, site: "CEN", server: "HQDP" },
    { package: "CEN00001", sourceVersion: 1, site: "MKE", server: "MKEDP" },
  ]);
  expect(await readFile(join(root, "MKE/SiteSystems/MKEDP/SMSPKGC$/CEN00001/map.txt"), "utf8")).toBe(
    await readFile(join(root, "../source/map.txt"), "utf8"),
  );

  const second = await spoolnet("run", file, "--exit", "--json", "--root", root).ended();
  const told = facts(second.stdout);

  expect(second.code).toBe(0);
  expect(told.find(({ type }) => type === "package")).toMatchObject({ id: "CEN00001", isNew: false });
  expect(told.filter(({ type }) => type === "event")).toEqual([]);
  expect(told.filter(({ type }) => type === "arrival")).toEqual(
    facts(first.stdout).filter(({ type }) => type === "arrival"),
  );
});

test("emulated time goes on over runs and never back", async ({ file, root }) => {
  const clocks: number[] = [];
  for (let run = 0; run < 2; run++) {
    const { stdout } = await spoolnet("run", file, "--exit", "--json", "--root", root).ended();
    const { clock } = facts(stdout)[0] as { clock: { emulatedMs: number }[] };
    clocks.push(...clock.map(({ emulatedMs }) => emulatedMs));
  }

  expect(clocks[0]).toBe(Date.parse("2003-11-07T22:30:00Z"));
  expect(clocks[1]).toBeGreaterThan(clocks[0] ?? 0);
});

test("an expectation that fails ends the run with 1 and says where the package is not", async ({
  folder,
  file: _,
}) => {
  const { code, stdout } = await spoolnet("run", join(folder, "seconds.yaml"), "--exit", "--quiet").ended();

  expect(code).toBe(1);
  expect(stdout).toContain("failed: Maps on 2 distribution points by +1.0s; not on HQDP, MKEDP");
});

test("a package that cannot be carried fails at once, with the reason", async ({ folder, file }) => {
  await symlink("/etc/hosts", join(folder, "source", "outside"));
  const { code, stdout } = await spoolnet("run", file, "--exit", "--quiet").ended();

  expect(code).toBe(1);
  expect(stdout).toMatch(/! CEN HQDP: CEN00001 has failed: .*"outside"/);
});

test("a run stays up until it is stopped, leaves nothing running, and its folder is gone", async ({
  file,
}) => {
  const run = spoolnet("run", file);
  await run.says("stays up until Ctrl-C");
  const folder = /(\/.*)\/<site>/.exec(await run.says("the folders of the sites"))?.[1] ?? "";
  const url = /http\S+/.exec(await run.says("the SMS Provider           "))?.[0] ?? "";
  expect((await fetch(url)).status).toBe(401);
  expect(await readdir(folder)).toContain("CEN");

  run.child.kill("SIGINT");

  expect((await run.ended()).code).toBe(0);
  await expect(fetch(url)).rejects.toThrow();
  await expect(stat(folder)).rejects.toThrow("ENOENT");
});

test("a run stopped before everything is decided says so by its exit code, and the next goes on", async ({
  folder,
  file,
  root,
}) => {
  const run = spoolnet("run", file, "--exit", "--root", root, "--source", join(folder, "source"));
  await run.says("is defined at CEN");
  run.child.kill("SIGTERM");

  expect((await run.ended()).code).toBe(130);
  expect((await spoolnet("run", file, "--exit", "--root", root).ended()).code).toBe(0);
});

test("a run that was killed is gone on with", async ({ file, root }) => {
  const run = spoolnet("run", file, "--exit", "--root", root);
  await run.says("compressed");
  run.child.kill("SIGKILL");
  await run.ended();
  const again = await spoolnet("run", file, "--exit", "--root", root).ended();

  expect(again.code).toBe(0);
  expect(again.stdout).toContain("is at CEN already");
});

test("a root in use is refused with the process that uses it", async ({ file, root }) => {
  const run = spoolnet("run", file, "--root", root);
  await run.says("is defined at CEN");
  const second = await spoolnet("run", file, "--root", root).ended();
  run.child.kill("SIGTERM");

  expect(second).toMatchObject({ code: 3, stdout: expect.stringContaining("starting") });
  expect(second.stderr).toContain(`is in use by process ${run.child.pid}`);
  expect((await run.ended()).code).toBe(0);
});

test("another source for a package that an earlier run made is refused", async ({ folder, file, root }) => {
  await spoolnet("run", file, "--exit", "--root", root).ended();
  await mkdir(join(folder, "other"));
  const args = ["run", file, "--exit", "--root", root, "--source", join(folder, "other")];
  const { code, stderr } = await spoolnet(...args).ended();

  expect(code).toBe(2);
  expect(stderr).toContain(`was made from ${join(folder, "source")} by an earlier run`);
});

test("a package is traced by its name, from its first file to the last distribution point", async ({
  file,
  root,
}) => {
  await spoolnet("run", file, "--exit", "--root", root).ended();
  const { code, stdout } = await spoolnet("trace", "maps", "--root", root).ended();

  expect(code).toBe(0);
  const order = [
    'CEN00001 "Maps"',
    "left Distmgr.box/CEN00001.PKN",
    "CEN -> MKE, from",
    "Schedule.box/Outboxes/LAN/",
    "\nMKE, from Fri 2003-11-07",
    "installed version 1 on MKEDP",
    "What each site has",
    "Nothing is waited for",
  ];
  const places = order.map((words) => stdout.indexOf(words));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
});

test("the hierarchy started last is traced without saying where it is", async ({ folder, file }) => {
  const own = { TMPDIR: join(folder, "tmp") };
  await mkdir(own.TMPDIR);
  const run = new Spoolnet(["run", file], own);
  await run.says("stays up until Ctrl-C");
  const { code, stdout } = await new Spoolnet(["trace", "CEN00001"], own).ended();
  run.child.kill("SIGTERM");
  await run.ended();

  expect([code, stdout.split("\n")[0]]).toEqual([0, 'CEN00001 "Maps"']);
  await rm(own.TMPDIR, { recursive: true });
});
