import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect } from "vitest";

import { loadTopology } from "../../../orchestrator/topology/load.ts";
import { test } from "./topology-fixture.ts";

const clock = 'clock: { start: "2003-11-07T17:30:00-05:00", scale: 60 }';
const sites = `sites:
  CEN: { type: primary, distributionPoints: [HQDP] }
  CHI: { type: primary, parent: CEN, distributionPoints: [CHIDP1, CHIDP2] }
  MKE: { type: secondary, parent: CHI, distributionPoints: [MKEDP] }`;
const whole = (more = "") => `name: three\n${clock}\n${sites}\n${more}`;

describe("a topology that is right", () => {
  test("becomes a plan with absolute paths, defaults and parents first", async ({ folder }) => {
    const file = join(folder, "t.yaml");
    await mkdir(join(folder, "source"));
    await writeFile(
      file,
      `name: upside-down
${clock}
sites:
  MKE: { type: secondary, parent: CHI, distributionPoints: [MKEDP] }
  CHI: { type: primary, parent: CEN, timeZone: America/Chicago, distributionPoints: [CHIDP1, CHIDP2] }
  CEN: { name: Headquarters, type: primary, clientAccessPoints: [HQ1, HQ2], distributionPoints: [HQDP] }
packages:
  - { name: Maps, site: CHI, source: source, distributionPoints: all }
  - { name: Fonts, site: CEN, source: ./source, priority: low, distributionPoints: [chi, MKEDP] }
expect:
  - { package: Fonts, by: +1d }
  - { package: Maps, on: [MKE], by: 2h }`,
    );

    const plan = await loadTopology(file);

    expect(plan.sites.map(({ code }) => code)).toEqual(["CEN", "CHI", "MKE"]);
    expect(plan.sites[0]).toMatchObject({
      name: "Headquarters",
      parent: null,
      clientAccessPoints: ["HQ1", "HQ2"],
    });
    expect(plan.sites[1]).toMatchObject({
      name: "CHI",
      clientAccessPoints: ["CHICAP"],
      timeZone: "America/Chicago",
    });
    expect(plan.clock).toEqual({ startMs: Date.parse("2003-11-07T22:30:00Z"), scale: 60 });
    const servers = plan.packages.map((pkg) => pkg.distributionPoints.map(({ server }) => server));
    expect(servers).toEqual([
      ["MKEDP", "CHIDP1", "CHIDP2"],
      ["MKEDP", "CHIDP1", "CHIDP2"],
    ]);
    expect(plan.packages[1]).toMatchObject({ priority: "low", sourceFolder: join(folder, "source") });
    expect(plan.expectations).toMatchObject([
      {
        kind: "arrival",
        on: [{ server: "MKEDP" }, { server: "CHIDP1" }, { server: "CHIDP2" }],
        byMs: 24 * 3_600_000,
      },
      { kind: "arrival", on: [{ server: "MKEDP" }], byMs: 2 * 3_600_000 },
    ]);
  });

  test("takes a code of digits as it is written", async ({ mistakesIn }) => {
    const digits = `sites:\n  007: { type: primary }\n  1E5: { type: primary, parent: "007" }`;

    expect(await mistakesIn(`name: digits\n${clock}\n${digits}`)).toEqual([]);
  });

  test("has another source for its first package when one is given, and keeps the icon", async ({
    folder,
  }) => {
    const file = join(folder, "t.yaml");
    await mkdir(join(folder, "source"));
    await writeFile(join(folder, "source", "a.ico"), "icon");
    const pkg = "{ name: Maps, site: CEN, source: source, icon: a.ico, distributionPoints: all }";
    await writeFile(file, whole(`packages: [${pkg}]`));

    const { packages } = await loadTopology(file, { source: "/elsewhere" });

    expect(packages[0]).toMatchObject({
      sourceFolder: "/elsewhere",
      iconFile: join(folder, "source", "a.ico"),
    });
  });
});

describe("a topology with mistakes", () => {
  test("is answered with every one of them, in the order of the file", async ({ mistakesIn }) => {
    const mistakes = await mistakesIn(`name: Three Sites
clock: { start: "2003-11-07 17:30", scale: 0 }
sites:
  CEN: { type: primary, distributionPoint: [HQDP] }
  CHI: { type: primry, parent: CNE }
packages:
  - { name: Maps, site: CEN, source: gone, distributionPoints: [NOPE] }
expect:
  - { package: Mapps, by: 12 }
link: []
`);

    expect(mistakes.map((line) => line.split(": ").slice(0, 2).join(" "))).toEqual([
      "1:7 name",
      "2:17 clock.start",
      "2:44 clock.scale",
      "4:25 sites.CEN.distributionPoint",
      "5:16 sites.CHI.type",
      "5:32 sites.CHI.parent",
      "7:38 packages[0].source",
      "7:65 packages[0].distributionPoints[0]",
      "9:16 expect[0].package",
      "9:27 expect[0].by",
      "10:1 link",
    ]);
  });

  test("an unknown key is answered with the keys that are known", async ({ mistakesIn }) => {
    const [mistake] = await mistakesIn(whole("linkz: []"));

    expect(mistake).toBe(
      '7:1: linkz: expected a known key, found "linkz" (did you mean "links"? known: name, seed, driver, clock, circuits, defaults, sites, links, addresses, packages, scenario, chaos, expect)',
    );
  });

  test.for([
    ["CEN: { type: primary }\n  chi: { type: primary, parent: CEN }", 'A-Z and 0-9, found "chi"'],
    ["CEN: { type: primary }\n  AUX: { type: primary, parent: CEN }", "not a device name"],
    ["CEN: { type: primary }\n  CHI: { type: primary, parent: CNE }", 'did you mean "CEN"?'],
    ["CEN: { type: primary }\n  CHI: { type: primary }", "CEN is one already"],
    ["CEN: { type: secondary }", "expected a parent, as every secondary site has one"],
    ["CEN: { type: primary, parent: CHI }\n  CHI: { type: primary, parent: CEN }", "a loop of parents"],
    ["CEN: { type: primary, timeZone: America/Chicgo }", "expected an IANA time zone"],
    ["CEN: { type: primary, distributionPoints: [A B] }", "expected a server name"],
    ["CEN: { type: primary, distributionPoints: [DP, dp] }", 'found "dp" again'],
    ["CEN: { type: primary }\n  CHI: { type: primary, parent: 007 }", "written in quotes"],
    ["CEN: { type: primary }\n  CEN: { type: primary }", "expected each key once"],
  ])("sites %j are refused", async ([text, words], { mistakesIn }) => {
    expect((await mistakesIn(`name: t\n${clock}\nsites:\n  ${text}`)).join("\n")).toContain(words);
  });

  test.for([
    ["site: MKE, source: source, distributionPoints: all", "packages are made at primary sites"],
    ["site: CEM, source: source, distributionPoints: all", 'did you mean "CEN"?'],
    [
      "site: CHI, source: source, distributionPoints: [HQDP]",
      "expected a distribution point at CHI or below it",
    ],
    ["site: CEN, source: source, distributionPoints: [CHIDP]", 'did you mean "CHIDP1"?'],
    ["site: CEN, source: gone, distributionPoints: all", "there is no folder"],
    ["site: CEN, source: t.yaml, distributionPoints: all", "there is no folder"],
    ["site: CEN, source: source, icon: a.ico, distributionPoints: all", "and there is no such file"],
    ["site: CEN, source: source, priority: hihg, distributionPoints: all", 'did you mean "high"?'],
    ["site: CEN, source: source", "packages[0].distributionPoints: expected"],
    ["site: CEN, source: source, compressed: 1, distributionPoints: all", "expected true or false, found 1"],
  ])("a package with %j is refused", async ([text, words], { mistakesIn }) => {
    expect((await mistakesIn(whole(`packages: [{ name: Maps, ${text} }]`))).join("\n")).toContain(words);
  });

  test("a distribution point of two sites is named with both", async ({ mistakesIn }) => {
    const two =
      "CEN: { type: primary, distributionPoints: [DP1] }\n  CHI: { type: primary, parent: CEN, distributionPoints: [DP1] }";

    expect(await mistakesIn(`name: t\n${clock}\nsites:\n  ${two}`)).toEqual([
      '5:59: sites.CHI.distributionPoints[0]: expected a server of this site, found "DP1", which is one of CEN already',
    ]);
  });

  test("an expectation about a place the package is not sent to is refused", async ({ mistakesIn }) => {
    const text =
      "packages: [{ name: Maps, site: CEN, source: source, distributionPoints: [HQDP] }]\nexpect: [{ package: Maps, on: [MKE], by: +1h }]";

    expect((await mistakesIn(whole(text))).join()).toContain(
      'expected a distribution point that "Maps" is sent to',
    );
  });

  test.for(["", "- a\n- b", "just words", "a: [", "a: b: c"])(
    "a file of %j is no topology",
    async (text, { mistakesIn }) => {
      expect(await mistakesIn(text)).not.toEqual([]);
    },
  );

  test("a file that is not there is named", async ({ folder }) => {
    await expect(loadTopology(join(folder, "gone.yaml"))).rejects.toThrow("there is no such file");
  });
});

test.for([
  ["three-site", 3],
  ["night-window", 6],
] as const)("%s, which comes with Spoolnet, is right", async ([name, sites]) => {
  const file = fileURLToPath(new URL(`../../../topologies/${name}.yaml`, import.meta.url));

  expect((await loadTopology(file)).sites).toHaveLength(sites);
});
