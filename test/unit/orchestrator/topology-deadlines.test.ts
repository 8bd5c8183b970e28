import { describe, expect } from "vitest";

import { test } from "./topology-fixture.ts";

/** The clock starts on a Thursday at 17:30 in New York, which is 16:30 in Chicago. */
const withMore = (by: string, more: string) => `name: three
clock: { start: "2003-11-06T17:30:00-05:00", scale: 60 }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  CHI: { type: primary, parent: CEN, timeZone: America/Chicago, distributionPoints: [CHIDP] }
  MKE: { type: secondary, parent: CHI, distributionPoints: [MKEDP] }
packages: [{ name: Maps, site: CEN, source: source, distributionPoints: all }]
expect: [{ package: Maps, on: [MKEDP], by: ${by} }]
${more}`;
const byNight = "schedule: { daily 06-22: high only }";

describe("a deadline", () => {
  test.for([
    // 22:00 in New York is half past four hours after the start.
    [
      "+4h29m",
      "+4h30m",
      "CEN for CHI before Thu 22:00",
      `addresses:\n  - { from: CEN, to: CHI, ${byNight} }`,
    ],
    // The window in Chicago opens an hour later: it is Chicago that sends on.
    [
      "+5h29m",
      "+5h30m",
      "CHI for MKE before Thu 22:00",
      `addresses:\n  - { from: CHI, to: MKE, ${byNight} }`,
    ],
    // One window closes before the other opens: the package waits for a night in between.
    [
      "+1d3h",
      "+1d3h30m",
      "CHI for MKE before Fri 20:00",
      "addresses:\n  - { from: CEN, to: CHI, schedule: { daily: closed, daily 22-24: all } }\n  - { from: CHI, to: MKE, schedule: { daily: closed, daily 20-21: all } }",
    ],
    [
      "+5h",
      "+6h",
      "CEN for CHI before Thu 23:30, as their link is down",
      `links: [{ between: [CHI, CEN], outages: [{ at: Thu 21:59, for: 91 min }] }]\naddresses:\n  - { from: CEN, to: CHI, ${byNight} }`,
    ],
  ] as const)("of %s is refused where %s is the first that could be kept", async (row, { mistakesIn }) => {
    const [by, could, where, more] = row;

    const [mistake, ...others] = await mistakesIn(withMore(by, more));
    expect(mistake).toContain(`expected ${could} or later, as "Maps" cannot leave ${where}`);
    expect(others).toEqual([]);
    expect(await mistakesIn(withMore(could, more))).toEqual([]);
  });

  test("is kept by whichever address opens first", async ({ mistakesIn }) => {
    const two = `addresses:\n  - { from: CEN, to: CHI, ${byNight} }\n  - { from: CEN, to: CHI, schedule: { Thu 18-19: all, Thu 17-18: closed } }`;

    expect(await mistakesIn(withMore("+30m", two))).toEqual([]);
  });

  test("says nothing of a package whose priority is open", async ({ mistakesIn }) => {
    const high = withMore("+1m", `addresses:\n  - { from: CEN, to: CHI, ${byNight} }`).replace(
      "name: Maps,",
      "name: Maps, priority: high,",
    );

    expect(await mistakesIn(high)).toEqual([]);
  });
});
