/**
 * Killed with SIGKILL at any moment and started again, a site loses nothing and delivers once.
 * Three sites as processes carry packages down and status up while each is killed many times, at moments chosen by
 * what it writes. SPOOLNET_SEED repeats the choices of a run; the processes still have a pace of their own.
 */
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { standardAddress } from "../../domain/address.ts";
import { siteCode } from "../../domain/identifiers.ts";
import { type JournalEvent, journalEvent } from "../../domain/journal.ts";
import { parseRateLimit } from "../../domain/rate-limit-words.ts";
import { parseSchedule } from "../../domain/schedule-words.ts";
import { assertHistory, HistoryCheck } from "../../orchestrator/history/history-check.ts";
import { systemWallClock, until } from "../../orchestrator/wall-clock.ts";
import { PackageAdministrator } from "../support/package-administrator.ts";
import { Random } from "../support/random.ts";
import { expectSameTree } from "../support/same-tree.ts";
import { type SiteOfTest, type SiteProcess, SiteProcesses, stateOf } from "../support/site-processes.ts";
import { rowsOf, unfinished, unlikeTheirRows } from "../support/site-rest.ts";
import { test } from "../support/temporary-folder.ts";
import { killAtRandom } from "./killer.ts";
import { allPoints, type Wanted, Workload } from "./workload.ts";

const [cen, chi, mke] = ["CEN", "CHI", "MKE"].map((code) => siteCode.parse(code)) as [
  SiteOfTest["code"],
  SiteOfTest["code"],
  SiteOfTest["code"],
];
const sites: readonly SiteOfTest[] = [
  { code: cen, type: "primary", parent: null, distributionPoints: ["HQDP"], managementPoints: ["CENMP"] },
  {
    code: chi,
    type: "primary",
    parent: cen,
    distributionPoints: ["CHIDP1", "CHIDP2"],
    clientAccessPoints: ["CHICAP"],
  },
  { code: mke, type: "secondary", parent: chi, distributionPoints: ["MKEDP"] },
];

/** Emulated time is fast, so that waiting for retries costs little. */
const scale = 12_000;
/**
 * From parent to child: a fifth of the time closed to low and medium, a tenth to all, and by day not faster than an
 * emulated rate that comes to 30 MB a real second. The recorders (site-preload.ts) look whether that is kept.
 */
const addresses = {
  down: [
    {
      ...standardAddress,
      schedule: parseSchedule({ "daily 03-08": "high only", "daily 12-14": "closed" }),
      rateLimit: parseRateLimit({ "daily 08-20": "20 kbit/s" }),
    },
  ],
  up: [standardAddress],
};
/** Real milliseconds. How long the hierarchy may take to come to rest after the last kill: only for a test that fails. */
const restWithinMs = 600_000;

test("sites that are killed at any moment lose nothing and deliver once", { timeout: 1_200_000 }, async ({
  folder,
  signal,
}) => {
  const random = new Random(Number(process.env.SPOOLNET_SEED ?? (Math.random() * 2 ** 32) >>> 0));
  console.log(`random kills: SPOOLNET_SEED=${random.seed} repeats them`);
  await using processes = await SiteProcesses.make(
    process.env.SPOOLNET_CRASH_ROOT ?? folder,
    sites,
    scale,
    signal,
  );
  await startForTheFirstTime(processes, random);
  const workload = new Workload(
    join(folder, "sources"),
    new PackageAdministrator(processes.central, processes.signal),
    random.fork(),
  );
  const kills = await killAtRandom(processes, workload, random);
  while (!workload.isDone) workload.next();
  await workload.finished();
  await comeToRest(processes, workload.wanted());

  const journals = new Map(
    await Promise.all(processes.all.map(async (site) => [site, await journalOf(site)] as const)),
  );
  assertHistory(HistoryCheck.of([...journals.values()].flat()), true);
  for (const [site, events] of journals) expectDeliveredOnce(site, events, workload.wanted());
  for (const wanted of workload.wanted()) await expectInPlace(processes, wanted);
  for (const site of processes.all) expectStatusKnown(processes.central, site);
  for (const site of processes.all) {
    expect(await site.stop(), `exit code of ${site.code}`).toBe(0);
    expect(await unfinished(site.root), `what site ${site.code} has left unfinished`).toEqual([]);
    expect(await unlikeTheirRows(site.root), `compressed copies of ${site.code}`).toEqual([]);
    expect(rowsOf(site.root, "PRAGMA integrity_check"), site.code).toEqual([{ integrity_check: "ok" }]);
  }
  const resumed = [...journals.values()]
    .flat()
    .filter(({ action, offset }) => action === "sending" && (offset ?? 0) > 0);
  console.log(
    `random kills: ${kills.size} sites killed: ${[...kills].map(([code, count]) => `${code} ${count}`).join(", ")} times, ` +
      `beside ${(await processes.places()).size} different steps; ${workload.wanted().length} packages changed ` +
      `${workload.steps} times, ${resumed.length} transfers resumed; seed ${random.seed}`,
  );
});

/** Brings every site up, killed once while it did not even have its folders, and has them attached. */
async function startForTheFirstTime(processes: SiteProcesses, random: Random): Promise<void> {
  await processes.central.start();
  await processes.central.stop(); // leaves its code compiled for all later starts
  for (const site of processes.all) {
    await rm(site.root, { recursive: true, force: true });
    await site.start({ killSeed: random.seedOfAnother() });
    await site.kill();
  }
  await Promise.all(processes.all.map((site) => site.start()));
  await processes.attach(sites, addresses);
}

/** Resolves once the central site has heard that everything is where it should be, and nobody has anything left to do. */
async function comeToRest(processes: SiteProcesses, wanted: readonly Wanted[]): Promise<void> {
  let last: string[] = [];
  let before = "";
  const patience = { everyMs: 100, withinMs: restWithinMs, signal: processes.signal };
  const rest = await until(systemWallClock, patience, async () => {
    const { left, lengths } = await stateOf(processes);
    last = [...left, ...(await missing(processes.central, wanted))];
    const isAtRest = last.length === 0 && lengths === before; // two looks, for files move while one looks
    before = lengths;
    return isAtRest ? true : undefined;
  });
  if (!rest) throw new Error(`the hierarchy does not come to rest:\n${last.join("\n")}`);
}

async function missing(central: SiteProcess, wanted: readonly Wanted[]): Promise<string[]> {
  const found: string[] = [];
  for (const { id, version, points } of wanted) {
    const copies = await central.client.provider.copies(id);
    const expected = points.map(([at, server]) => `${id} ${version} installed at ${at} ${server}`);
    const said = copies.map(
      ({ site, server, sourceVersion, state }) => `${id} ${sourceVersion} ${state} at ${site} ${server}`,
    );
    found.push(...expected.filter((line) => !said.includes(line)).map((line) => `not yet: ${line}`));
    found.push(...said.filter((line) => !expected.includes(line)).map((line) => `still: ${line}`));
  }
  return found;
}

async function journalOf({ root }: SiteProcess): Promise<JournalEvent[]> {
  const text = await readFile(join(root, "journal.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => journalEvent.parse(JSON.parse(line)));
}

function expectDeliveredOnce(
  { code }: SiteProcess,
  events: readonly JournalEvent[],
  wanted: readonly Wanted[],
): void {
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  const once = (what: string, names: readonly string[]) => {
    const repeated = names.filter((name, index) => names.indexOf(name) !== index);
    expect(repeated, `${what} more than once at ${code}`).toEqual([]);
  };
  const of = (action: JournalEvent["action"]) => events.filter((event) => event.action === action);
  const isBack = ({ packages, server }: JournalEvent) =>
    wanted.some(
      ({ id, returned }) =>
        packages?.includes(id) && returned.some(([, back]) => !server || back === server.toString()),
    );
  const version = ({ packages, sourceVersion, server }: JournalEvent) =>
    `${packages} version ${sourceVersion}${server ? ` on ${server}` : ""}`;
  const first = (event: JournalEvent) => !isBack(event); // what is back where it was taken off was delivered again
  once("installed", of("installed").filter(first).map(version));
  once("stored", of("stored").filter(first).map(version));
  once(
    "committed",
    of("renamed").flatMap(({ file }) => (file?.endsWith(".SNI") ? file : [])),
  );
}

async function expectInPlace({ all }: SiteProcesses, { id, source, points }: Wanted): Promise<void> {
  for (const [code, server] of allPoints) {
    const root = all.find((site) => site.code === code)?.root ?? "";
    const copy = join(root, "SiteSystems", server, "SMSPKGC$", id);
    if (points.some(([, wanted]) => wanted === server)) await expectSameTree(source, copy);
    else expect(existsSync(copy), `${copy} is there`).toBe(false);
  }
}

/** The central site knows of a site what that site knows of itself. */
function expectStatusKnown(central: SiteProcess, { code, root }: SiteProcess): void {
  const sql = `SELECT * FROM package_status WHERE site = '${code}' ORDER BY package_id, server`;
  expect(rowsOf(central.root, sql), `package status of ${code}`).toEqual(rowsOf(root, sql));
}
