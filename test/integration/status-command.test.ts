/**
 * `spoolnet status`, `spoolnet request` and `spoolnet site remove` as a user has them, on a hierarchy that runs.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { Spoolnet } from "../support/spoolnet-process.ts";
import { test as base } from "../support/temporary-folder.ts";

/** Two packages that wait for Friday evening, each with its definition before its content. */
const topology = `
name: two-sites
clock: { start: "2003-11-07T12:00:00-05:00", scale: 1 }
sites:
  CEN: { name: Headquarters, type: primary, timeZone: America/New_York, distributionPoints: [HQDP] }
  MKE: { type: secondary, parent: CEN, timeZone: America/Chicago, distributionPoints: [MKEDP] }
addresses:
  - { from: CEN, to: MKE, schedule: { Mon-Fri 08-18: closed } }
packages:
  - { name: Maps, site: CEN, source: source, distributionPoints: all }
expect: []
`;

class Running implements AsyncDisposable {
  readonly root: string;
  readonly #run: Spoolnet;

  private constructor(root: string, run: Spoolnet) {
    this.root = root;
    this.#run = run;
  }

  static async start(folder: string): Promise<Running> {
    await mkdir(join(folder, "source"));
    await writeFile(join(folder, "source", "map.txt"), "here be dragons\n".repeat(1000));
    await writeFile(join(folder, "topology.yaml"), topology);
    const root = join(folder, "root");
    const run = new Spoolnet(["run", join(folder, "topology.yaml"), "--root", root, "--json"]);
    await run.says('"text":"closed until Fri 18:00"');
    return new Running(root, run);
  }

  ask(...args: string[]) {
    return new Spoolnet([...args, "--root", this.root]).ended();
  }

  /** What `status --json` says once `isTrue` of it. */
  async facts(isTrue: (facts: Fact[]) => boolean): Promise<Fact[]> {
    for (;;) {
      const { stdout } = await this.ask("status", "--json");
      const facts = stdout.split("\n").map((line): Fact => JSON.parse(line));
      if (isTrue(facts)) return facts;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#run.child.kill("SIGTERM");
    await this.#run.ended();
  }
}

type Fact = Readonly<Record<string, unknown>>;
const test = base.extend("running", async ({ folder }, { onCleanup }) => {
  const running = await Running.start(folder);
  onCleanup(() => running[Symbol.asyncDispose]());
  return running;
});
const requestsIn = (facts: readonly Fact[]) => facts.filter(({ type }) => type === "request");
const content = (facts: readonly Fact[]) =>
  requestsIn(facts).find(({ sourceVersion }) => sourceVersion === 1);

test("status shows each site with its time, its queues, and why a request waits", async ({ running }) => {
  await running.facts(
    (facts) => requestsIn(facts).length === 2 && requestsIn(facts).every(({ reason }) => reason),
  );
  const { code, stdout, stderr } = await running.ask("status");

  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^CEN Headquarters {2}healthy {2}Fri 2003-11-07 12:\d\d:\d\d$/m);
  expect(stdout).toMatch(/^MKE {2}healthy {2}Fri 2003-11-07 11:\d\d:\d\d$/m); // its own time
  expect(stdout).toContain("inboxes: Schedule.box/Requests 2");
  expect(stdout).toMatch(
    /2\w{4}CEN +SUSPENDED +medium +MKE +CEN00001 version 1 +\S+ \w+ +\S+ \w+ +0 +Fri 18:00:00 +closed until Fri 18:00/,
  );
  expect(stdout).toContain("nothing is being sent, and nothing waits to be sent");
});

test("a request is held and released by its id, and only the sites that are asked for are shown", async ({
  running,
}) => {
  const before = content(await running.facts((facts) => content(facts) !== undefined));
  const id = String(before?.request);
  const held = await running.ask("request", "hold", id.toLowerCase());
  expect(held).toMatchObject({ code: 0, stdout: `send request ${id} of site CEN is held` });
  await running.facts((facts) => content(facts)?.reason === "held by an administrator");
  expect(await running.ask("request", "release", id)).toMatchObject({ code: 0 });
  await running.facts((facts) => content(facts)?.reason === "closed until Fri 18:00");

  const twice = await running.ask("request", "release", id);
  expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining(`send request ${id} is not held`)]);
  const wrong = await running.ask("request", "hold", "2__01XYZ");
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringContaining("site XYZ, which is not here (known: CEN, MKE)"),
  ]);
  const one = await running.ask("status", "--site", "mke", "--json");
  expect(one.stdout.split("\n").map((line) => JSON.parse(line).code)).toEqual(["MKE"]);
});

test("a site is removed at both ends, and a second time is told so", async ({ running }) => {
  const { code, stdout } = await running.ask("site", "remove", "MKE");
  expect(code).toBe(0);
  expect(stdout).toBe("site CEN has removed its child MKE\nsite MKE has left its parent CEN");
  await running.facts((facts) => requestsIn(facts).length === 0);
  const again = await running.ask("site", "remove", "MKE");
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("site MKE is no child")]);
});

base("where no hierarchy runs, status says what to give", async ({ folder }) => {
  const { code, stderr } = await new Spoolnet(["status", "--root", folder]).ended();

  expect(code).toBe(2);
  expect(stderr).toContain("no hierarchy runs on this folder: give --root <folder> of a run");
});

base("a site that does not answer is shown, and the exit code says so", async () => {
  const own = { SPOOLNET_ADMINISTRATOR_TOKEN: "a-token-for-tests-only" };
  const { code, stdout } = await new Spoolnet(
    ["status", "--site-url", "CEN=http://127.0.0.1:1"],
    own,
  ).ended();

  expect(code).toBe(3);
  expect(stdout).toContain("CEN  does not answer: ");
});
