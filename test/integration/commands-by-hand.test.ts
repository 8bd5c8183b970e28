/**
 * The commands that do by hand what a scenario does, on a hierarchy that stays up: real processes and real sites.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { Spoolnet } from "../support/spoolnet-process.ts";
import { test as base } from "../support/temporary-folder.ts";

const topology = `
name: by-hand
clock: { start: "2003-11-07T17:30:00-05:00", scale: 60 }
sites:
  CEN: { type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  CHI: { type: primary, parent: CEN, timeZone: America/Chicago, distributionPoints: [CHIDP] }
  MKE: { type: secondary, parent: CHI, distributionPoints: [MKEDP] }
`;

const test = base.extend("root", async ({ folder }) => {
  await mkdir(join(folder, "source"));
  await writeFile(join(folder, "source", "map.txt"), "here be dragons\n".repeat(1000));
  await writeFile(join(folder, "by-hand.yaml"), topology);
  return join(folder, "root");
});

class ByHand implements AsyncDisposable {
  readonly root: string;
  readonly #up: Spoolnet;

  private constructor(root: string, up: Spoolnet) {
    this.root = root;
    this.#up = up;
  }

  static async start(folder: string, root: string): Promise<ByHand> {
    const up = new Spoolnet(["up", join(folder, "by-hand.yaml"), "--driver", "embedded", "--root", root]);
    await up.says("by-hand is up");
    return new ByHand(root, up);
  }

  /** What a command says, and its exit code. */
  async run(...args: readonly string[]): Promise<{ code: number | null; said: string }> {
    const { code, stdout, stderr } = await new Spoolnet([...args, "--root", this.root]).ended();
    return { code, said: `${stdout}${stderr}`.trim() };
  }

  async facts(...args: readonly string[]): Promise<Record<string, unknown>[]> {
    const { code, said } = await this.run(...args, "--json");
    expect([code, said.slice(0, 1)]).toEqual([0, "{"]);
    return said.split("\n").map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#up.child.kill("SIGTERM");
    await this.#up.ended();
  }
}

test("a link is cut, changed and restored at both ends, and nothing else of it changes", async ({
  folder,
  root,
}) => {
  await using hierarchy = await ByHand.start(folder, root);

  expect(await hierarchy.run("link", "cut", "CEN", "CHI")).toEqual({
    code: 0,
    said: "the link between CEN and CHI is cut",
  });
  const [set] = await hierarchy.facts(
    "link",
    "set",
    "chi",
    "cen",
    "--bandwidth",
    "64 kbit/s",
    "--latency",
    "40 ms",
  );
  const slow = { bytesPerSecond: 8000, latencyMs: 40, isCut: true };
  expect(set).toMatchObject({ between: ["CHI", "CEN"], ways: [slow, slow] });
  const [restored] = await hierarchy.facts("link", "restore", "CEN", "CHI");
  expect(restored).toMatchObject({
    ways: [
      { ...slow, isCut: false },
      { ...slow, isCut: false },
    ],
  });
});

test("a package is made, refreshed, shown and deleted", async ({ folder, root }) => {
  await using hierarchy = await ByHand.start(folder, root);
  const add = ["package", "add", join(folder, "source"), "--name", "Maps", "--on", "CHI,MKEDP"];

  expect((await hierarchy.facts(...add))[0]).toMatchObject({
    id: "CEN00001",
    distributionPoints: [
      { site: "CHI", server: "CHIDP" },
      { site: "MKE", server: "MKEDP" },
    ],
  });
  await hierarchy.run("package", "refresh", "Maps");
  await hierarchy.run("package", "redistribute", "CEN00001");
  const [shown] = await hierarchy.facts("package", "show", "Maps");
  expect(shown).toMatchObject({ site: "CEN", PackageID: "CEN00001", SourceVersion: 2 });
  expect(shown?.copies).toHaveLength(2);
  expect(await hierarchy.run("package", "remove", "Maps", "--quiet")).toEqual({ code: 0, said: "" });
  expect((await hierarchy.run("package", "list")).said).toBe("no packages");
});

test("the clock is shown, made faster and advanced, the same for all sites, and never goes back", async ({
  folder,
  root,
}) => {
  await using hierarchy = await ByHand.start(folder, root);

  await hierarchy.facts("clock", "scale", "600");
  const [advanced] = await hierarchy.facts("clock", "advance", "Sat 06:00");
  expect(advanced).toMatchObject({ emulatedMs: Date.parse("2003-11-08T06:00:00-05:00"), scale: 600 });
  const [shown] = await hierarchy.facts("clock", "show");
  expect(shown?.timeline).toEqual(advanced?.timeline);
  const back = await hierarchy.run("clock", "advance", "2003-11-08 05:00");
  expect(back.code).toBe(2);
  expect(back.said).toContain("as time never goes back");
});

test("a log is shown as people read it, from a moment on", async ({ folder, root }) => {
  await using hierarchy = await ByHand.start(folder, root);

  const all = await hierarchy.facts("logs", "CEN", "sitecomp.log");
  expect(all[0]).toMatchObject({ site: "CEN", log: "sitecomp", component: "SMS_SITE_COMPONENT_MANAGER" });
  await hierarchy.run("clock", "advance", "+2d");
  expect(await hierarchy.run("logs", "CEN", "sitecomp", "--since", "1d")).toEqual({ code: 0, said: "" });
  expect((await hierarchy.run("logs", "CHI")).said.split("\n")).toContain("despool");
});

test("a mistake is told with the names that would do, and a part of a process cannot be ended", async ({
  folder,
  root,
}) => {
  await using hierarchy = await ByHand.start(folder, root);
  const mistakes: [args: string[], words: string][] = [
    [["link", "cut", "CEN", "CHX"], '"CHX" (known: CEN, CHI, MKE)'],
    [["link", "cut", "CEN", "MKE"], "the parent or a child of CEN, found MKE (known: CHI)"],
    [["link", "set", "CEN", "CHI", "--bandwidth", "64"], "a rate with its unit"],
    [["logs", "CHI", "dspool"], "(known: compsumm, despool, distmgr"],
    [["package", "refresh", "Maps"], 'found "Maps" (known: none)'],
    [
      ["package", "add", folder, "--name", "Maps", "--on", "CHIDP9"],
      'found "CHIDP9" (known: HQDP, CHIDP, MKEDP)',
    ],
    [["clock", "advance", "tomorrow"], "expected a moment"],
  ];
  for (const [args, words] of mistakes) {
    const { code, said } = await hierarchy.run(...args);
    expect([code, said]).toEqual([2, expect.stringContaining(words)]);
  }
  const killed = await new Spoolnet(["site", "kill", "CHI", "--hierarchy", "by-hand"]).ended();
  expect(killed).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("a part of a process cannot be ended"),
  });
});
