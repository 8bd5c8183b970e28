/**
 * `npm run test:crash`: a site ends at an operation on its disk, is started again, and the package must be whole on every
 * distribution point, once, with nothing left behind. A sample drawn with a seed; with `--all` every operation.
 * See docs/reliability.md.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { siteCodes } from "./matrix/hierarchy.ts";
import { runMatrix, wordsOf } from "./matrix/run.ts";
import { crashMode } from "./shim/orders.ts";

const { values } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    sample: { type: "string", default: "60" },
    seed: { type: "string" },
    site: { type: "string", multiple: true },
    mode: { type: "string", multiple: true },
    operation: { type: "string" },
    lanes: { type: "string", default: "2" },
  },
});
const seed = Number(values.seed ?? (Math.random() * 2 ** 32) >>> 0);
const stop = new AbortController();
process.once("SIGINT", () => stop.abort(new Error("interrupted"))); // what was tried until then is told
const folder = await mkdtemp(join(tmpdir(), "spoolnet-matrix-"));

const verdict = await runMatrix(
  {
    folder,
    seed,
    sites: values.site ?? siteCodes,
    modes: values.mode?.map((mode) => crashMode.parse(mode)) ?? crashMode.options,
    sample: values.all ? undefined : Number(values.sample),
    operation: values.operation,
    lanes: Number(values.lanes),
    say: console.log,
  },
  stop.signal,
);
const { operations, kinds, crashes, passedBy, failures } = verdict;
for (const trial of passedBy) console.log(`not reached: ${wordsOf(trial)}`);
console.log(
  `crash matrix: ${operations} operations, ${crashes + failures.length} crashes at ${kinds} kinds of them, ` +
    `${passedBy.length} not reached, ${failures.length} failures; seed ${seed}`,
);
if (failures.length === 0) await rm(folder, { recursive: true, force: true });
else console.log(`the folders of the failures are in ${folder}`);
process.exit(failures.length === 0 ? 0 : 1);
