/**
 * `npm run test:soak -- --minutes N --seed S`: twelve sites as processes under everything that goes wrong and everybody
 * who changes their mind, then quiet, then the history checker. What fails is run again with fewer steps, as long as
 * there is time, until a short scenario file is left that fails as well.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { systemWallClock } from "../../orchestrator/wall-clock.ts";
import { shrunk } from "./shrink.ts";
import { type SoakPlan, soakPlan, soakTopology } from "./soak-plan.ts";
import { type Soaked, soak } from "./soak-run.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String((Math.random() * 2 ** 32) >>> 0) },
    /** Real minutes for making a failure smaller. */
    shrink: { type: "string", default: "30" },
  },
});
const [minutes, seed, shrinkMinutes] = [values.minutes, values.seed, values.shrink].map(Number);
if (!(minutes && minutes > 0) || seed === undefined || !Number.isInteger(seed) || shrinkMinutes === undefined)
  throw new Error("expected --minutes N --seed S --shrink N, with numbers");

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
const folder = await mkdtemp(join(tmpdir(), "soak-"));
const plan = soakPlan(seed, minutes);
console.log(
  `soak: --minutes ${minutes} --seed ${seed}: ${plan.steps.length} steps, ${plan.restartsMs.length} restarts of the orchestrator`,
);
const first = await soak(plan, join(folder, "0"), stop.signal);
if (first.failures.length === 0) {
  console.log(`soak: nothing found in ${first.events} events; seed ${seed}`);
  await rm(folder, { recursive: true });
} else {
  process.exitCode = 1;
  console.log(`soak: FAILED, seed ${seed}; all there is to look at is in ${folder}`);
  tell(first);
  await makeSmaller(plan);
}

function tell({ failures }: Soaked): void {
  for (const words of failures.slice(0, 20)) console.log(`  ${words}`);
  if (failures.length > 20) console.log(`  and ${failures.length - 20} more`);
}

async function makeSmaller(whole: SoakPlan): Promise<void> {
  const endMs = systemWallClock.now() + (shrinkMinutes ?? 0) * 60_000;
  let tries = 0;
  const fails = async (steps: SoakPlan["steps"], restartsMs = whole.restartsMs): Promise<boolean> => {
    const tried = join(folder, String(++tries));
    const { failures } = await soak({ ...whole, steps, restartsMs }, tried, stop.signal);
    console.log(
      `soak: try ${tries}, ${steps.length} steps: ${failures.length > 0 ? "fails" : "nothing found"}`,
    );
    await rm(join(tried, "root"), { recursive: true, force: true });
    return failures.length > 0;
  };
  const mayGoOn = () => systemWallClock.now() < endMs && !stop.signal.aborted;
  if (!mayGoOn() || !(await fails(whole.steps)))
    return console.log(`soak: it was not seen again; the scenario that failed once is ${folder}/0/soak.yaml`);
  const restartsMs = mayGoOn() && (await fails(whole.steps, [])) ? [] : whole.restartsMs;
  const steps = await shrunk(whole.steps, (fewer) => fails(fewer, restartsMs), mayGoOn);
  const file = join(folder, "shortest.yaml");
  await writeFile(file, soakTopology({ ...whole, steps }));
  const how = restartsMs.length > 0 ? `, the command killed after ${restartsMs.join(", ")} ms` : "";
  console.log(`soak: ${steps.length} of ${whole.steps.length} steps still fail: ${file}${how}`);
}
