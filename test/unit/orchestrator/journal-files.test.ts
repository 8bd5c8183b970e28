import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import { siteCode } from "../../../domain/identifiers.ts";
import { journalEvents, lastEventMs, sitesWithJournal } from "../../../orchestrator/journal-files.ts";
import { test as base } from "./folder-fixture.ts";

const cen = siteCode.parse("CEN");
const line = (sequence: number, text = "") =>
  `${JSON.stringify({ sequence, site: cen, component: "SMS_SCHEDULER", action: "waiting", emulatedMs: sequence * 10, realMs: 1, text })}\n`;

const test = base.extend("journal", async ({ folder }) => {
  await mkdir(join(folder, "CEN"));
  const file = join(folder, "CEN", "journal.jsonl");
  await writeFile(file, line(1) + line(2));
  return file;
});

test("a torn last line never happened", async ({ folder, journal }) => {
  await appendFile(journal, line(3).slice(0, 40));

  expect(await lastEventMs(folder, cen)).toBe(20);
  expect((await Array.fromAsync(journalEvents(folder, cen))).map(({ sequence }) => sequence)).toEqual([1, 2]);
});

test("the last event is found at the end of a long journal", async ({ folder, journal }) => {
  for (let sequence = 3; sequence <= 40; sequence++)
    await appendFile(journal, line(sequence, "x".repeat(10_000)));

  expect(await lastEventMs(folder, cen)).toBe(400);
});

test("a site that has never run has no last event", async ({ folder }) => {
  expect(await lastEventMs(folder, cen)).toBeUndefined();
});

test("only folders of sites with a journal are sites", async ({ folder, journal: _ }) => {
  await mkdir(join(folder, "CHI"));
  await mkdir(join(folder, "logs"));

  expect(await sitesWithJournal(folder)).toEqual(["CEN"]);
});
