#!/usr/bin/env node
/**
 * The `spoolnet` command. Plain JavaScript for any Node: it installs what is missing, then runs the real
 * command with the Node 26 that the lockfile brings, whatever Node started this file.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

// A checkout has the script and may lack what it installs; the image has everything and no script.
const install = new URL("../scripts/install-when-missing.js", import.meta.url);
if (existsSync(install)) await import(install.href);

const local = fileURLToPath(new URL("../node_modules/node/bin/node", import.meta.url));
/** A checkout and the image have TypeScript, which Node strips; a package has JavaScript. */
const [source, built] = ["ts", "js"].map((type) => new URL(`../orchestrator/cli.${type}`, import.meta.url));
const cli = existsSync(source) ? source : built;
/**
 * As small as V8 keeps a process: three sites that carry 1 GiB then peak at about 185 MB, and take no longer. One helper
 * thread instead of four, which would keep a sender waiting for a core whenever they collect garbage.
 */
const sparing = ["--max-semi-space-size=2", "--optimize-for-size", "--v8-pool-size=1"];

/**
 * What Node has stripped and compiled is kept for the next start, also for sites in processes of their own: a start
 * then takes half the CPU (0.35 s instead of 0.69 s until the options are looked at).
 */
const compiled = fileURLToPath(new URL("../node_modules/.cache/spoolnet", import.meta.url));

function runWith(node) {
  const child = spawn(node, [...sparing, fileURLToPath(cli), ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { NODE_COMPILE_CACHE: compiled, ...process.env },
  });
  // The terminal sends Ctrl-C to both; a signal sent to this process alone is handed on.
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  process.on("SIGINT", () => {});
  child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}

if (existsSync(local)) runWith(local);
else await import(cli.href); // the image: this Node is the right one
