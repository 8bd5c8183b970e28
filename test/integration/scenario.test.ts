/**
 * Scenarios as a user has them: `spoolnet run` with real sites, each kind of step seen in what the sites tell of it.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect } from "vitest";

import { type JournalEvent, journalEvent } from "../../domain/journal.ts";
import { expectSameTree } from "../support/same-tree.ts";
import { Spoolnet } from "../support/spoolnet-process.ts";
import { test as base } from "../support/temporary-folder.ts";

const hierarchy = (scale: number, more: string) => `
name: scenario
clock: { start: "2003-11-07T17:30:00-05:00", scale: ${scale} }
defaults: { site: { senders: { LAN: { backOff: 1 min } } } }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  CHI: { type: primary, parent: CEN, timeZone: America/Chicago, distributionPoints: [CHIDP] }
  MKE: { type: secondary, parent: CHI, timeZone: America/Chicago, distributionPoints: [MKEDP] }
packages:
  - { name: Maps, site: CEN, source: source, distributionPoints: all }
  - { name: Later, site: CEN, source: source, distributionPoints: [MKE] }
expect:
  - { package: Maps, by: +2d }
${more}
`;

/** What does not get smaller on its way takes as long as the link says. */
const sourceBytes = 300_000;

const test = base
  .extend("source", async ({ folder }) => {
    const source = join(folder, "source");
    await mkdir(source);
    await writeFile(join(source, "map.bin"), randomBytes(sourceBytes));
    return source;
  })
  .extend("root", ({ folder }) => join(folder, "root"));

type Fact = { type: string; text?: string; emulatedMs?: number; note?: string; why?: string } & Record<
  string,
  unknown
>;

class Told {
  readonly facts: readonly Fact[];

  constructor(facts: readonly Fact[]) {
    this.facts = facts;
  }

  /** Where something was told; fails where it was not. `after` is where something else was. */
  at(what: string, after = -1): number {
    const index = this.facts.findIndex(
      ({ type, text, note, event }, at) =>
        at > after &&
        (`${text ?? ""} ${note ?? ""}`.includes(what) || type === what) &&
        (type.startsWith("scenario") || event !== undefined),
    );
    if (index >= 0) return index;
    throw new Error(
      `not told after ${after}: ${what}\n${this.facts.map(({ type, text }) => `${type} ${text ?? ""}`).join("\n")}`,
    );
  }

  inOrder(...whats: readonly string[]): void {
    whats.reduce((after, what) => this.at(what, after), -1);
  }

  emulatedMs(what: string): number {
    return this.facts[this.at(what)]?.emulatedMs ?? Number.NaN;
  }

  arrivedMs(server: string): number {
    return (this.facts.find((fact) => fact.type === "arrival" && fact.server === server)?.emulatedMs ??
      Number.NaN) as number;
  }
}

async function play(folder: string, root: string, topology: string): Promise<Told> {
  const file = join(folder, "scenario.yaml");
  await writeFile(file, topology);
  const { code, stdout, stderr } = await new Spoolnet([
    "run",
    file,
    "--exit",
    "--json",
    "--root",
    root,
  ]).ended();
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const told = new Told(stdout.split("\n").map((line) => JSON.parse(line)));
  expect(told.facts.filter(({ type }) => type === "scenario failed")).toEqual([]);
  return told;
}

async function journal(root: string, site: string): Promise<JournalEvent[]> {
  const text = await readFile(join(root, site, "journal.jsonl"), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => journalEvent.parse(JSON.parse(line)));
}

function settingOf(root: string, site: string, name: string): unknown {
  using database = new DatabaseSync(join(root, site, "site.db"), { readOnly: true });
  const row = database.prepare("SELECT value FROM setting WHERE name = ?").get(name);
  return JSON.parse(String(row?.value ?? "null"));
}

const content = (root: string, site: string, server: string, id = "CEN00001") =>
  join(root, site, "SiteSystems", server, "SMSPKGC$", id);

test("a link that is cut under a transfer ends it, and is as it was at the end", async ({
  folder,
  source,
  root,
}) => {
  const told = await play(
    folder,
    root,
    hierarchy(
      60,
      `
links:
  - { between: [CEN, CHI], bandwidth: 16 kbit/s }
scenario:
  - { when: Maps sending CEN CHI, after: 5 s, cut: [CEN, CHI], for: 2m }
  - { when: Maps arrived CHI, slow: [CHI, MKE], to: 64 kbit/s, latency: 200 ms }
  - { when: Maps arrived CHI, cut: [CEN, CHI] }
`,
    ),
  );

  told.inOrder(
    "cut the link between CEN and CHI",
    "the link is down",
    "the link between CEN and CHI is up again",
    "going on from byte",
    "CHI installed",
    "slow the link",
  );
  expect(told.arrivedMs("CHIDP")).toBeGreaterThan(
    told.emulatedMs("the link between CEN and CHI is up again"),
  );
  await expectSameTree(content(root, "MKE", "MKEDP"), source);
  expect(settingOf(root, "CEN", "links")).toMatchObject({
    to: { CHI: { bytesPerSecond: 2000, isCut: false } },
  });
  expect(settingOf(root, "CHI", "links")).toMatchObject({
    to: { CEN: { bytesPerSecond: 2000, isCut: false } },
  });
  expect(settingOf(root, "CHI", "links")).not.toHaveProperty("to.MKE.bytesPerSecond");
});

test("a site that is killed under a transfer is started again, and one that is paused works no more meanwhile", async ({
  folder,
  source,
  root,
}) => {
  const told = await play(
    folder,
    root,
    hierarchy(
      60,
      `
links:
  - { between: [CEN, CHI], bandwidth: 16 kbit/s }
  - { between: [CHI, MKE], bandwidth: 64 kbit/s }
scenario:
  - { when: Maps sending CEN CHI, kill: CHI, for: 1m }
  - { when: CHI down, cut: [CEN, CHI] }
  - { when: CHI up, restore: [CEN, CHI] }
  - { when: Maps sending CHI MKE, pause: MKE, for: 5m }
`,
    ),
  );

  told.inOrder("kill CHI", "start CHI", "CHI installed", "pause MKE", "resume MKE", "MKE installed");
  const starts = (await journal(root, "CHI")).filter(({ action }) => action === "started");
  expect(starts).toHaveLength(2);
  const [pausedMs, resumedMs] = [told.emulatedMs("pause MKE"), told.emulatedMs("resume MKE")];
  expect(told.arrivedMs("MKEDP")).toBeGreaterThan(resumedMs);
  // A moment is granted to the signal that stops it.
  const meanwhile = (await journal(root, "MKE")).filter(
    ({ emulatedMs }) => emulatedMs > pausedMs + 60_000 && emulatedMs < resumedMs,
  );
  expect(meanwhile).toEqual([]);
  await expectSameTree(content(root, "MKE", "MKEDP"), source);
});

test("a site is stopped in good order and started again", async ({ folder, source: _, root }) => {
  const told = await play(
    folder,
    root,
    hierarchy(
      1200,
      `
scenario:
  - { when: Maps arrived CHI, stop: MKE }
  - { when: MKE down, after: 10m, start: MKE }
  - { when: MKE up, after: 1m, refresh: Maps }
  - { at: +2h, redistribute: Maps }
`,
    ),
  );

  told.inOrder("stop MKE", "start MKE", "refresh Maps", "has version 2");
  expect((await journal(root, "MKE")).map(({ action }) => action)).toContain("stopped");
  expect(
    told.facts.filter(({ type }) => type === "arrival").map(({ sourceVersion }) => sourceVersion),
  ).toContain(2);
});

test("a share that is full refuses what comes, and takes it once it has room again", async ({
  folder,
  source,
  root,
}) => {
  const told = await play(
    folder,
    root,
    hierarchy(
      600,
      `
scenario:
  - { at: +0s, fill: MKE }
  - { when: Maps arrived CHI, after: 10m, empty: MKE }
  - { when: Maps arrived CHI, fill: CHI }
`,
    ),
  );

  told.inOrder("fill the share of MKE", "507 NO_ROOM", "the share of MKE has room again", "MKE installed");
  await expectSameTree(content(root, "MKE", "MKEDP"), source);
  expect(settingOf(root, "CHI", "quota")).toBeNull(); // put right at the end
});

test("a package that is damaged on its way is found to be, and sent again", async ({
  folder,
  source,
  root,
}) => {
  const told = await play(
    folder,
    root,
    hierarchy(
      600,
      `
scenario:
  - { at: +0s, corrupt: [CHI, MKE] }
`,
    ),
  );

  told.inOrder("damage the next package file from CHI to MKE", "460 WRONG_CHECKSUM", "MKE installed");
  await expectSameTree(content(root, "MKE", "MKEDP"), source);
});

test("a RAS line that drops under a transfer is dialled again", async ({ folder, source, root }) => {
  const told = await play(
    folder,
    root,
    hierarchy(
      60,
      `
addresses:
  - { from: CHI, to: MKE, sender: RASISDN, line: 64 kbit/s }
scenario:
  - { when: Maps sending CHI MKE, after: 5 s, drop: CHI }
`,
    ),
  );

  told.inOrder("drop the RAS lines of CHI", "the line dropped", "going on from byte", "MKE installed");
  expect(told.facts.filter(({ type }) => type === "scenario note")).toMatchObject([
    { note: "the line of site CHI to MKE was up" },
  ]);
  await expectSameTree(content(root, "MKE", "MKEDP"), source);
});

test("a limit and a schedule hold until they are over", async ({ folder, source: _, root }) => {
  const told = await play(
    folder,
    root,
    hierarchy(
      1200,
      `
scenario:
  - { at: +0s, limit: { from: CEN, to: CHI, rate: 1 kbit/s }, for: 30m }
  - { at: +0s, schedule: { from: CHI, to: MKE, hours: { daily: closed } }, for: 2h }
`,
    ),
  );

  expect(told.arrivedMs("CHIDP")).toBeGreaterThan(told.emulatedMs("the rate from CEN to CHI is as before"));
  expect(told.arrivedMs("MKEDP")).toBeGreaterThan(
    told.emulatedMs("the schedule from CHI to MKE is as before"),
  );
  expect(told.arrivedMs("CHIDP")).toBeLessThan(told.arrivedMs("MKEDP"));
});

test("packages are added, refreshed, installed once more and removed, and the clock is advanced", async ({
  folder,
  source,
  root,
}) => {
  const told = await play(
    folder,
    root,
    hierarchy(
      1200,
      `
scenario:
  - { when: Maps arrived MKE, add: Later }
  - { when: Later arrived MKE, redistribute: Later }
  - { when: Later arrived MKE, remove: Maps, after: 1h }
  - { when: Later arrived MKE, after: 2h, clock: { advance: "Sat 17:00", scale: 2400 } }
  - { at: "Sat 18:00", refresh: Later }
`,
    ),
  );

  told.inOrder("add Later", "redistribute Later", "remove Maps", "advance the clock", "refresh Later");
  const advancedMs = told.emulatedMs("advance the clock");
  expect(told.emulatedMs("refresh Later")).toBeGreaterThanOrEqual(Date.parse("2003-11-08T18:00:00-05:00"));
  expect(advancedMs).toBeLessThan(Date.parse("2003-11-08T17:00:00-05:00"));
  const later = (await journal(root, "MKE")).filter(
    ({ action, packages }) => action === "installed" && packages?.includes("CEN00002" as never),
  );
  expect(later.length).toBeGreaterThanOrEqual(2);
  expect((await journal(root, "CEN")).map(({ action }) => action)).toContain("uninstalled");
  await expectSameTree(content(root, "MKE", "MKEDP", "CEN00002"), source);
});
