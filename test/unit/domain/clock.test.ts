import fc from "fast-check";
import { expect, test } from "vitest";

import { type ClockTimeline, clockTimeline, emulatedAt, realAt, withMoment } from "../../../domain/clock.ts";
import { SystemClock } from "../../../site-image/system-clock.ts";

const start = { realMs: 1_000_000, emulatedMs: Date.UTC(2003, 10, 7), scale: 60 };

/** Clocks that were advanced and rescaled a few times while they ran. */
const timelines: fc.Arbitrary<ClockTimeline> = fc
  .array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: 100_000 }),
      advanceMs: fc.option(fc.integer({ min: 0, max: 10_000_000 }), { nil: undefined }),
      scale: fc.option(fc.integer({ min: 1, max: 3600 }), { nil: undefined }),
    }),
    { maxLength: 5 },
  )
  .map((changes) => {
    let timeline: ClockTimeline = [start];
    let realMs = start.realMs;
    for (const { afterMs, advanceMs, scale } of changes) {
      realMs += afterMs;
      const emulatedMs = emulatedAt(timeline, realMs) + (advanceMs ?? 0);
      timeline = withMoment(timeline, { realMs, emulatedMs, ...(scale !== undefined && { scale }) });
    }
    return timeline;
  });
const reals = fc.integer({ min: start.realMs, max: start.realMs + 600_000 });

test("a clock runs at its scale from where it starts", () => {
  expect(emulatedAt([start], start.realMs + 1000) - start.emulatedMs).toBe(60_000);
  expect(realAt([start], start.emulatedMs + 60_000)).toBe(start.realMs + 1000);
});

test("however a clock is advanced and rescaled, its time never goes back", () => {
  fc.assert(
    fc.property(timelines, reals, reals, (timeline, one, other) => {
      const [first, second] = [Math.min(one, other), Math.max(one, other)];
      expect(emulatedAt(timeline, first)).toBeLessThanOrEqual(emulatedAt(timeline, second) + 1e-3);
      expect(clockTimeline.safeParse(timeline).success).toBe(true);
    }),
  );
});

test("the real instant of an emulated one is the first at which the calendar shows it", () => {
  fc.assert(
    fc.property(timelines, reals, (timeline, realMs) => {
      const emulatedMs = emulatedAt(timeline, realMs);
      const found = realAt(timeline, emulatedMs);
      expect(found).toBeLessThanOrEqual(realMs + 1e-3);
      expect(emulatedAt(timeline, found)).toBeGreaterThanOrEqual(emulatedMs - 1e-3 * 3600);
      expect(emulatedAt(timeline, found - 1)).toBeLessThan(emulatedMs);
    }),
  );
});

test("a moment that would take time back is refused", () => {
  const back = [start, { realMs: start.realMs + 1000, emulatedMs: start.emulatedMs, scale: 60 }];
  expect(clockTimeline.safeParse(back).success).toBe(false);
  expect(clockTimeline.safeParse([]).success).toBe(false);
  expect(withMoment([start], { realMs: start.realMs + 1000, emulatedMs: 0 }).at(-1)?.emulatedMs).toBe(
    start.emulatedMs + 60_000,
  );
});

test("who sleeps through an emulated night wakes when the clock is advanced to the morning", async () => {
  const clock = SystemClock.untold();
  const never = new AbortController().signal;
  const asleep = clock.sleep(12 * 3_600_000, never);
  const realMs = clock.realNow();
  clock.timeline = withMoment(clock.timeline, { realMs, emulatedMs: clock.now() + 13 * 3_600_000 });
  await asleep;
  expect(clock.now()).toBeGreaterThanOrEqual(realMs + 13 * 3_600_000);
});

test("who sleeps when the clock is made faster wakes by the faster clock", async () => {
  const clock = SystemClock.untold();
  const before = clock.now();
  const asleep = clock.sleep(3_600_000, new AbortController().signal);
  clock.timeline = withMoment(clock.timeline, { realMs: clock.realNow(), scale: 100_000 });
  await asleep;
  expect(clock.now()).toBeGreaterThanOrEqual(before + 3_600_000);
});
