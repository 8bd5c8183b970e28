import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { siteCode } from "../../../domain/identifiers.ts";
import { type ChaosInput, chaosDays, dayMs } from "../../../orchestrator/scenario/chaos.ts";
import type { Entry } from "../../../orchestrator/topology/scenario-plan.ts";

const [cen, chi, mke] = ["CEN", "CHI", "MKE"].map((code) => siteCode.parse(code)) as [
  ReturnType<typeof siteCode.parse>,
  ReturnType<typeof siteCode.parse>,
  ReturnType<typeof siteCode.parse>,
];
const startMs = Date.parse("2003-11-07T17:30:00-05:00");

const input = (
  seed: string,
  perDay: ChaosInput["plan"]["perDay"],
  steps: readonly Entry[] = [],
): ChaosInput => ({
  plan: { perDay, sites: undefined, untilMs: Number.POSITIVE_INFINITY },
  seed,
  startMs,
  sites: [cen, chi, mke],
  links: [
    [cen, chi],
    [chi, mke],
  ],
  dialling: [chi],
  steps,
});

const beginOf = ({ cue }: Entry) => ("atMs" in cue ? cue.atMs : Number.NaN);
const spanOf = (entry: Entry) => [beginOf(entry), beginOf(entry) + (entry.forMs ?? 0)] as const;
const days = (of: ChaosInput, count: number) => [...chaosDays(of).take(count)];
const seeds = fc.string({ minLength: 1, maxLength: 12 });

describe("faults by chance", () => {
  test("are the same in the same order for the same seed, and others for another", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const perDay = { kill: 2, cut: 5, pause: 1, fill: 1, drop: 1, corrupt: 2 };
        expect(days(input(seed, perDay), 3)).toEqual(days(input(seed, perDay), 3));
        expect(days(input(`${seed}!`, perDay), 3)).not.toEqual(days(input(seed, perDay), 3));
      }),
    );
  });

  test("are as many a day as was asked, each within its day and in order", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 6 }), (seed, cuts) => {
        for (const [day, faults] of days(input(seed, { cut: cuts, corrupt: 2 }), 4).entries()) {
          expect(faults.filter(({ action }) => action.do === "cut")).toHaveLength(cuts);
          expect(faults.filter(({ action }) => action.do === "corrupt")).toHaveLength(2);
          const begins = faults.map(beginOf);
          expect(begins).toEqual(begins.toSorted((a, b) => a - b));
          for (const atMs of begins) expect(Math.floor((atMs - startMs) / dayMs)).toBe(day);
        }
      }),
    );
  });

  test("come on some days only where they are fewer than one a day", () => {
    const faults = days(input("2003", { kill: 3 / 7 }), 700);

    expect(faults.every((day) => day.length <= 1)).toBe(true);
    expect(faults.flat().length).toBeGreaterThan(250);
    expect(faults.flat().length).toBeLessThan(350);
  });

  test("never end or pause a site that is down", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const faults = days(input(seed, { kill: 30, pause: 20 }), 3).flat();
        for (const site of [cen, chi, mke]) {
          const spans = faults
            .filter(({ action }) => "sites" in action && action.sites.includes(site))
            .map(spanOf)
            .toSorted(([a], [b]) => a - b);
          for (const [index, [fromMs]] of spans.entries())
            expect(fromMs).toBeGreaterThanOrEqual(spans[index - 1]?.[1] ?? 0);
        }
      }),
    );
  });

  test("leave a site alone from the step that ends it to the one that starts it", () => {
    const hourMs = dayMs / 24;
    const step = (what: "kill" | "start", hours: number): Entry => ({
      source: "scenario[0]",
      cue: { atMs: startMs + hours * hourMs },
      action: { do: what, sites: [chi] },
      forMs: undefined,
    });
    fc.assert(
      fc.property(seeds, (seed) => {
        const steps = [step("kill", 2), step("start", 20)];
        for (const fault of days(input(seed, { kill: 10 }, steps), 1).flat()) {
          if (!("sites" in fault.action) || !fault.action.sites.includes(chi)) continue;
          const [fromMs, untilMs] = spanOf(fault);
          expect(untilMs <= beginOf(step("kill", 2)) || fromMs >= beginOf(step("start", 20))).toBe(true);
        }
      }),
    );
  });

  test("begin no more after the last moment", () => {
    const untilMs = startMs + 1.5 * dayMs;
    const limited = input("2003", { cut: 8 });
    const faults = [...chaosDays({ ...limited, plan: { ...limited.plan, untilMs } })];

    expect(faults).toHaveLength(2);
    for (const fault of faults.flat()) expect(beginOf(fault)).toBeLessThan(untilMs);
  });
});
