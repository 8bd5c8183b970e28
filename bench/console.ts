/**
 * The console beside 200 embedded sites and 1,000 running transfers and more: `npm run bench:console`. The longest task of
 * the page's main thread while a visitor watches each view for 30 seconds, and the processor that the orchestrator takes
 * meanwhile with all sites in its process, beside what they take while nobody watches. Exit code 1 where a bar is missed.
 * Needs Chromium and Linux. Most of its time goes into beginning the transfers, a fifth of a second of CPU each: it is
 * quicker with TMPDIR in memory, and with `-- --transfers 300`.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { EventSourceParserStream } from "eventsource-parser/stream";
import type { Page } from "playwright-core";

import type { WayEntry } from "../orchestrator/console/live-entries.ts";
import { startBrowser } from "../test/browser/browser.ts";
import { Spoolnet } from "../test/support/spoolnet-process.ts";

const { values: flags } = parseArgs({
  options: {
    transfers: { type: "string", default: "1000" },
    seconds: { type: "string", default: "30" },
  },
});
const watchMs = Number(flags.seconds) * 1000;
/** In milliseconds, and in cores. */
const bars = { longestTaskMs: 200, cores: 1 } as const;

const [regions, branches] = [10, 19] as const;
/** To each branch, as many as it takes: all that are begun are waited for, so that beginning them is not measured. */
const packages = Math.ceil(Number(flags.transfers) / (regions * branches));
const transfersWanted = regions * branches * packages;
const two = (number: number) => String(number).padStart(2, "0");
const ranges = Array.from({ length: regions }, (_, region) => two(region));
const threeOf = (region: string) => `${String.fromCharCode(65 + Number(region))}{01..${two(branches)}}`;

/**
 * Ten regions have the packages at once; over slow links, each sends all of them to its nineteen branches at a time. In real
 * time, since what paces a transfer is a site's work, which grows with what a link carries in a real second.
 */
const topology = `
name: two-hundred
clock: { start: "2003-11-07T17:30:00-05:00", scale: 1 }
defaults: { site: { senders: { LAN: { allSites: ${branches * packages}, perSite: ${packages} } } } }
sites:
  CEN: { name: Headquarters, type: primary, distributionPoints: [] }
${ranges.map((region) => `  R${region}: { type: primary, parent: CEN, distributionPoints: [] }`).join("\n")}
${ranges.map((region) => `  ${threeOf(region)}: { type: secondary, parent: R${region}, distributionPoints: ["{site}DP"] }`).join("\n")}
links:
${ranges.map((region) => `  - { between: [R${region}, "${threeOf(region)}"], bandwidth: 2 kbit/s, latency: 40 ms }`).join("\n")}
packages:
${Array.from({ length: packages }, (_, index) => `  - { name: Package ${index + 1}, site: CEN, size: 2 MB, distributionPoints: all }`).join("\n")}
`;

const countTasks = `
  window.tasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.tasks.push(duration);
  }).observe({ type: "longtask" });
`;

const graph = (page: Page) => page.getByTestId("graph").getByText("R00").waitFor();
/** What is watched: a name, the address, and what a visitor does first. */
const views: [name: string, view: string, prepare: (page: Page) => Promise<unknown>][] = [
  ["the hierarchy, regions collapsed", "", graph],
  [
    "the hierarchy, all levels",
    "",
    async (page) => {
      await graph(page);
      await page.getByRole("button", { name: "All levels" }).click();
      await page.getByTestId("graph").getByText("A01").waitFor();
    },
  ],
  ["a site with 19 children", "site/R00", (page) => page.getByText("Send requests").waitFor()],
  ["the table of sites", "sites", (page) => page.getByRole("link", { name: "J19" }).waitFor()],
];

type At = { readonly address: string; readonly url: string; readonly token: string };

const folder = mkdtempSync(join(tmpdir(), "spoolnet-bench-console-"));
writeFileSync(join(folder, "two-hundred.yaml"), topology);
const run = new Spoolnet(["run", join(folder, "two-hundred.yaml"), "--json", "--root", join(folder, "root")]);
try {
  const startedMs = performance.now();
  const at: At = JSON.parse(await run.says('"type":"console"'));
  console.log(
    `up after ${Math.round((performance.now() - startedMs) / 1000)} s, ${Math.round(cpuSeconds())} s of CPU`,
  );
  const transfers = await untilRunning(at);
  console.log(
    `${transfers} transfers run between ${1 + regions * (1 + branches)} sites after ${Math.round((performance.now() - startedMs) / 1000)} s, ${Math.round(cpuSeconds())} s of CPU`,
  );
  tell("nobody watches", `${(await coresOver(() => sleep(watchMs))).toFixed(2)} cores`);
  const browser = await startBrowser();
  await using _browser = { [Symbol.asyncDispose]: () => browser.close() };
  let isMet = true;
  for (const [name, view, prepare] of views) {
    const page = await browser.newPage({ viewport: { width: 1400, height: 860 } });
    await page.addInitScript(countTasks);
    await page.goto(at.address);
    await page.waitForURL(({ hash }) => !hash.includes("token")); // it has become a cookie
    await page.goto(`${at.url}/#/${view}`);
    await prepare(page);
    await page.evaluate("window.tasks = []");
    const cores = await coresOver(() => page.waitForTimeout(watchMs));
    const tasks = (await page.evaluate("window.tasks")) as number[];
    await page.close();
    const longest = Math.max(0, ...tasks);
    isMet &&= longest <= bars.longestTaskMs && cores < bars.cores;
    tell(
      name,
      `${cores.toFixed(2)} cores, longest task ${Math.round(longest)} ms, ${tasks.length} over 50 ms`,
    );
  }
  console.log(
    `${cpus().length} x ${cpus()[0]?.model}; no task over ${bars.longestTaskMs} ms, under one core: ${isMet ? "met" : "MISSED"}`,
  );
  process.exitCode = isMet ? 0 : 1;
} finally {
  run.child.kill("SIGTERM");
  await run.ended();
  rmSync(folder, { recursive: true, force: true });
}

function tell(what: string, words: string): void {
  console.log(`${what.padEnd(34)} ${words}`);
}

/** Seconds of the processor in a second, of the process that is the orchestrator and all sites. */
async function coresOver(wait: () => Promise<unknown>): Promise<number> {
  const [before, startedMs] = [cpuSeconds(), performance.now()];
  await wait();
  return (cpuSeconds() - before) / ((performance.now() - startedMs) / 1000);
}

function cpuSeconds(): number {
  const fields = readFileSync(`/proc/${run.child.pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100; // user and system time, in ticks of Linux
}

/** Resolves with how many transfers run once there are enough. */
async function untilRunning({ url, token }: At): Promise<number> {
  const enough = new AbortController();
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/api/stream`, { headers, signal: enough.signal });
  const stream = response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  const sending = new Map<string, number>();
  for await (const { data } of stream ?? []) {
    const { entries }: { entries: [key: string, entry: WayEntry][] } = JSON.parse(data);
    for (const [key, entry] of entries) if (key.startsWith("way:")) sending.set(key, entry.sending);
    const count = [...sending.values()].reduce((sum, one) => sum + one, 0);
    if (process.stderr.isTTY) process.stderr.write(`\r${count} transfers run `);
    if (count < transfersWanted) continue;
    enough.abort();
    return count;
  }
  throw new Error("the run ended before its transfers ran");
}
