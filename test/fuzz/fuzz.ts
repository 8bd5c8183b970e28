/**
 * `npm run test:fuzz [-- --inputs N --seed S --surface share|archive|inbox|provider|topology]`: hostile inputs on what a
 * site takes from others. Prints what became of them, and what the attacked process had of the machine before and
 * after; at the end the site must still deliver a package. Exit code 1 when an input was accepted or something crashed.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { AttackedSite, type Usage } from "./attacked-site.ts";
import { runSurface, type SurfaceName, surfaceNames } from "./run-surface.ts";

/** Of all inputs; those that cost a disk's flush or a connection of their own are fewer. */
const shares: Readonly<Record<SurfaceName, number>> = {
  share: 0.15,
  archive: 0.08,
  inbox: 0.12,
  provider: 0.6,
  topology: 0.05,
};

const { values: flags } = parseArgs({
  options: {
    inputs: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 32)) },
    surface: { type: "string", default: "" },
  },
});
const inputs = Number(flags.inputs);
const seed = Number(flags.seed);
const chosen = surfaceNames.filter((name) => flags.surface === "" || name === flags.surface);
if (!Number.isInteger(inputs) || inputs < 1 || !Number.isInteger(seed) || chosen.length === 0) {
  console.error(
    `expected --inputs and --seed as whole numbers, --surface as one of ${surfaceNames.join(", ")}`,
  );
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), "spoolnet-fuzz-"));
console.log(`seed ${seed}, ${inputs} inputs`);
const begin = performance.now();
let findings = 0;
try {
  await using site = await AttackedSite.start(folder);
  await site.delivers();
  for (const surface of chosen) {
    const part = chosen.length === 1 ? 1 : shares[surface];
    const since = performance.now();
    const tried = await runSurface(surface, { site, inputs: Math.ceil(inputs * part), seed });
    findings += tried.findingCount;
    const answers = Object.entries(tried.answers).map(([label, count]) => `${label} ${count}`);
    console.log(
      `${surface}: ${tried.inputs} inputs in ${seconds(since)}, findings ${tried.findingCount}; ${answers.sort().join(", ")}; ` +
        `resident ${words(tried.before)} -> ${words(tried.after)}`,
    );
    for (const { verdict, label, input } of tried.findings) console.log(`  ${verdict} (${label}): ${input}`);
  }
  await site.delivers();
  console.log(`a package was delivered afterwards; ${seconds(begin)} in all, findings ${findings}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = findings > 0 ? 1 : 0;

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

function words(usage: Usage | undefined): string {
  if (!usage) return "unknown";
  return `${(usage.residentBytes / 2 ** 20).toFixed(1)} MiB with ${usage.descriptors} descriptors`;
}
