/**
 * `spoolnet check`, over journals as sites leave them in a folder.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { Spoolnet } from "../../support/spoolnet-process.ts";
import { test } from "../../support/temporary-folder.ts";
import { delivery, history, installed, requestSteps, type Told } from "./told.ts";

async function check(folder: string, told: readonly Told[], ...options: string[]) {
  for (const [site, events] of Map.groupBy(history(...told), (event) => event.site)) {
    await mkdir(join(folder, site), { recursive: true });
    const lines = events.map((event) => `${JSON.stringify(event)}\n`).join("");
    await writeFile(join(folder, site, "journal.jsonl"), lines);
  }
  return await new Spoolnet(["check", "--root", folder, ...options]).ended();
}

test("a run in which nothing went wrong is told to be so", async ({ folder }) => {
  const { code, stdout } = await check(folder, delivery());
  expect([code, stdout]).toEqual([0, "14 events checked: nothing found"]);
});

test("what went wrong is told with its place and moment, and the exit code is 1", async ({ folder }) => {
  const { code, stdout } = await check(folder, [...delivery(), installed("CHI", "CHIDP")]);
  expect(code).toBe(1);
  expect(stdout.split("\n")).toEqual([
    "installed once: site CHI, Fri 2003-11-07 00:14:00 (event 6): CEN00001 version 1 is installed on CHIDP again, where it has been since event 5",
    "15 events checked: 1 finding",
  ]);
});

test("a request under way is counted, and found only where everything should be at rest", async ({
  folder,
}) => {
  const { made } = requestSteps("2___1CEN", "CHI");
  const under = await check(folder, [made]);
  expect([under.code, under.stdout]).toEqual([
    0,
    "1 event checked, 1 send request still under way: nothing found",
  ]);
  const { code, stdout } = await check(folder, [made], "--at-rest", "--json");
  expect(code).toBe(1);
  expect(stdout.split("\n").map((line) => JSON.parse(line))).toMatchObject([
    { type: "finding", rule: "requests end", site: "CEN", request: "2___1CEN", sequence: 1 },
    { type: "end", events: 1, openRequests: 1, findings: 1 },
  ]);
});

test("a folder without journals is a mistake", async ({ folder }) => {
  const { code, stderr } = await new Spoolnet(["check", "--root", folder]).ended();
  expect(code).toBe(2);
  expect(stderr).toContain("expected folders of sites with a journal.jsonl, found none");
});
