/**
 * The same file with the same seed, played again and again by real sites.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { Spoolnet } from "../support/spoolnet-process.ts";
import { test } from "../support/temporary-folder.ts";

/**
 * One package begins when another has arrived, so the order of arrivals follows from the file and not from how quick a
 * machine starts what was killed. What chance does meanwhile it does to each site and each link.
 */
const topology = `
name: repeatable
seed: 2003
clock: { start: "2003-11-07T17:30:00-05:00", scale: 2400 }
defaults: { site: { senders: { LAN: { backOff: 5 min } } } }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  A01: { type: secondary, parent: CEN, distributionPoints: [ADP] }
  B01: { type: secondary, parent: CEN, distributionPoints: [BDP] }
packages:
  - { name: Maps, site: CEN, source: source, distributionPoints: [HQDP, ADP] }
  - { name: Fonts, site: CEN, source: source, distributionPoints: [BDP] }
  - { name: Help, site: CEN, source: source, distributionPoints: [ADP] }
scenario:
  - { when: Maps arrived A01, after: 90m, add: Fonts }
  - { when: Fonts arrived B01, after: 30m, add: Help }
chaos: { cut: 16 per day, kill: 6 per day, corrupt: 6 per day, sites: [A01, B01], until: +4h }
expect:
  - { package: Maps, by: +4d }
  - { package: Fonts, by: +4d }
  - { package: Help, by: +4d }
`;

type Fact = { type: string; [key: string]: unknown };

test("the same topology and seed give the same faults in the same order, and the same order of arrivals, three times over", async ({
  folder,
}) => {
  const file = join(folder, "repeatable.yaml");
  await mkdir(join(folder, "source"));
  await writeFile(join(folder, "source", "map.txt"), "here be dragons\n".repeat(1000));
  await writeFile(file, topology);
  const play = async () => {
    const { code, stdout, stderr } = await new Spoolnet(["run", file, "--exit", "--json"]).ended();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const facts: Fact[] = stdout.split("\n").map((line) => JSON.parse(line));
    // Told anew when another package is there.
    const arrivals = facts
      .slice(facts.findLastIndex(({ type }) => type === "package"))
      .filter(({ type }) => type === "arrival");
    return {
      drawn: facts.filter(({ type }) => type === "chaos"),
      played: facts
        .filter(({ type, source }) => type === "scenario" && source === "chaos")
        .map(({ dueMs, text }) => `${dueMs} ${text}`),
      arrivals: arrivals
        .toSorted((a, b) => Number(a.emulatedMs) - Number(b.emulatedMs))
        .map(({ package: id, server }) => `${id} ${server}`),
    };
  };
  const [first, ...others] = await Promise.all([play(), play(), play()]);

  expect(first.arrivals).toEqual(["CEN00001 HQDP", "CEN00001 ADP", "CEN00002 BDP", "CEN00003 ADP"]);
  for (const again of others) {
    expect(again.drawn).toEqual(first.drawn);
    expect(again.arrivals).toEqual(first.arrivals);
    // A run ends when all has arrived: what chance would still have brought differs by where that is.
    const most = Math.min(again.played.length, first.played.length);
    expect(again.played.slice(0, most)).toEqual(first.played.slice(0, most));
    for (const fault of [" cut ", " kill ", " start "])
      expect(first.played.slice(0, most).filter((words) => words.includes(fault)).length).toBeGreaterThan(1);
  }
}, 120_000);
