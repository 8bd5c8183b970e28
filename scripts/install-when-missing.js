/**
 * Runs before `npm start` and `npm test`: installs what the lockfile names when node_modules is missing or
 * is not what the lockfile says. Plain JavaScript for any Node from 18 on, because the Node 26 that runs
 * everything else is itself one of the things installed here.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The packages a lockfile lists, without the root's own entry, which npm leaves out of the hidden lockfile. */
function packagesIn(lockfile) {
  const { "": _root, ...packages } = JSON.parse(readFileSync(lockfile, "utf8")).packages;
  return packages;
}

function isInstalled() {
  try {
    const wanted = packagesIn(`${root}package-lock.json`);
    const present = packagesIn(`${root}node_modules/.package-lock.json`);
    // An optional package for another platform is rightly absent; anything else must be there as locked.
    return Object.entries(wanted).every(
      ([path, entry]) => present[path]?.version === entry.version || (entry.optional && !present[path]),
    );
  } catch {
    return false;
  }
}

if (!isInstalled()) {
  console.error("spoolnet: installing what package-lock.json names (once; needs the npm registry)");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) {
    console.error("spoolnet: npm ci failed; see above. Is the npm registry reachable from here?");
    process.exit(1);
  }
}
