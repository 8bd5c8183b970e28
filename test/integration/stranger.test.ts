/**
 * A hierarchy that somebody makes who has read README and `--help`, and nothing else: five sites, a deadline, a link that
 * is cut. Every step is a command.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { Spoolnet } from "../support/spoolnet-process.ts";
import { test } from "../support/temporary-folder.ts";

const spoolnet = (...args: string[]) => new Spoolnet(args).ended();

const topology = `
name: north
clock: { start: "2003-11-07T18:00:00+01:00", scale: 600 }
sites:
  OSL: { name: Oslo, type: primary, timeZone: Europe/Oslo, distributionPoints: [OSLDP] }
  STO: { name: Stockholm, type: primary, parent: OSL, timeZone: Europe/Stockholm, distributionPoints: [STODP] }
  BER: { name: Bergen, type: secondary, parent: OSL, timeZone: Europe/Oslo, distributionPoints: [BERDP] }
  GOT: { name: Gothenburg, type: secondary, parent: STO, timeZone: Europe/Stockholm, distributionPoints: [GOTDP] }
  MAL: { name: Malmo, type: secondary, parent: STO, timeZone: Europe/Stockholm, distributionPoints: [MALDP] }
links:
  - { between: [OSL, STO], bandwidth: 256 kbit/s, latency: 40 ms }
  - { between: [STO, GOT], bandwidth: 64 kbit/s }
packages:
  - { name: Payroll, site: OSL, size: 1 MB, priority: high, distributionPoints: all }
scenario:
  - { when: Payroll sending OSL STO, cut: [OSL, STO], for: 20m }
expect:
  - { package: Payroll, on: all, by: Sat 18:00 }
  - { nothing: lost }
`;

test("a hierarchy written by hand is validated, run, reported and traced, and keeps its deadline over a cut link", async ({
  folder,
}) => {
  const [file, root, report] = [join(folder, "north.yaml"), join(folder, "run"), join(folder, "run.txt")];
  await writeFile(file, topology);

  expect(await spoolnet("validate", file)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("5 sites, 1 package, 2 expectations"),
  });
  const run = await spoolnet("run", file, "--exit", "--root", root, "--report", report);
  expect([run.code, run.stderr], run.stdout).toEqual([0, ""]);
  expect(run.stdout).toContain("held: Payroll on 5 distribution points by +1d 0h");
  const afterCut = run.stdout.split("> cut the link between OSL and STO for 20m")[1];
  expect(afterCut).toContain("GOT installed OSL00001 version 1 on GOTDP");
  expect(await readFile(report, "utf8")).toContain("cut the link between OSL and STO for 20m");

  for (const [words, ...args] of [
    ["held    nothing lost: 0 losses", "report"],
    ["nothing found", "check"],
    ["installed version 1 on MALDP", "trace", "Payroll"],
  ] as const)
    expect(await spoolnet(...args, "--root", root)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(words),
    });
}, 120_000);

test("a hierarchy made by init gets its cut link by uncommenting what it says, and a slip on the way is told", async ({
  folder,
}) => {
  const file = join(folder, "shops.yaml");
  const wishes = ["--branches", "4", "--size", "200 KB", "--scale", "1200", "--deadline", "+24h"];
  expect(await spoolnet("init", file, ...wishes)).toMatchObject({ code: 0 });
  const text = (await readFile(file, "utf8")).replace("# scenario:", "scenario:");

  await writeFile(file, text.replace("cut: [CEN, B01]", "cut: [CEN, B10]"));
  const slip = await spoolnet("run", file, "--exit");
  expect([slip.code, slip.stdout]).toEqual([2, ""]);
  expect(slip.stderr).toMatch(/shops\.yaml:\d+:\d+: scenario\[0\]\.cut\[1\]: .*"B10".*B01/);

  await writeFile(file, text);
  const run = await spoolnet("run", file, "--exit");
  expect([run.code, run.stderr], run.stdout).toEqual([0, ""]);
  expect(run.stdout).toContain("> cut the link between CEN and B01 for 30m");
  expect(run.stdout).toContain("held: Office Update on 5 distribution points by +1d 0h");
}, 120_000);
