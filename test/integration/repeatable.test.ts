/**
 * The same file with the same seed, played again and again by real sites.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { Spoolnet } from "../support/spoolnet-process.ts";
import { test } from "../support/temporary-folder.ts";

/**
 * Far enough apart that what a machine does meanwhile decides nothing: each site has hours of its own. No site is ended,
 * because starting a process takes as long as the machine needs.
 */
const topology = `
name: repeatable
seed: 2003
clock: { start: "2003-11-07T17:30:00-05:00", scale: 1800 }
defaults: { site: { senders: { LAN: { backOff: 5 min } } } }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  A01: { type: secondary, parent: CEN, distributionPoints: [ADP] }
  B01: { type: secondary, parent: CEN, distributionPoints: [BDP] }
  C01: { type: secondary, parent: CEN, distributionPoints: [CDP] }
addresses:
  - { from: CEN, to: A01, schedule: { Fri 17-19: closed } }
  - { from: CEN, to: B01, schedule: { Fri 17-22: closed } }
  - { from: CEN, to: C01, schedule: { Fri 17-24: closed, Sat 00-02: closed } }
packages:
  - { name: Maps, site: CEN, source: source, distributionPoints: all }
scenario:
  - { at: +1h, cut: [CEN, C01], for: 1h }
  - { at: "Fri 19:00", fill: A01, for: 10m }
chaos: { cut: 24 per day, fill: 6 per day, corrupt: 8 per day, sites: [A01, B01, C01], until: +10h }
expect:
  - { package: Maps, by: +2d }
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
    const arrivals = facts.filter(({ type }) => type === "arrival");
    return {
      drawn: facts.filter(({ type }) => type === "chaos"),
      played: facts.filter(({ type }) => type === "scenario").map(({ dueMs, text }) => `${dueMs} ${text}`),
      arrivals: arrivals
        .toSorted((a, b) => Number(a.emulatedMs) - Number(b.emulatedMs))
        .map(({ server, sourceVersion }) => `${server} ${sourceVersion}`),
    };
  };
  const [first, ...others] = await Promise.all([play(), play(), play()]);

  expect(first.played.length).toBeGreaterThan(10);
  expect(first.played.some((words) => words.includes("cut"))).toBe(true);
  expect(first.arrivals).toEqual(["HQDP 1", "ADP 1", "BDP 1", "CDP 1"]);
  for (const again of others) {
    // A run ends when all has arrived: what chance would still have brought differs by where that is.
    const most = Math.min(again.played.length, first.played.length);
    expect(again.drawn).toEqual(first.drawn);
    expect(again.arrivals).toEqual(first.arrivals);
    expect(again.played.slice(0, most)).toEqual(first.played.slice(0, most));
    expect(most).toBeGreaterThan(10);
  }
}, 120_000);
