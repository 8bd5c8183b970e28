import { describe, expect } from "vitest";

import { expectationWords } from "../../../orchestrator/expectations/expectation.ts";
import { test } from "./topology-fixture.ts";

const file = (...expected: string[]) => `
name: t
clock: { start: "2003-11-06T17:30:00-05:00", scale: 60 }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  B{01..03}: { type: secondary, parent: CEN, timeZone: America/Chicago, distributionPoints: ["{site}DP"] }
links:
  - { between: [CEN, B01], bandwidth: 64 kbit/s }
addresses:
  - { from: CEN, to: B02, sender: RASISDN, line: 64 kbit/s }
packages:
  - { name: Maps, site: CEN, source: source, distributionPoints: all }
  - { name: Patch, site: CEN, source: source, distributionPoints: [B01, B02] }
expect:
${expected.map((one) => `  - ${one}`).join("\n")}
`;

describe("what a topology expects", () => {
  test("is read in each of its kinds, ranges as one for each site", async ({ planOf }) => {
    const { expectations } = await planOf(
      file(
        "{ package: Maps, by: Fri 06:00 }",
        "{ package: Maps, on: [B01], by: 12h }",
        "{ package: Maps, before: Patch }",
        "{ link: [CEN, B01], bytes: at most 700 MB }",
        '{ link: [CEN, B01], busy: at most 60%, during: ["Mon-Fri 08-18", Sat] }',
        "{ line: CEN, to: B02, connected: at most 90 min }",
        '{ from: CEN, to: "B{01..03}", nothingSent: Mon-Fri 07-22, priority: low }',
        "{ nothing: lost }",
      ),
    );

    expect(expectations.map(expectationWords)).toEqual([
      "Maps on 4 distribution points by +12h 30m",
      "Maps on 1 distribution point by +12h 00m",
      "Maps before Patch on 2 distribution points",
      "CEN -> B01: at most 700 MB",
      "CEN -> B01: at most 60% busy, Mon-Fri 08-18, Sat",
      "the line of CEN connected to B02 for at most 1h 30m",
      "CEN -> B01: nothing of low priority sent, Mon-Fri 07-22",
      "CEN -> B02: nothing of low priority sent, Mon-Fri 07-22",
      "CEN -> B03: nothing of low priority sent, Mon-Fri 07-22",
      "nothing lost",
    ]);
  });
});
