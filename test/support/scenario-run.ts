/**
 * `spoolnet run` of a small hierarchy with a scenario, and what it told: for tests of what scenarios do.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect } from "vitest";

import { type JournalEvent, journalEvent } from "../../domain/journal.ts";
import { Spoolnet } from "./spoolnet-process.ts";
import { test as base } from "./temporary-folder.ts";

/** Lines of YAML beside what each of these hierarchies has. */
type Hierarchy = { readonly scale: number; readonly sites?: string; readonly packages?: string };

/** `more` is YAML: links, addresses, a scenario. */
const topology = ({ scale, sites = "", packages = "" }: Hierarchy, more: string) => `
name: scenario
clock: { start: "2003-11-07T17:30:00-05:00", scale: ${scale} }
defaults: { site: { senders: { LAN: { backOff: 1 min } } } }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  CHI: { type: primary, parent: CEN, timeZone: America/Chicago, distributionPoints: [CHIDP] }
  MKE: { type: secondary, parent: CHI, timeZone: America/Chicago, distributionPoints: [MKEDP] }
${sites}
packages:
  - { name: Maps, site: CEN, source: source, distributionPoints: all }
${packages}
expect:
  - { package: Maps, by: +2d }
${more}
`;

/** What does not get smaller on its way takes as long as the link says. */
const sourceBytes = 300_000;

type Fact = { type: string; text?: string; emulatedMs?: number; note?: string; why?: string } & Record<
  string,
  unknown
>;

export class Told {
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

  /** When the first version came to a distribution point. */
  arrivedMs(server: string): number {
    return (this.facts.find((fact) => fact.type === "arrival" && fact.server === server)?.emulatedMs ??
      Number.NaN) as number;
  }
}

export async function journal(root: string, site: string): Promise<JournalEvent[]> {
  const text = await readFile(join(root, site, "journal.jsonl"), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => journalEvent.parse(JSON.parse(line)));
}

export function settingOf(root: string, site: string, name: string): unknown {
  using database = new DatabaseSync(join(root, site, "site.db"), { readOnly: true });
  const row = database.prepare("SELECT value FROM setting WHERE name = ?").get(name);
  return JSON.parse(String(row?.value ?? "null"));
}

export const content = (root: string, site: string, server: string, id = "CEN00001") =>
  join(root, site, "SiteSystems", server, "SMSPKGC$", id);

async function play(folder: string, root: string, text: string): Promise<Told> {
  const file = join(folder, "scenario.yaml");
  await writeFile(file, text);
  const run = new Spoolnet(["run", file, "--exit", "--json", "--root", root]);
  const { code, stdout, stderr } = await run.ended();
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const told = new Told(stdout.split("\n").map((line) => JSON.parse(line)));
  expect(told.facts.filter(({ type }) => type === "scenario failed")).toEqual([]);
  return told;
}

/** `source` is the folder of all packages, `root` where the sites are, `play` runs the hierarchy to its end. */
export const test = base
  .extend("source", async ({ folder }) => {
    const source = join(folder, "source");
    await mkdir(source);
    await writeFile(join(source, "map.bin"), randomBytes(sourceBytes));
    return source;
  })
  .extend("root", ({ folder }) => join(folder, "root"))
  .extend("play", ({ folder, root, source: _ }) => {
    return (hierarchy: Hierarchy, more: string) => play(folder, root, topology(hierarchy, more));
  });

/**
 * A site that has nothing to do with the packages: what goes wrong there until the end keeps no news from the central
 * site, for which a run would wait.
 */
export const aside = "  DET: { type: secondary, parent: CEN, timeZone: America/Detroit }";
