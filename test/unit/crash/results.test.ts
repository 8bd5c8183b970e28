import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";

import fc from "fast-check";
import { expect } from "vitest";

import { isInShare, Results } from "../../crash/matrix/results.ts";
import type { Trial } from "../../crash/matrix/trial.ts";
import type { NamedOperation } from "../../crash/shim/orders.ts";
import { test } from "../../support/temporary-folder.ts";

const trial = (operation: string): Trial => ({ site: "CEN", mode: "EIO", operation });
const operation: NamedOperation = { name: "rename a #1", kind: "rename", nature: "changes", isNext: false };

test("a run of the matrix goes on where the one before it was interrupted, by the same operations", async ({
  folder,
}) => {
  const file = join(folder, "results.jsonl");
  const first = await Results.open(file);
  await first.keepOperations(new Map([["CEN", [operation]]]));
  await first.add(trial("rename a #1"), { kind: "met", said: true });
  await appendFile(file, '{"code":"half a li'); // as an interrupted run leaves it

  const second = await Results.open(file);
  await second.add(trial("rename b #1"), { kind: "failed", why: "it is not there" });

  const third = await Results.open(file);
  expect(third.operations).toEqual(new Map([["CEN", [operation]]]));
  expect(third.all.map(({ operation: name, kind }) => [name, kind])).toEqual([
    ["rename a #1", "met"],
    ["rename b #1", "failed"],
  ]);
  expect(third.has(trial("rename b #1"))).toBe(true);
  expect(third.has({ ...trial("rename b #1"), mode: "torn" })).toBe(false);
});

test("what was tried with other code is tried again", async ({ folder }) => {
  const file = join(folder, "results.jsonl");
  const results = await Results.open(file);
  await results.add(trial("rename a #1"), { kind: "met" });
  const text = await readFile(file, "utf8");
  await appendFile(join(folder, "other.jsonl"), text.replace(/"code":"\w+"/, '"code":"of another day"'));

  expect((await Results.open(join(folder, "other.jsonl"))).all).toEqual([]);
});

test("each trial is in one share, however many there are", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 20 }), (key, count) => {
      const shares = Array.from({ length: count }, (_, index) => index + 1);
      expect(shares.filter((share) => isInShare(key, share, count))).toHaveLength(1);
    }),
  );
});
