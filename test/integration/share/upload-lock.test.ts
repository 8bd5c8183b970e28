/**
 * Who has an upload when several want it.
 */
import { expect, test } from "vitest";

import type { Clock } from "../../../domain/clock.ts";
import { UploadLocks } from "../../../site-image/http/upload-lock.ts";

/** A clock on which every wait is over at once. */
const impatient: Clock = {
  now: () => 0,
  realNow: () => 0,
  scale: () => 1,
  sleep: async () => {},
  sleepReal: async () => {},
};
/** One on which none ever is. */
const patient: Clock = { ...impatient, sleepReal: () => new Promise(() => {}) };
const never = new AbortController().signal;

test("an upload that nobody has is had at once, and again when it is given back", async () => {
  const locks = new UploadLocks(impatient, never);
  {
    using _ = await locks.take("a", () => {});
  }
  using again = await locks.take("a", () => {});

  expect(again).toBeDefined();
});

test("the holder is stopped by a newer request, which has its turn when the holder lets go", async () => {
  const locks = new UploadLocks(patient, never);
  const holder = await locks.take("a", () => holder[Symbol.dispose]());

  using newer = await locks.take("a", () => {});

  expect(newer).toBeDefined();
});

test("those that wait are stopped as well, so that the newest has its way", async () => {
  const locks = new UploadLocks(patient, never);
  const stopped: string[] = [];
  const holder = await locks.take("a", () => stopped.push("first"));
  const waiting = locks.take("a", () => stopped.push("second"));
  const newest = locks.take("a", () => stopped.push("third"));
  holder[Symbol.dispose]();
  (await waiting)[Symbol.dispose]();
  using _ = await newest;

  expect(stopped).toEqual(["first", "first", "second"]);
});

test("a holder that does not let go is not waited for without end", async () => {
  const locks = new UploadLocks(impatient, never);
  const holder = await locks.take("a", () => {});

  await expect(locks.take("a", () => {})).rejects.toMatchObject({ code: "LOCKED" });
  holder[Symbol.dispose]();
  using _ = await locks.take("a", () => {}); // who gave up waiting is not in the way
});

test("uploads do not wait for each other", async () => {
  const locks = new UploadLocks(patient, never);
  using _a = await locks.take("a", () => {});
  using b = await locks.take("b", () => {});

  expect(b).toBeDefined();
});

test("the sweep takes what nobody has, and disturbs nobody", async () => {
  const locks = new UploadLocks(patient, never);
  using _ = await locks.take("a", () => expect.unreachable("a sweep stops nobody"));

  expect(locks.takeIfFree("a")).toBeUndefined();
  using b = locks.takeIfFree("b");
  expect(b).toBeDefined();
});

test("every holder is stopped when the site stops", async () => {
  const stop = new AbortController();
  const locks = new UploadLocks(patient, stop.signal);
  const stopped: string[] = [];
  using _a = await locks.take("a", () => stopped.push("a"));
  using _b = await locks.take("b", () => stopped.push("b"));

  stop.abort();

  expect(stopped).toEqual(["a", "b"]);
});
