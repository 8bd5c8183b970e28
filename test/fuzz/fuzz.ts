/**
 * `npm run test:fuzz [-- --inputs N --seed S --surface share|slow|archive|inbox|provider|topology]`: hostile inputs on
 * what a site takes from others. Prints, for each surface, how many of which kind were tried, what became of them, and
 * what the attacked process had of the machine: at the start, after a tenth (what is loaded and compiled once is there
 * then), after each quarter, at the end. After each the site must still deliver a package. Exit code 1 when an input was
 * accepted, something crashed, or memory grew.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { AttackedSite } from "./attacked-site.ts";
import { runSurface, type SurfaceName, surfaceNames } from "./run-surface.ts";
import type { Usage } from "./usage.ts";

/**
 * Of all inputs, by what one costs: below a millisecond at the Provider, 2 for a topology; several where the disk is
 * flushed, a connection is made or an archive unpacked, 40 for a slow sender.
 */
const shares: Readonly<Record<SurfaceName, number>> = {
  share: 0.06,
  slow: 0.003,
  archive: 0.035,
  inbox: 0.06,
  provider: 0.722,
  topology: 0.12,
};

const mostGrowthBytes = 6 * 2 ** 20;
const mostMoreDescriptors = 8;

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
let total = 0;
try {
  await using site = await AttackedSite.start(folder);
  await site.delivers();
  for (const surface of chosen) {
    const part = chosen.length === 1 ? 1 : shares[surface];
    const since = performance.now();
    const tried = await runSurface(surface, { site, inputs: Math.ceil(inputs * part), seed });
    findings += tried.findingCount;
    const { attacker, site: attacked } = tried.processorMs;
    console.log(
      `${surface}: ${tried.inputs} inputs in ${seconds(performance.now() - since)}, findings ${tried.findingCount}; ` +
        `processor ${seconds(attacker)} here, ${seconds(attacked)} at the site`,
    );
    console.log(`  tried: ${counts(tried.kinds)}`);
    console.log(`  became: ${counts(tried.answers)}`);
    console.log(`  memory: ${tried.usage.map(words).join(" | ")}`);
    for (const { verdict, label, input } of tried.findings) console.log(`  ${verdict} (${label}): ${input}`);
    const growth = growthOf(tried.usage);
    if (growth !== undefined) {
      findings += 1;
      console.log(`  memory grew: ${growth}`);
    }
    await site.delivers();
    console.log("  a package was delivered afterwards");
    total += tried.inputs;
  }
  console.log(`${total} inputs in ${seconds(performance.now() - begin)}, findings ${findings}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = findings > 0 ? 1 : 0;

/** From after the first tenth to the end, in words; undefined where it is within what code compiled later takes. */
function growthOf(memory: readonly Usage[]): string | undefined {
  const [before, after] = [memory[1], memory.at(-1)];
  if (!before || !after) return undefined;
  const heap = after.heapBytes + after.bufferBytes - before.heapBytes - before.bufferBytes;
  const descriptors = after.descriptors - before.descriptors;
  if (heap <= mostGrowthBytes && descriptors <= mostMoreDescriptors) return undefined;
  return `${(heap / 2 ** 20).toFixed(1)} MiB of objects and buffers, ${descriptors} descriptors`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function counts(of: Readonly<Record<string, number>>): string {
  return Object.entries(of)
    .map(([label, count]) => `${label} ${count}`)
    .sort()
    .join(", ");
}

function words({ heapBytes, bufferBytes, residentBytes, descriptors }: Usage): string {
  const [heap, buffers, resident] = [heapBytes, bufferBytes, residentBytes].map((bytes) =>
    (bytes / 2 ** 20).toFixed(1),
  );
  return `heap ${heap} + buffers ${buffers}, resident ${resident} MiB, ${descriptors} descriptors`;
}
