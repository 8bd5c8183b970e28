/**
 * One soak: the command runs its topology with a process a site, is killed and started again, and ends when everything
 * has arrived. Then the sites come to rest, and the history checker reads their journals.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { processesDriver } from "../../orchestrator/drivers/processes.ts";
import { startHierarchy } from "../../orchestrator/hierarchy.ts";
import { findingWords } from "../../orchestrator/history/history-check.ts";
import { historyIn } from "../../orchestrator/history/history-in-folder.ts";
import { loadTopology } from "../../orchestrator/topology/load.ts";
import type { Topology } from "../../orchestrator/topology/plan.ts";
import { systemWallClock, until } from "../../orchestrator/wall-clock.ts";
import { rowsOf, unfinished } from "../support/site-rest.ts";
import { Spoolnet } from "../support/spoolnet-process.ts";
import { type SoakPlan, soakTopology } from "./soak-plan.ts";

const clock = systemWallClock;
/** Real milliseconds that the sites may take to come to rest when everything has arrived. */
const restWithinMs = 180_000;
/** How much longer than its steps a soak may take, in real milliseconds. */
const quietWithinMs = 600_000;

export type Soaked = {
  /** What was found, in words; nothing is nothing found. */
  readonly failures: readonly string[];
  readonly events: number;
  readonly file: string;
};

/** `folder` is empty, and keeps all there is to look at. */
export async function soak(plan: SoakPlan, folder: string, signal: AbortSignal): Promise<Soaked> {
  const root = join(folder, "root");
  const file = join(folder, "soak.yaml");
  await mkdir(folder, { recursive: true });
  await writeFile(file, soakTopology(plan));
  const failures = await played(plan, file, root, signal);
  const topology = await loadTopology(file);
  if (failures.length === 0) failures.push(...(await restless(topology, root, signal)));
  const check = await historyIn(root);
  // Where it never came to rest, that there is still something to do is no news.
  const findings = check.findings(failures.length === 0);
  failures.push(...findings.map((finding) => findingWords(finding)));
  for (const { code } of topology.sites) {
    const integrity = rowsOf(join(root, code), "PRAGMA integrity_check");
    if (JSON.stringify(integrity) !== '[{"integrity_check":"ok"}]')
      failures.push(`the database of site ${code}: ${JSON.stringify(integrity)}`);
  }
  return { failures, events: check.eventCount, file };
}

/** The command, killed and started again as planned, to its end. */
async function played(plan: SoakPlan, file: string, root: string, signal: AbortSignal): Promise<string[]> {
  const startedMs = clock.now();
  const restarts = [...plan.restartsMs];
  for (;;) {
    signal.throwIfAborted();
    const run = new Spoolnet(["run", file, "--exit", "--driver", "processes", "--root", root]);
    const over = new AbortController();
    const untilMs = startedMs + (restarts.shift() ?? plan.minutes * 60_000 + quietWithinMs);
    const isEnded = await Promise.race([
      run.ended().then(() => true),
      clock.sleep(untilMs - clock.now(), AbortSignal.any([signal, over.signal])).then(() => false),
    ]);
    over.abort();
    if (!isEnded) await killWithSites(run);
    const { code, stdout, stderr } = await run.ended();
    await writeFile(join(root, `../run-${clock.now()}.log`), `${stdout}\n${stderr}`);
    if (isEnded && code === 0) return [];
    if (isEnded) return [`the run ended with ${code}: ${lastWords(stdout)} ${stderr.slice(-2_000)}`];
    if (clock.now() - startedMs >= plan.minutes * 60_000 + quietWithinMs)
      return [`the run did not come to its end in time: ${lastWords(stdout)}`];
    await sitesGone(root, signal);
  }
}

/** A site that is paused ends only when it goes on and hears that the process that started it is gone. */
async function killWithSites({ child }: Spoolnet): Promise<void> {
  const listed = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").catch(() => "");
  child.kill("SIGKILL");
  for (const pid of listed.split(" ").map(Number).filter(Boolean)) {
    try {
      process.kill(pid, "SIGCONT");
    } catch {
      // it is gone already
    }
  }
}

/** Sites end with the process that started them, a moment later. */
async function sitesGone(root: string, signal: AbortSignal): Promise<void> {
  const record = await readFile(join(root, "hierarchy.json"), "utf8").catch(() => "{}");
  const { sites = [] } = JSON.parse(record) as { sites?: { url: string }[] };
  const patience = { everyMs: 100, withinMs: 30_000, signal };
  await until(clock, patience, async () => {
    const answers = await Promise.all(
      sites.map(({ url }) =>
        fetch(`${url}/health`, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined),
      ),
    );
    return answers.every((answer) => answer === undefined) ? true : undefined;
  });
}

/** Starts the sites once more, undisturbed; what is left to do when their time is up, or by a site that stopped. */
async function restless(topology: Topology, root: string, signal: AbortSignal): Promise<string[]> {
  let left: string[] = [];
  {
    await using _hierarchy = await startHierarchy({
      topology,
      driver: processesDriver({ wallClock: clock, environment: process.env }),
      root,
      isRootKept: true,
      administratorToken: undefined,
      wallClock: clock,
      signal,
      say: () => {},
    });
    let before = "";
    await until(clock, { everyMs: 250, withinMs: restWithinMs, signal }, async () => {
      left = await leftAt(topology, root);
      const events = String((await historyIn(root)).eventCount);
      const isAtRest = left.length === 0 && events === before; // two looks, for files move while one looks
      before = events;
      return isAtRest ? true : undefined;
    });
  }
  return left.map((what) => `does not come to rest: ${what}`);
}

async function leftAt({ sites }: Topology, root: string): Promise<string[]> {
  const looks = sites.map(async ({ code }) => {
    const left = await unfinished(join(root, code)).catch((error: unknown) => [String(error)]);
    return left.map((what) => `site ${code}: ${what}`);
  });
  return (await Promise.all(looks)).flat();
}

/** What became of what was expected is told at the end. */
function lastWords(stdout: string): string {
  return stdout.split("\n").slice(-25).join("\n");
}
