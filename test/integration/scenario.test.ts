/**
 * Scenarios as a user has them: `spoolnet run` with real sites, each kind of step seen in what the sites tell of it.
 * Here: links, lines, addresses, packages and the clock; sites are in scenario-sites.test.ts.
 */
import { expect } from "vitest";

import { expectSameTree } from "../support/same-tree.ts";
import { aside, content, journal, settingOf, test } from "../support/scenario-run.ts";

const another = "  - { name: Later, site: CEN, source: source, distributionPoints: [MKE] }";

test("a link that is cut under a transfer ends it, and is as it was at the end", async ({
  play,
  source,
  root,
}) => {
  const told = await play(
    { scale: 60, sites: aside },
    `
links:
  - { between: [CEN, CHI], bandwidth: 16 kbit/s }
scenario:
  - { when: Maps sending CEN CHI, after: 5 s, cut: [CEN, CHI], for: 2m }
  - { when: Maps arrived CHI, slow: [CHI, MKE], to: 64 kbit/s, latency: 200 ms }
  - { when: Maps arrived CHI, cut: [CEN, DET] }
`,
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
  expect(settingOf(root, "DET", "links")).not.toHaveProperty("to.CEN.isCut", true);
  expect(settingOf(root, "CHI", "links")).not.toHaveProperty("to.MKE.bytesPerSecond");
});

test("a package that is damaged on its way is found to be, and sent again", async ({
  play,
  source,
  root,
}) => {
  const told = await play(
    { scale: 600 },
    `
scenario:
  - { at: +0s, corrupt: [CHI, MKE] }
`,
  );

  told.inOrder("damage the next package file from CHI to MKE", "460 WRONG_CHECKSUM", "MKE installed");
  await expectSameTree(content(root, "MKE", "MKEDP"), source);
});

test("a RAS line that drops under a transfer is dialled again", async ({ play, source, root }) => {
  const told = await play(
    { scale: 60 },
    `
addresses:
  - { from: CHI, to: MKE, sender: RASISDN, line: 64 kbit/s }
scenario:
  - { when: Maps sending CHI MKE, after: 5 s, drop: CHI }
`,
  );

  told.inOrder("drop the RAS lines of CHI", "the line dropped", "going on from byte", "MKE installed");
  expect(told.facts.filter(({ type }) => type === "scenario note")).toMatchObject([
    { note: "the line of site CHI to MKE was up" },
  ]);
  await expectSameTree(content(root, "MKE", "MKEDP"), source);
});

test("a limit and a schedule hold until they are over", async ({ play }) => {
  const told = await play(
    { scale: 1200 },
    `
scenario:
  - { at: +0s, limit: { from: CEN, to: CHI, rate: 1 kbit/s }, for: 30m }
  - { at: +0s, schedule: { from: CHI, to: MKE, hours: { daily: closed } }, for: 1h }
`,
  );

  expect(told.arrivedMs("CHIDP")).toBeGreaterThan(told.emulatedMs("the rate from CEN to CHI is as before"));
  expect(told.arrivedMs("MKEDP")).toBeGreaterThan(
    told.emulatedMs("the schedule from CHI to MKE is as before"),
  );
  expect(told.arrivedMs("CHIDP")).toBeLessThan(told.arrivedMs("MKEDP"));
});

test("packages are added, refreshed, installed once more and removed, and the clock is advanced", async ({
  play,
  source,
  root,
}) => {
  const told = await play(
    { scale: 1200, packages: another },
    `
scenario:
  - { when: Maps arrived MKE, add: Later }
  - { when: Later arrived MKE, redistribute: Later }
  - { when: Later arrived MKE, remove: Maps, after: 10m }
  - { when: Later arrived MKE, after: 1h, clock: { advance: "Sat 17:00", scale: 2400 } }
  - { at: "Sat 18:00", refresh: Later }
`,
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
