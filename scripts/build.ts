/**
 * `npm run build [folder]`: Spoolnet as a package for others, in `dist/`. Node strips no types of what is below
 * node_modules, so a package is JavaScript with declarations, in the folders it has here. `npm pack ./dist` makes
 * the file to install.
 */
import { spawnSync } from "node:child_process";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("..", import.meta.url));
const target = resolve(process.argv[2] ?? join(project, "dist"));

await rm(target, { recursive: true, force: true });
const { status } = spawnSync("tsc", ["-p", join(project, "tsconfig.build.json"), "--outDir", target], {
  stdio: "inherit",
});
if (status !== 0) process.exit(status ?? 1);

const page = spawnSync(process.execPath, [join(project, "scripts/build-page.ts")], { stdio: "inherit" });
if (page.status !== 0) process.exit(page.status ?? 1);
const pagePath = "orchestrator/console/page/dist";
await cp(join(project, pagePath), join(target, pagePath), { recursive: true });

for (const name of ["bin", "topologies", "docs", "README.md", "CHANGELOG.md", "LICENSE"])
  await cp(join(project, name), join(target, name), { recursive: true });

/** What a checkout is for is left out; that it is not published from here by mistake, too. */
const {
  private: _private,
  scripts: _scripts,
  devDependencies: _devDependencies,
  ...manifest
} = JSON.parse(await readFile(join(project, "package.json"), "utf8"));
const built = {
  ...manifest,
  engines: { node: ">=26" },
  exports: {
    "./testing": {
      types: "./orchestrator/testing/start.d.ts",
      default: "./orchestrator/testing/start.js",
    },
    "./package.json": "./package.json",
  },
};
await writeFile(join(target, "package.json"), `${JSON.stringify(built, null, 2)}\n`);
