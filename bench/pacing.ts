/**
 * How exactly a rate is kept, seen at the receiver from outside the sending process, beside the throttled clients
 * people use: `npm run bench:pacing [-- --quick] [--json] [--only <part of a row's name>]`.
 *
 * Each run: a steady time, then the path stands still, then it goes on, and at the end (Spoolnet) the limit is halved.
 * Exit code 1 when a row of Spoolnet's misses a bar.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { type Kept, measure, measurePulses, type Plan } from "./pacing/measure.ts";
import { type Client, peers, spoolnet, tapTo } from "./pacing/peers.ts";
import type { LimitKind } from "./pacing/sending.ts";
import type { Noted } from "./pacing/tap.ts";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    only: { type: "string", default: "" },
  },
});

type Row = {
  readonly client: Client;
  readonly rateName: string;
  readonly scale: number;
  /** Bytes per real second. */
  readonly rate: number;
  readonly isOurs: boolean;
  /** Blocks and pauses instead of a rate; the pause in real milliseconds. */
  readonly pulse?: { readonly blockBytes: number; readonly pauseMs: number };
};
type Result = Kept & Pick<Row, "rateName" | "scale" | "isOurs"> & { readonly name: string };

const rates: readonly [name: string, bytesPerSecond: number][] = [
  ["33.6 kbit/s", 4200],
  ["64 kbit/s", 8000],
  ["1 MiB/s", 2 ** 20],
  ["10 MiB/s", 10 * 2 ** 20],
  ["100 MiB/s", 100 * 2 ** 20],
];
/** Beyond this nothing is paced: a loopback transfer of two processes on two cores does not reach it. */
const mostBytesPerSecond = 200 * 2 ** 20;
/** No line is faster. */
const mostRasBytesPerSecond = 2 ** 20;
const bars = { meanErrorPercent: 0.1, worstTenth: 1.1, worstSecond: 1.02, boundaryMs: 50 };

const times = flags.quick
  ? { steadyMs: 3000, stillMs: 1500, afterMs: 1500 }
  : { steadyMs: 10_000, stillMs: 6000, afterMs: 3000 };
const settleMs = 500;
/** Rows this slow cost next to nothing, so some of them run at the same time. */
const slowBytesPerSecond = 10_000;
const mostTogether = 3;
/** In memory where that can be had: what is measured is the pace, not the disk. */
const scratch = writable("/dev/shm") ? "/dev/shm" : tmpdir();
const halveAfterMs = times.steadyMs + times.stillMs + times.afterMs + 2 * settleMs;
const wholeMs = halveAfterMs + 2 * settleMs;

function rows(): Row[] {
  const all: Row[] = [];
  const chosen = flags.quick ? rates.filter((_, index) => index % 2 === 1) : rates;
  for (const [rateName, bytesPerSecond] of chosen) {
    for (const client of peers) {
      all.push({ rateName, scale: 1, rate: bytesPerSecond, client, isOurs: false });
    }
    for (const scale of [1, 60]) {
      const rate = bytesPerSecond * scale;
      if (rate > mostBytesPerSecond) {
        console.error(`${rateName} at scale ${scale} is left out: more than a loopback transfer here can do`);
        continue;
      }
      const pulse = { blockBytes: Math.max(1024, Math.round(bytesPerSecond)), pauseMs: 1000 };
      const row = { rateName, scale, rate, isOurs: true };
      const ours = (kind: LimitKind) => spoolnet({ scale, bytesPerSecond, halveAfterMs, kind, pulse });
      for (const kind of ["fixed", "percent", "link"] as const) all.push({ ...row, client: ours(kind) });
      if (bytesPerSecond >= mostRasBytesPerSecond) continue;
      for (const kind of ["line", "line percent"] as const) all.push({ ...row, client: ours(kind) });
      if (bytesPerSecond <= pulse.blockBytes && pulse.blockBytes <= 256 * 1024) {
        const real = { blockBytes: pulse.blockBytes, pauseMs: pulse.pauseMs / scale };
        all.push({ ...row, client: ours("pulse"), pulse: real });
      }
    }
  }
  return all;
}

function isWanted({ client, rateName, scale }: Row): boolean {
  return !client.absent() && `${client.name} ${rateName} ${scale}`.includes(flags.only);
}

/** In the order given, several at a time where they hardly cost anything. */
function together(all: readonly Row[]): Row[][] {
  const groups: Row[][] = [];
  for (const row of all) {
    const last = groups.at(-1);
    const isSlow = row.rate <= slowBytesPerSecond;
    const fits =
      isSlow && last && last.length < mostTogether && last.every((one) => one.rate <= slowBytesPerSecond);
    if (fits) last.push(row);
    else groups.push([row]);
  }
  return groups;
}

async function run({ client, rate, rateName, scale, isOurs, pulse }: Row): Promise<Result> {
  const folder = mkdtempSync(join(scratch, "spoolnet-pacing-"));
  const plan: Plan = { rate, ...times };
  const receiver = await client.receiver(folder);
  const stillAfterMs = times.steadyMs + settleMs;
  const tap = await tapTo({
    port: receiver.port,
    protocol: client.protocol,
    stillAfterMs,
    stillForMs: times.stillMs,
  });
  // More than it can send: the run is ended, not finished.
  const bytes = Math.ceil((rate * (wholeMs + 3000)) / 1000) + 2 ** 24;
  const { process: sender, halvedMs } = await client.start(folder, tap.port, rate, bytes);
  await new Promise((resolve) => setTimeout(resolve, wholeMs));
  tap.process.send("enough");
  const [noted] = (await once(tap.process, "message")) as [Noted];
  sender.kill("SIGKILL");
  receiver.process.kill("SIGKILL");
  await Promise.all([ended(sender), ended(receiver.process)]);
  rmSync(folder, { recursive: true, force: true });
  const arrivals = noted.arrivals.map(([atMs, count]) => ({ atMs, bytes: count }));
  return {
    name: client.name,
    rateName,
    scale,
    isOurs,
    ...(pulse
      ? measurePulses(arrivals, pulse, plan, noted.stillUntilMs)
      : measure(arrivals, plan, noted.stillUntilMs, halvedMs)),
  };
}

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

function distance(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.abs(value);
}

function misses(result: Result): string[] {
  if (!result.isOurs) return [];
  const over: [string, number | undefined, number][] = [
    ["mean", distance(result.meanErrorPercent), bars.meanErrorPercent],
    ["100 ms", result.worstTenth, bars.worstTenth],
    ["1 s", result.worstSecond, bars.worstSecond],
    ["100 ms after the stall", result.stallTenth, bars.worstTenth],
    ["1 s after the stall", result.stallSecond, bars.worstSecond],
    ["boundary", distance(result.boundaryMs), bars.boundaryMs],
  ];
  return over.filter(([, value, bar]) => value !== undefined && !(value <= bar)).map(([name]) => name);
}

const shown = (value: number | undefined, digits: number) =>
  value === undefined ? "-" : Number.isNaN(value) ? "none" : value.toFixed(digits);

function line(result: Result): string {
  const { rateName, scale, name } = result;
  const cells = [
    rateName.padEnd(12),
    String(scale).padStart(3),
    name.padEnd(20),
    shown(result.meanErrorPercent, 3).padStart(9),
    shown(result.worstTenth, 3).padStart(8),
    shown(result.worstSecond, 3).padStart(7),
    shown(result.stallTenth, 3).padStart(8),
    shown(result.stallSecond, 3).padStart(7),
    shown(result.boundaryMs, 1).padStart(8),
    misses(result).join(", "),
  ];
  return cells.join("  ").trimEnd();
}

for (const client of peers) {
  const why = client.absent();
  if (why) console.error(`${client.name} is left out: ${why}`);
}
const header =
  "rate         scale who                     mean %   100 ms      1 s  100 ms*    1 s*  bound ms  misses";
if (!flags.json)
  console.log(`${header}\n(multiples of the rate; * after the path stood still ${times.stillMs / 1000} s)`);
const results: Result[] = [];
for (const some of together(rows().filter(isWanted))) {
  for (const result of await Promise.all(some.map(run))) {
    results.push(result);
    if (!flags.json) console.log(line(result));
  }
}
if (flags.json) console.log(JSON.stringify({ times, bars, results }, null, 1));
if (results.some((result) => misses(result).length > 0)) process.exitCode = 1;
