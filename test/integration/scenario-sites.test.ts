/**
 * Scenarios as a user has them: `spoolnet run` with real sites, each kind of step seen in what the sites tell of it.
 * Here: sites that end, stand still or are full.
 */
import { expect } from "vitest";

import { expectSameTree } from "../support/same-tree.ts";
import { aside, content, journal, settingOf, test } from "../support/scenario-run.ts";

test("a site that is killed under a transfer is started again, and one that is paused works no more meanwhile", async ({
  play,
  source,
  root,
}) => {
  const told = await play(
    { scale: 60 },
    `
links:
  - { between: [CEN, CHI], bandwidth: 16 kbit/s }
  - { between: [CHI, MKE], bandwidth: 32 kbit/s }
scenario:
  - { when: Maps sending CEN CHI, kill: CHI, for: 1m }
  - { when: CHI down, cut: [CEN, CHI] }
  - { when: CHI up, restore: [CEN, CHI] }
  - { when: Maps sending CHI MKE, pause: MKE, for: 3m }
`,
  );

  told.inOrder("kill CHI", "start CHI", "pause MKE", "resume MKE", "MKE installed");
  told.inOrder("start CHI", "CHI installed"); // while it sends to MKE, sooner or later
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

test("a site is stopped in good order and started again", async ({ play, root }) => {
  const told = await play(
    { scale: 1200 },
    `
scenario:
  - { when: Maps arrived CHI, stop: MKE }
  - { when: MKE down, after: 10m, start: MKE }
  - { when: MKE up, after: 1m, refresh: Maps }
  - { at: +2h, redistribute: Maps }
`,
  );

  told.inOrder("stop MKE", "start MKE", "refresh Maps", "has version 2");
  expect((await journal(root, "MKE")).map(({ action }) => action)).toContain("stopped");
  expect(
    told.facts.filter(({ type }) => type === "arrival").map(({ sourceVersion }) => sourceVersion),
  ).toContain(2);
});

test("a share that is full refuses what comes, and takes it once it has room again", async ({
  play,
  source,
  root,
}) => {
  const told = await play(
    { scale: 600, sites: aside },
    `
scenario:
  - { at: +0s, fill: MKE }
  - { when: Maps arrived CHI, after: 10m, empty: MKE }
  - { when: Maps arrived CHI, fill: DET }
`,
  );

  told.inOrder("fill the share of MKE", "507 NO_ROOM", "the share of MKE has room again", "MKE installed");
  await expectSameTree(content(root, "MKE", "MKEDP"), source);
  expect(settingOf(root, "DET", "quota")).toBeNull(); // put right at the end
});
