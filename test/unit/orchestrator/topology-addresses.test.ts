import { describe, expect } from "vitest";

import { address, standardAddress } from "../../../domain/address.ts";
import { siteCode } from "../../../domain/identifiers.ts";
import { admits, openSchedule } from "../../../domain/schedule.ts";
import { addressesFrom } from "../../../orchestrator/topology/plan.ts";
import { test } from "./topology-fixture.ts";

const head = `name: three
clock: { start: "2003-11-07T17:30:00-05:00", scale: 60 }
sites:
  CEN: { type: primary, distributionPoints: [HQDP] }
  CHI: { type: primary, parent: CEN, distributionPoints: [CHIDP] }
  MKE: { type: secondary, parent: CHI, distributionPoints: [MKEDP] }
`;
/** Addresses begin on line 8, each on a line of its own, its first key in column 7. */
const withAddresses = (...addresses: string[]) =>
  `${head}addresses:\n${addresses.map((one) => `  - { ${one} }\n`).join("")}`;
const CEN = siteCode.parse("CEN");
const CHI = siteCode.parse("CHI");
const MKE = siteCode.parse("MKE");
const isdn = "from: CHI, to: MKE, sender: RASISDN";

describe("addresses of a topology", () => {
  test("are one standard address each way where the file gives none", async ({ planOf }) => {
    const { addresses } = await planOf(withAddresses("from: CEN, to: CHI, rate: 64 kbit/s"));

    expect(addresses.map(({ from, to }) => `${from} ${to}`)).toEqual([
      "CEN CHI",
      "CHI CEN",
      "CHI MKE",
      "MKE CHI",
    ]);
    expect(addresses.map((one) => one.addresses[0]?.rateLimit.kind)).toEqual([
      "fixed",
      "unlimited",
      "unlimited",
      "unlimited",
    ]);
    expect(addresses.slice(1).map((one) => one.addresses)).toEqual([
      [standardAddress],
      [standardAddress],
      [standardAddress],
    ]);
  });

  test("keep the order of the file among those with the same ends", async ({ planOf }) => {
    const plan = await planOf(
      withAddresses(
        `${isdn}, line: 64 kbit/s`,
        "from: CEN, to: CHI",
        "from: CHI, to: MKE",
        "from: CHI, to: MKE, sender: RASAsynch, line: 33.6 kbit/s",
      ),
    );

    expect(addressesFrom(plan, CHI, MKE).map(({ sender }) => sender)).toEqual([
      "RASISDN",
      "LAN",
      "RASAsynch",
    ]);
    expect(addressesFrom(plan, MKE, CHI)).toEqual([standardAddress]);
  });

  test("have the schedule and the rate that their words say", async ({ planOf }) => {
    const plan = await planOf(
      withAddresses(
        'from: CEN, to: CHI, schedule: { Mon-Fri 08-18: "high only, no backup" }, rate: { Mon-Fri 08-18: 25% }',
      ),
    );
    const [read] = addressesFrom(plan, CEN, CHI);

    const monday = 24;
    expect(read?.schedule[monday + 7]).toEqual({ usage: "all", backup: true });
    expect(read?.schedule[monday + 8]).toEqual({ usage: "high only", backup: false });
    expect(read?.rateLimit).toMatchObject({ kind: "percent", formula: "sp" });
    expect(read?.schedule.filter(({ usage }) => admits(usage, "low"))).toHaveLength(168 - 50);
  });

  test("have a line that dials 20 s, hangs up after a minute and never fails, unless told otherwise", async ({
    planOf,
  }) => {
    const plan = await planOf(withAddresses(`${isdn}, line: 128 kbit/s`));

    expect(addressesFrom(plan, CHI, MKE)).toEqual([
      {
        sender: "RASISDN",
        schedule: openSchedule,
        rateLimit: { kind: "unlimited" },
        line: {
          bytesPerSecond: 16_000,
          dialMs: 20_000,
          idleMs: 60_000,
          busy: 0,
          noAnswer: 0,
          dropPerMinute: 0,
        },
      },
    ]);
  });

  test("have a line with all that is said of it", async ({ planOf }) => {
    const line =
      "{ speed: 33.6 kbit/s, dial: 45 s, hangUpAfter: 2 min, busy: 10%, noAnswer: 90%, dropPerMinute: 0.5% }";
    const plan = await planOf(withAddresses(`from: MKE, to: CHI, sender: RASAsynch, line: ${line}`));

    expect(addressesFrom(plan, MKE, CHI)[0]?.line).toEqual({
      bytesPerSecond: 4200,
      dialMs: 45_000,
      idleMs: 120_000,
      busy: 0.1,
      noAnswer: 0.9,
      dropPerMinute: 0.005,
    });
  });

  test("reach a site as they were planned", async ({ planOf }) => {
    const plan = await planOf(
      withAddresses(
        "from: CEN, to: CHI, schedule: { daily: closed, Sat: high only }, rate: { block: 64 KB, pause: 5 s }",
        'from: CHI, to: CEN, rate: "Mon-08:00,512k Sat-00:00,off"',
        `${isdn}, line: { speed: 128 kbit/s, dial: 0 s }, rate: 30%`,
      ),
    );

    for (const { addresses } of plan.addresses)
      expect(address.array().parse(JSON.parse(JSON.stringify(addresses)))).toEqual(addresses);
  });
});

describe("addresses with mistakes", () => {
  test.for([
    [
      "from: CEN, to: CHX",
      '8:22: addresses[0].to: expected the code of a site, found "CHX" (did you mean "CHI"?',
    ],
    ["from: XXX, to: CHI", '8:13: addresses[0].from: expected the code of a site, found "XXX" (known: CEN,'],
    ["from: CEN", "8:5: addresses[0].to: expected"],
    ["from: cen, to: CHI", "8:13: addresses[0].from: expected"],
    ["from: CHI, to: CHI", '8:22: addresses[0].to: expected another site than CHI, found "CHI" again'],
    [
      "from: CEN, to: MKE",
      '8:22: addresses[0].to: expected the parent or a child of CEN (CHI), found "MKE": this version sends between parent and child only',
    ],
    [isdn, "8:5: addresses[0].line: expected the line of the RASISDN sender, like 64 kbit/s, found nothing"],
    [
      "from: CEN, to: CHI, line: 64 kbit/s",
      '8:33: addresses[0].line: expected no line, as the LAN sender has none, found "64 kbit/s"',
    ],
    [`${isdn}, line: 64`, "8:50: addresses[0].line: expected the speed of a line, like 64 kbit/s, or more"],
    [
      `${isdn}, line: 64 kbits`,
      "8:50: addresses[0].line: expected the speed of a line from 800 bit/s to 8 Gbit/s, with its unit",
    ],
    [
      `${isdn}, line: 799 bit/s`,
      "8:50: addresses[0].line: expected the speed of a line from 800 bit/s to 8 Gbit/s",
    ],
    [
      `${isdn}, line: { speed: 9 Gbit/s }`,
      "8:59: addresses[0].line.speed: expected the speed of a line from",
    ],
    [`${isdn}, line: { dial: 20 s }`, "addresses[0].line.speed: expected the speed of a line from"],
    [
      `${isdn}, line: { speed: 64 kbit/s, dial: 11 min }`,
      '8:76: addresses[0].line.dial: expected a time from 0 s to 10 min, like 20 s, found "11 min"',
    ],
    [
      `${isdn}, line: { speed: 64 kbit/s, hangUpAfter: 60 }`,
      "8:83: addresses[0].line.hangUpAfter: expected a time from 0 s to 1 h, like 60 s, found 60",
    ],
    [
      `${isdn}, line: { speed: 64 kbit/s, busy: 101% }`,
      '8:76: addresses[0].line.busy: expected a chance from 0% to 100%, like 5%, found "101%"',
    ],
    [
      `${isdn}, line: { speed: 64 kbit/s, busy: 60%, noAnswer: 50% }`,
      '8:91: addresses[0].line.noAnswer: expected busy and noAnswer to be at most 100% together, as a dial meets one of them, found "50%"',
    ],
    [
      `${isdn}, line: { speed: 64 kbit/s, bussy: 1% }`,
      '8:70: addresses[0].line.bussy: expected speed, dial, hangUpAfter, busy, noAnswer, dropPerMinute and nothing else, found "bussy"',
    ],
    [
      "from: CEN, to: CHI, sender: ISDN",
      '8:35: addresses[0].sender: expected one of LAN, RASAsynch, RASISDN, found "ISDN"',
    ],
    [
      "from: CEN, to: CHI, rates: 25%",
      '8:27: addresses[0].rates: expected a known key, found "rates" (did you mean "rate"? known: from, to,',
    ],
    ["from: CEN, to: CHI, rate: 64", "8:33: addresses[0].rate: expected unlimited, a rate with its unit"],
    [
      "from: CEN, to: CHI, rate: { block: 1 MB, pause: 5 s }",
      '8:42: addresses[0].rate.block: expected a block of 1 KB to 256 KB, found "1 MB"',
    ],
    [
      "from: CEN, to: CHI, rate: { block: 1 KB, pause: 5 s, for: 1 h }",
      '8:60: addresses[0].rate.for: expected "block" and "pause" and nothing else, like { block: 64 KB, pause: 5 s }, found "for"',
    ],
    [
      "from: CEN, to: CHI, schedule: { Mon-Fry 08-18: closed }",
      "8:39: addresses[0].schedule.Mon-Fry 08-18: expected days",
    ],
    [
      "from: CEN, to: CHI, schedule: { Mon-Fri 08-18: shut }",
      "8:54: addresses[0].schedule.Mon-Fri 08-18: expected one of all, medium and high, high only, closed",
    ],
    [
      "from: CHI, to: CEN, schedule: { daily: closed }",
      "8:37: addresses[0].schedule: expected hours open to high, found none in the whole week: what CHI tells of itself goes to CEN with high priority",
    ],
  ] as const)("%j is refused at its place", async ([text, words], { mistakesIn }) => {
    const [mistake, ...more] = await mistakesIn(withAddresses(text));

    expect(mistake).toContain(words);
    expect(more).toEqual([]);
  });

  test("are all told at once", async ({ mistakesIn }) => {
    const mistakes = await mistakesIn(
      withAddresses("from: CEN, to: CHI, line: 64 kbit/s, rate: fast", `${isdn}`, "from: CEN, to: CEN"),
    );

    expect(mistakes.map((line) => line.split(": ")[1])).toEqual([
      "addresses[0].line",
      "addresses[0].rate",
      "addresses[1].line",
      "addresses[2].to",
    ]);
  });

  test("are more than ten from one site to another", async ({ mistakesIn }) => {
    const eleven = Array.from({ length: 11 }, () => "from: CEN, to: CHI");

    expect(await mistakesIn(withAddresses(...eleven))).toEqual([
      "18:22: addresses[10].to: expected at most 10 addresses from CEN to CHI, found another",
    ]);
  });

  test("are not told of two sites whose parent is misspelt", async ({ mistakesIn }) => {
    const misspelt = withAddresses("from: CEN, to: CHI").replace("parent: CEN", "parent: CNE");

    expect(await mistakesIn(misspelt)).toHaveLength(1);
  });
});

describe("a package that no address is ever open to", () => {
  const packages = (priority: string, points = "all") =>
    `packages: [{ name: Maps, site: CEN, source: source, priority: ${priority}, distributionPoints: ${points} }]`;
  const toChi = "from: CEN, to: CHI, schedule: { daily: high only }";

  test("is refused at the schedule, with the way it must go", async ({ mistakesIn }) => {
    expect(await mistakesIn(withAddresses(toChi) + packages("medium"))).toEqual([
      '8:37: addresses[0].schedule: expected hours open to medium, found none in the whole week: the package "Maps" goes from CEN to CHI with medium priority',
    ]);
  });

  test("is refused also where it only passes through", async ({ mistakesIn }) => {
    expect(await mistakesIn(withAddresses(toChi) + packages("low", "[MKE]"))).toHaveLength(1);
  });

  test.for([
    ["high", "all", toChi],
    ["low", "[HQDP]", toChi],
    ["low", "[CHIDP]", "from: CHI, to: MKE, schedule: { daily: high only }"],
    ["low", "all", "from: CEN, to: CHI, schedule: { daily: closed, Sun 03-04: all }"],
  ] as const)("is not one of %s priority for %s by %s", async ([priority, points, one], { mistakesIn }) => {
    expect(await mistakesIn(withAddresses(one) + packages(priority, points))).toEqual([]);
  });

  test("goes by another address that is open to it", async ({ mistakesIn }) => {
    const two = [toChi, "from: CEN, to: CHI, sender: RASAsynch, line: 56 kbit/s"];

    expect(await mistakesIn(withAddresses(...two) + packages("low"))).toEqual([]);
  });

  test("is refused once where several addresses are closed to it", async ({ mistakesIn }) => {
    const [mistake, ...more] = await mistakesIn(withAddresses(toChi, toChi) + packages("low"));

    expect(mistake).toContain("the other addresses from CEN to CHI have none either");
    expect(more).toEqual([]);
  });
});
