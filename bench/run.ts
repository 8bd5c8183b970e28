/**
 * Spoolnet beside its peers: `npm run bench [-- --quick] [--only <part of a name>] [--rounds 3]`. Contenders take turns,
 * round after round; medians, spread and ratios are shown, and kept with machine and versions in bench/results/.
 * Exit code 1 where a bar is missed.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir, totalmem, type } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { percentile } from "../orchestrator/load/statistics.ts";
import { table } from "../orchestrator/words.ts";
import { memoryFolder } from "../test/support/memory-folder.ts";
import type { Contender, Measure } from "./contest/measure.ts";
import { busyParent } from "./measures/busy-parent.ts";
import { files } from "./measures/files.ts";
import { footprint } from "./measures/footprint.ts";
import { manyFiles } from "./measures/many-files.ts";
import { packages } from "./measures/packages.ts";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    rounds: { type: "string", default: "5" },
  },
});

type Row = { readonly name: string; readonly values: number[] };
type Result = {
  readonly measure: Measure;
  readonly rows: Row[];
  readonly ratio: number;
  readonly isMet: boolean;
};

const scratch = mkdtempSync(join(tmpdir(), "spoolnet-bench-"));
try {
  const all = [files, packages, manyFiles, busyParent, footprint].flatMap((of) =>
    of(scratch, { isQuick: flags.quick }),
  );
  const wanted = all.filter(({ name }) => name.includes(flags.only));
  const results: Result[] = [];
  for (const measure of wanted) {
    try {
      results.push(await contest(measure));
    } catch (error) {
      console.error(`${measure.name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (flags.only === "") keep(results); // a part of it must not pass for the whole
  for (const line of shown(results)) console.log(line);
  process.exitCode = results.length === wanted.length && results.every(({ isMet }) => isMet) ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function contest(measure: Measure): Promise<Result> {
  const present = measure.contenders.filter(({ name, absent }) => {
    const why = absent?.();
    if (why) console.error(`${measure.name}: ${name} is left out: ${why}`);
    return !why;
  });
  const rows = present.map(({ name }): Row => ({ name, values: [] }));
  for (let round = 0; round < (measure.once ? 1 : Number(flags.rounds)); round++) {
    for (const [index, contender] of present.entries()) {
      const where = (measure.inMemory && memoryFolder()) || scratch;
      rows[index]?.values.push(await once(contender, where));
    }
  }
  const [ours, peer] = rows.map(({ values }) => median(values));
  const against = "ratio" in measure.bar ? (peer ?? Number.NaN) : measure.bar.value;
  const better = measure.isMoreBetter ? (ours ?? 0) / against : against / (ours ?? 0);
  const isMet = better >= ("ratio" in measure.bar ? measure.bar.ratio : 1);
  console.error(
    `${measure.name}: ${rows.map(({ name, values }) => `${name} ${number(median(values))}`).join("; ")}`,
  );
  return { measure, rows, ratio: better, isMet };
}

async function once(contender: Contender, where: string): Promise<number> {
  const folder = mkdtempSync(join(where, "spoolnet-bench-run-"));
  try {
    return await contender.run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function median(values: readonly number[]): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    50,
  );
}

function number(value: number): string {
  return value.toPrecision(3).replace(/e\+?(\d+)$/, " x 10^$1");
}

function shown(results: readonly Result[]): string[] {
  const head = ["", "median", "least", "most", "unit", "ratio", "bar", ""];
  const lines = results.flatMap(({ measure, rows, ratio, isMet }) => [
    [measure.title, "", "", "", "", "", "", ""],
    ...rows.map(({ name, values }, index) => [
      `  ${name}`,
      number(median(values)),
      number(Math.min(...values)),
      number(Math.max(...values)),
      measure.unit,
      index === 0 ? ratio.toFixed(2) : "",
      index > 0
        ? ""
        : "ratio" in measure.bar
          ? String(measure.bar.ratio)
          : `${measure.bar.value} ${measure.unit}`,
      index > 0 ? "" : isMet ? "met" : "missed",
    ]),
  ]);
  return table([head, ...lines], new Set([1, 2, 3, 5]));
}

function keep(results: readonly Result[]): void {
  const folder = join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  const versions = Object.fromEntries(
    [
      ["nginx", "-v"],
      ["curl", "-V"],
      ["rclone", "version"],
      ["rsync", "--version"],
    ].map(([program = "", flag = ""]) => {
      const { stdout, stderr } = spawnSync(program, [flag], { encoding: "utf8" });
      return [program, `${stdout ?? ""}${stderr ?? ""}`.split("\n")[0] || "not installed"];
    }),
  );
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const kept = {
    date: new Date().toISOString(),
    commit,
    isQuick: flags.quick,
    machine: {
      cpus: `${cpus().length} x ${cpus()[0]?.model.trim()}`,
      memoryBytes: totalmem(),
      system: `${type()} ${release()}`,
    },
    versions: { node: process.version, ...versions },
    measures: results.map(({ measure: { name, title, unit, bar }, rows, ratio, isMet }) => ({
      ...{ name, title, unit, bar, ratio, isMet },
      rows: rows.map((row) => ({ ...row, median: median(row.values) })),
    })),
  };
  writeFileSync(join(folder, flags.quick ? "quick.json" : "full.json"), `${JSON.stringify(kept, null, 1)}\n`);
}
