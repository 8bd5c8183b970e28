import { appendFileSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";

import { expect } from "vitest";

import { siteCode } from "../../../domain/identifiers.ts";
import type { JournalEvent } from "../../../domain/journal.ts";
import { DiskTrouble } from "../../../site-image/disk-trouble.ts";
import { Journal } from "../../../site-image/journal.ts";
import { SystemClock } from "../../../site-image/system-clock.ts";
import { test as base } from "../../support/temporary-folder.ts";

const test = base.extend("file", ({ folder }) => join(folder, "journal.jsonl"));

const open = (file: string) => {
  const clock = SystemClock.untold();
  return new Journal({
    file,
    site: siteCode.parse("CEN"),
    clock,
    disk: new DiskTrouble({ root: file, clock }),
  });
};
const never = new AbortController().signal;

async function texts(events: AsyncIterable<JournalEvent>): Promise<(string | undefined)[]> {
  const found = [];
  for await (const { text } of events) found.push(text);
  return found;
}

test("events are kept over restarts, numbered without gaps", async ({ file }) => {
  for (const text of ["one", "two"]) {
    using journal = open(file);
    journal.record("TEST", { action: "created", text });
  }
  using journal = open(file);
  const events = [];
  for await (const event of journal.events(0, false, never)) events.push(event);
  expect(events.map(({ sequence, text }) => [sequence, text])).toEqual([
    [1, "one"],
    [2, "two"],
  ]);
  expect(await texts(journal.events(1, false, never))).toEqual(["two"]);
});

test("a last line torn by a kill is cut off, wherever it tore, and the next event follows the last whole one", async ({
  file,
}) => {
  {
    using journal = open(file);
    journal.record("TEST", { action: "created", text: "whole, with ünïcode" });
  }
  const whole = readFileSync(file);
  const torn = Buffer.from(whole.toString().replace("whole", "torn").replace('"sequence":1', '"sequence":2'));
  for (let length = 0; length < torn.length; length += 7) {
    truncateSync(file, whole.length);
    appendFileSync(file, torn.subarray(0, length));
    using journal = open(file);
    expect(journal.last?.sequence, `torn after ${length} bytes`).toBe(1);
    expect(journal.record("TEST", { action: "created" })?.sequence).toBe(2);
    expect(
      readFileSync(file, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).sequence),
    ).toEqual([1, 2]);
  }
});

test("whoever follows sees what was kept, then each new event once", async ({ file }) => {
  using journal = open(file);
  const stop = new AbortController();
  const seen: string[] = [];
  for (let index = 0; index < 50; index++)
    journal.record("TEST", { action: "created", text: `kept ${index}` });
  let written = 0;
  for await (const { text } of journal.events(0, true, stop.signal)) {
    seen.push(text ?? "");
    // Written while the reader is still reading what was kept, and after.
    if (written < 50) journal.record("TEST", { action: "created", text: `new ${written++}` });
    if (seen.length === 100) stop.abort();
  }
  expect(seen).toEqual([
    ...Array.from({ length: 50 }, (_, index) => `kept ${index}`),
    ...Array.from({ length: 50 }, (_, index) => `new ${index}`),
  ]);
});

test("progress is shown to who watches and not kept", async ({ file }) => {
  using journal = open(file);
  const stop = new AbortController();
  const watching = journal.events(0, true, stop.signal);
  const first = watching.next();
  journal.show("TEST", { action: "progress", offset: 7 });
  expect((await first).value).toMatchObject({ sequence: 0, action: "progress", offset: 7 });
  stop.abort();
  expect((await watching.next()).done).toBe(true);
  expect(readFileSync(file, "utf8")).toBe("");
});
