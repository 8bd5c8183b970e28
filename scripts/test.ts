/**
 * `npm test`: lint, types, then the tests; those in containers wherever a Docker engine answers.
 * SPOOLNET_CONTAINERS=required makes a missing engine a failure, =off leaves the container tests out.
 * Arguments go to vitest: `npm test -- inbox` runs what has `inbox` in its path.
 */
import { spawnSync } from "node:child_process";

const filters = process.argv.slice(2);

function run(command: string, ...args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (error) console.error(`spoolnet: cannot run ${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function engineAnswers(): boolean {
  return spawnSync("docker", ["info"], { stdio: "ignore", timeout: 15_000 }).status === 0;
}

run("biome", "check", ".");
run("tsc", "--noEmit");
run("tsc", "--noEmit", "-p", "orchestrator/console/page");

const wish = process.env.SPOOLNET_CONTAINERS;
const withContainers = wish !== "off" && engineAnswers();
if (wish === "required" && !withContainers) {
  console.error("spoolnet: SPOOLNET_CONTAINERS=required, and no Docker engine answers (`docker info` fails)");
  process.exit(1);
}
if (!withContainers) console.log("spoolnet: no Docker engine answers, so the container tests are left out");
const projects = withContainers ? ["--project=plain", "--project=containers"] : ["--project=plain"];
run("vitest", "run", "--passWithNoTests", ...projects, ...filters);
