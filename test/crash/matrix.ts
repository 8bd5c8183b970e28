/**
 * `npm run test:crash`: a site ends at an operation on its disk and is started again, or its disk fails for a while, and
 * the package must be whole on every distribution point, once, with nothing left behind. A sample drawn with a seed; with
 * `--all` every operation, in as many runs as it takes (`--results`) and on as many machines (`--shard`).
 * See docs/reliability.md.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { siteCodes } from "./matrix/hierarchy.ts";
import { isInShare, Results } from "./matrix/results.ts";
import { runMatrix, wordsOf } from "./matrix/run.ts";
import { crashMode, faultMode, type TrialMode, trialMode } from "./shim/orders.ts";

/** Words for several modes. */
const groups: Readonly<Record<string, readonly TrialMode[]>> = {
  crash: crashMode.options,
  fault: faultMode.options,
};

const { values } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    sample: { type: "string", default: "60" },
    seed: { type: "string" },
    site: { type: "string", multiple: true },
    mode: { type: "string", multiple: true },
    operation: { type: "string" },
    lanes: { type: "string", default: "2" },
    results: { type: "string" },
    shard: { type: "string" },
    minutes: { type: "string" },
  },
});
const seed = Number(values.seed ?? (Math.random() * 2 ** 32) >>> 0);
const stop = new AbortController();
// What was tried until then is told.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort(new Error("interrupted")));
const isOver = values.minutes === undefined ? [] : [AbortSignal.timeout(Number(values.minutes) * 60_000)];
const [share = 1, shares = 1] = (values.shard ?? "1/1").split("/").map(Number);
if (!(Number.isInteger(share) && share >= 1 && share <= shares))
  throw new Error(
    `--shard: expected the number of a share and how many there are, like 1/4, got ${values.shard}`,
  );
const results = values.results === undefined ? undefined : await Results.open(values.results);
const folder = await mkdtemp(join(tmpdir(), "spoolnet-matrix-"));

const verdict = await runMatrix(
  {
    folder,
    seed,
    sites: values.site ?? siteCodes,
    modes: (values.mode ?? ["crash"]).flatMap((mode) => groups[mode] ?? trialMode.parse(mode)),
    sample: values.all ? undefined : Number(values.sample),
    operation: values.operation,
    isMine: (key) => isInShare(key, share, shares),
    results,
    lanes: Number(values.lanes),
    say: console.log,
  },
  AbortSignal.any([stop.signal, ...isOver]),
);
const { operations, trials, before, kinds, met, said, passedBy, failures } = verdict;
for (const trial of passedBy) console.log(`not reached: ${wordsOf(trial)}`);
console.log(
  `crash matrix: ${operations} operations, ${trials} trials of them, ${before} tried before; now ` +
    `${met + failures.length} met at ${kinds} kinds of operation, ${said} times a site said that its disk fails, ` +
    `${passedBy.length} not reached, ${failures.length} failures; seed ${seed}`,
);
if (results) {
  const of = (kind: string) => results.all.filter((tried) => tried.kind === kind).length;
  console.log(
    `in ${values.results}: ${of("met")} met, ${of("passed by")} not reached, ${of("failed")} failed`,
  );
}
if (failures.length === 0) await rm(folder, { recursive: true, force: true });
else console.log(`the folders of the failures are in ${folder}`);
process.exit(failures.length === 0 ? 0 : 1);
