import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { type PacedRate, Pacer } from "../../../site-image/senders/pacer.ts";
import { type Arrival, between, bytesOf, mostWithin } from "../../support/arrivals.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const forever = Number.POSITIVE_INFINITY;
const never = new AbortController().signal;
const fixed = (bytesPerSecond: number) => (): PacedRate => ({ bytesPerSecond, untilMs: forever });

type Taking = {
  /** What it asks for at most, and how long it then works with what it got. Asked every time. */
  most?(): number;
  busyMs?(): number;
  signal?: AbortSignal;
};

/** Takes on and on. What it got, and when, is added to `got`. */
async function keepTaking(
  pacer: Pacer,
  clock: ManualClock,
  got: Arrival[],
  { most = () => 512 * 1024, busyMs = () => 0, signal = never }: Taking = {},
): Promise<void> {
  while (!signal.aborted) {
    const bytes = await pacer.take(most(), signal);
    got.push({ atMs: clock.realNow(), bytes });
    await clock.sleepReal(busyMs(), signal);
  }
}

/** What one taker gets in `ms` real milliseconds. */
async function taken(pacer: Pacer, clock: ManualClock, ms: number, taking: Taking = {}): Promise<Arrival[]> {
  const got: Arrival[] = [];
  const stop = new AbortController();
  const ended = keepTaking(pacer, clock, got, { ...taking, signal: stop.signal }).catch(() => {});
  await clock.advance(ms);
  stop.abort();
  await ended;
  return got;
}

const modem = 33_600 / 8;
const rates = fc.oneof(
  fc.constantFrom(modem, 8000, 2 ** 20, 10 * 2 ** 20, 100 * 2 ** 20),
  fc.double({ min: 4000, max: 5e8, noNaN: true }),
);
const scales = fc.constantFrom(1, 60, 3600);
/** Numbers in turn, over and over. */
function inTurn(values: readonly number[]): () => number {
  let index = 0;
  return () => values[index++ % values.length] ?? 0;
}

/** No window above its bound. A tenth of a second, or ten blocks where those take longer. */
function expectWithin(got: readonly Arrival[], bytesPerSecond: number): void {
  const shortMs = Math.max(100, (10 * 16 * 1000) / bytesPerSecond);
  expect(mostWithin(got, shortMs) / ((bytesPerSecond * shortMs) / 1000)).toBeLessThanOrEqual(1.1);
  expect(mostWithin(got, 1000) / bytesPerSecond).toBeLessThanOrEqual(1.02);
}

describe("a pacer", () => {
  test("keeps exactly to its rate, whatever is asked for", async () => {
    await fc.assert(
      fc.asyncProperty(
        rates,
        fc.array(fc.integer({ min: 1, max: 600_000 }), { minLength: 1 }),
        async (rate, mosts) => {
          const clock = new ManualClock();
          const bytesPerSecond = Math.min(rate, 2e7); // many small blocks at a high rate only cost time
          const pacer = new Pacer({ clock, rate: fixed(bytesPerSecond) });
          const least = (bytesPerSecond * 5) / 1000; // what makes sense to ask for: less is a block by itself
          const got = await taken(pacer, clock, 3000, { most: inTurn(mosts.map((most) => most + least)) });

          expectWithin(got, bytesPerSecond);
          expect(bytesOf(got)).toBeLessThanOrEqual(bytesPerSecond * 3 + 1);
          expect(bytesOf(got)).toBeGreaterThan(bytesPerSecond * (3 - 0.008) - 32);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("runs with the clock's scale", async () => {
    await fc.assert(
      fc.asyncProperty(scales, fc.constantFrom(modem, 8000), async (scale, bytesPerSecond) => {
        const clock = new ManualClock({ scale });
        const got = await taken(new Pacer({ clock, rate: fixed(bytesPerSecond) }), clock, 2000);

        expectWithin(got, bytesPerSecond * scale);
        expect(bytesOf(got) / (bytesPerSecond * scale * 2)).toBeCloseTo(1, 2);
      }),
      { numRuns: 6 },
    );
  });

  test("pays for bytes before they leave", async () => {
    const clock = new ManualClock();
    const got = await taken(new Pacer({ clock, rate: fixed(10_000) }), clock, 100);

    expect(got[0]).toEqual({ atMs: 3, bytes: 30 });
  });

  test("makes up for late timers without ever going above the bounds", async () => {
    await fc.assert(
      fc.asyncProperty(
        rates,
        fc.array(fc.double({ min: 0, max: 1.9, noNaN: true }), { minLength: 1 }),
        fc.array(fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 10), { minLength: 1 }),
        async (bytesPerSecond, lateness, hiccups) => {
          const [usual, seldom] = [inTurn(lateness), inTurn([...hiccups, 0, 0, 0, 0, 0])];
          const clock = new ManualClock({ latenessMs: () => usual() + seldom() });
          const got = await taken(new Pacer({ clock, rate: fixed(bytesPerSecond) }), clock, 3000);

          expectWithin(got, bytesPerSecond);
        },
      ),
      { numRuns: 40 },
    );
  });

  test.for([modem, 8000, 2 ** 20, 100 * 2 ** 20])(
    "keeps the mean of %d bytes a second although every timer is late and some are very",
    async (rate) => {
      const lateness = inTurn([...Array(1000).fill(1.2), 20]); // 20 ms every few seconds
      const clock = new ManualClock({ latenessMs: lateness });
      const got = await taken(new Pacer({ clock, rate: fixed(rate) }), clock, 20_000);
      const tenSeconds = between(got, 5000, 15_000);

      expect(Math.abs(bytesOf(tenSeconds) / (rate * 10) - 1)).toBeLessThan(0.002);
      expectWithin(got, rate);
    },
  );

  test("repays what a blocked event loop cost slowly", async () => {
    const lateness = inTurn([...Array(20).fill(0), 60, ...Array(1e6).fill(0)]);
    const clock = new ManualClock({ latenessMs: lateness });
    const rate = 2 ** 20;
    const got = await taken(new Pacer({ clock, rate: fixed(rate) }), clock, 12_000);

    expect(bytesOf(between(got, 0, 1000)) / rate).toBeLessThan(0.96);
    expect(bytesOf(got) / (rate * 12)).toBeGreaterThan(0.999);
    expectWithin(got, rate);
  });

  test("does not make up for a path that stood still", async () => {
    const rate = 2 ** 20;
    const clock = new ManualClock();
    const busyMs = inTurn([...Array(200).fill(0), 6000, ...Array(1e6).fill(0)]);
    const got = await taken(new Pacer({ clock, rate: fixed(rate) }), clock, 10_000, { busyMs });

    expect(bytesOf(got) / (rate * 4)).toBeCloseTo(1, 2);
    expectWithin(got, rate);
  });

  test("has what waited in the path, and came in one piece, paid for again", async () => {
    const rate = 2 ** 20;
    const clock = new ManualClock();
    const pacer = new Pacer({ clock, rate: fixed(rate) });
    await clock.advance(1000);
    pacer.arrived(20_000, 6000, 6000);
    const got = await taken(pacer, clock, 1000);

    expectWithin([{ atMs: 1000, bytes: 20_000 }, ...got], rate);
    expect((20_000 + bytesOf(got)) / rate).toBeCloseTo(1, 2);
  });

  test("earns one block while nobody takes", async () => {
    const clock = new ManualClock();
    const pacer = new Pacer({ clock, rate: fixed(10_000) });
    await clock.advance(60_000);
    const got = await taken(pacer, clock, 6);

    expect(got).toEqual([
      { atMs: 60_000, bytes: 30 },
      { atMs: 60_003, bytes: 30 },
      { atMs: 60_006, bytes: 30 },
    ]);
  });

  test("gives at once when there is no limit", async () => {
    const clock = new ManualClock();
    const pacer = new Pacer({ clock, rate: fixed(forever) });

    expect(await pacer.take(512 * 1024, never)).toBe(512 * 1024);
    expect(pacer.mayBeUnderWay(0)).toBe(forever);
  });
});

describe("a rate that changes", () => {
  test("at a time known before holds from that instant", async () => {
    await fc.assert(
      fc.asyncProperty(rates, rates, scales, async (before, after, scale) => {
        const clock = new ManualClock({ scale, latenessMs: inTurn([0.3, 1.1, 0.7]) });
        const changeMs = 1003;
        const rate = (): PacedRate =>
          clock.realNow() < changeMs
            ? { bytesPerSecond: before / scale, untilMs: changeMs * scale }
            : { bytesPerSecond: after / scale, untilMs: forever };
        const got = await taken(new Pacer({ clock, rate }), clock, 2000);
        const [first, second] = [between(got, 0, changeMs), between(got, changeMs, 3000)];

        expectWithin(first, before);
        expectWithin(second, after);
        expect(bytesOf(first) / ((before * changeMs) / 1000)).toBeCloseTo(1, 1);
        expect(bytesOf(second) / (after * 0.997)).toBeCloseTo(1, 1);
        expect(second[0]?.atMs).toBeLessThan(changeMs + 12);
      }),
      { numRuns: 40 },
    );
  });

  test("under it wakes who waits, and lets nothing go that was paid for at the old rate", async () => {
    const clock = new ManualClock();
    let bytesPerSecond = 100 * 2 ** 20;
    const pacer = new Pacer({ clock, rate: () => ({ bytesPerSecond, untilMs: forever }) });
    const got: Arrival[] = [];
    void keepTaking(pacer, clock, got);
    await clock.advance(1001.7);
    bytesPerSecond = 8000;
    pacer.changed();
    await clock.advance(1000);
    expect(bytesOf(between(got, 1001.7, 3000))).toBeLessThanOrEqual(8040);
    bytesPerSecond = 2 ** 20;
    pacer.changed();
    await clock.advance(6);

    expect(got.at(-1)?.atMs).toBeGreaterThan(2002);
  });

  test("from closed to open wakes who waits", async () => {
    const clock = new ManualClock({ scale: 60 });
    let bytesPerSecond = 0;
    const pacer = new Pacer({ clock, rate: () => ({ bytesPerSecond, untilMs: forever }) });
    let got = 0;
    void pacer.take(1000, never).then((bytes) => {
      got = bytes;
    });
    await clock.advance(5000);
    expect(got).toBe(0);
    bytesPerSecond = forever;
    pacer.changed();
    await clock.advance(0);

    expect(got).toBe(1000);
  });

  test("because the clock is rescaled holds without being told", async () => {
    const clock = new ManualClock();
    const pacer = new Pacer({ clock, rate: fixed(8000) });
    await taken(pacer, clock, 1000);
    clock.rescale(60);
    const got = await taken(pacer, clock, 1000);

    expect(bytesOf(got) / 480_000).toBeCloseTo(1, 2);
    expectWithin(got, 480_000);
  });
});

describe("several who take from one pacer", () => {
  test("share its rate evenly", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 7 }), rates, async (takers, rate) => {
        const clock = new ManualClock({ latenessMs: inTurn([0.2, 1.4, 0.9]) });
        const pacer = new Pacer({ clock, rate: fixed(rate) });
        const got = Array.from({ length: takers }, (): Arrival[] => []);
        const stop = new AbortController();
        for (const one of got) {
          keepTaking(pacer, clock, one, { signal: stop.signal }).catch(() => {});
        }
        await clock.advance(2000);
        stop.abort();
        const all = got.flat().sort((a, b) => a.atMs - b.atMs);
        const shares = got.map(bytesOf);

        expectWithin(all, rate);
        expect(bytesOf(all) / (rate * 2)).toBeCloseTo(1, 1);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(all[0]?.bytes ?? 0);
      }),
      { numRuns: 20 },
    );
  });

  test("do not wait for one that gave up", async () => {
    const clock = new ManualClock();
    const pacer = new Pacer({ clock, rate: fixed(10_000) });
    const stop = new AbortController();
    const first = pacer.take(40, stop.signal);
    const second = pacer.take(40, never);
    stop.abort(new Error("given up"));

    await expect(first).rejects.toThrow("given up");
    await clock.advance(5);
    expect(await second).toBe(30);
  });
});
