/**
 * Spoolnet as others install it: built, packed, unpacked below another project's node_modules, and used from there with
 * plain Node and with plain TypeScript. Dependencies are those of this checkout; no registry is asked.
 */
import { execFile } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { x } from "tar";
import { expect } from "vitest";

import { test as base } from "../support/temporary-folder.ts";

const execute = promisify(execFile);
const project = fileURLToPath(new URL("../..", import.meta.url));
const compiler = join(project, "node_modules/.bin/tsc");

/** What a user writes. */
const program = `
import { startHierarchy } from "spoolnet/testing";

const topology = {
  name: "one-site",
  clock: { start: "2003-11-07T17:30:00-05:00", scale: 60 },
  sites: { CEN: { type: "primary", distributionPoints: ["HQDP"] } },
};
for (const driver of ["embedded", "processes"]) {
  await using hierarchy = await startHierarchy({ topology, driver });
  await hierarchy.addPackage({ name: "Maps", size: "10 KB" });
  const [arrival] = await hierarchy.arrived("Maps");
  console.log(driver, arrival?.distributionPoint, arrival?.version);
}
`;

const test = base.extend("outside", async ({ folder }) => {
  await execute(process.execPath, [join(project, "scripts/build.ts"), join(folder, "dist")], {
    env: { ...process.env, PATH: `${dirname(compiler)}:${process.env.PATH}` },
  });
  const { stdout } = await execute("npm", ["pack", join(folder, "dist"), "--silent", "--offline"], {
    cwd: folder,
  });
  const outside = join(folder, "outside");
  const installed = join(outside, "node_modules/spoolnet");
  await mkdir(installed, { recursive: true });
  await x({ file: join(folder, stdout.trim()), cwd: installed, strip: 1 });
  const { dependencies } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  for (const name of [...Object.keys(dependencies), "@types/node"]) {
    await mkdir(dirname(join(outside, "node_modules", name)), { recursive: true });
    await symlink(join(project, "node_modules", name), join(outside, "node_modules", name));
  }
  return outside;
});

test("a package made of the checkout is used from outside with plain Node, and its types are right", async ({
  outside,
}) => {
  await writeFile(join(outside, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(outside, "delivery.js"), program);
  const { stdout } = await execute(process.execPath, ["delivery.js"], { cwd: outside });
  expect(stdout).toBe("embedded HQDP 1\nprocesses HQDP 1\n");

  const help = await execute(process.execPath, ["node_modules/spoolnet/bin/spoolnet.js", "--version"], {
    cwd: outside,
  });
  expect(help.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);

  const wrong =
    'import { startHierarchy } from "spoolnet/testing";\nawait startHierarchy({ topology: 1 });\n';
  await writeFile(join(outside, "right.ts"), rightTypes);
  await writeFile(join(outside, "wrong.ts"), wrong);
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "esnext", "--types", "node"];
  await execute(compiler, [...options, "right.ts"], { cwd: outside });
  await expect(execute(compiler, [...options, "wrong.ts"], { cwd: outside })).rejects.toMatchObject({
    stdout: expect.stringMatching(/^wrong\.ts\(2,24\): error TS\d+: .*$/m),
  });
});

const rightTypes = `
import { startHierarchy, type TestHierarchy } from "spoolnet/testing";

export async function cutFor(hierarchy: TestHierarchy): Promise<Date | undefined> {
  await using _cut = await hierarchy.link("CEN", "CHI").cut();
  const [arrival] = await hierarchy.arrived("Maps", "CEN", { within: "+12h" });
  return arrival?.at;
}
await cutFor(await startHierarchy({ topology: "three-site.yaml", driver: "embedded" }));
`;
