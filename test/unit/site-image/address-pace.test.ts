import { describe, expect, test } from "vitest";
import { type RateLimit, rateAt } from "../../../domain/rate-limit.ts";
import { parseRateLimit } from "../../../domain/rate-limit-words.ts";
import { TimeZone } from "../../../domain/time-zone.ts";
import { AddressPace } from "../../../site-image/senders/address-pace.ts";
import { type Arrival, between, bytesOf } from "../../support/arrivals.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const utc = new TimeZone("Etc/UTC");

/** An address whose path carries `bytesPerMs`, and what arrives over it while the test lets time pass. */
function address(
  limit: unknown,
  { scale = 1, bytesPerMs = 10_000, link = undefined as number | undefined } = {},
) {
  const clock = new ManualClock({ scale });
  let inForce: RateLimit = parseRateLimit(limit);
  const pace = new AddressPace({ clock, rate: () => rateAt(inForce, utc, link, clock.now()) });
  const stop = new AbortController();
  const arrivals: Arrival[] = [];
  const send = async () => {
    for (;;) {
      const bytes = await pace.take(512 * 1024, stop.signal);
      const tookMs = bytes / bytesPerMs;
      await clock.sleepReal(tookMs, stop.signal);
      arrivals.push({ atMs: clock.realNow(), bytes });
      pace.arrived(bytes, tookMs, 0);
    }
  };
  const ended = send().catch(() => {});
  return {
    clock,
    arrivals,
    change(words: unknown) {
      inForce = parseRateLimit(words);
      pace.changed();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

describe("pulse mode", () => {
  test("pauses after every block, from when it has arrived", async () => {
    await using to = address({ block: "10 KB", pause: "2 s" }, { bytesPerMs: 10.24 });
    await to.clock.advance(9500);

    expect(to.arrivals.map(({ atMs, bytes }) => [Math.round(atMs), bytes])).toEqual([
      [1000, 10_240],
      [4000, 10_240],
      [7000, 10_240],
    ]);
  });

  test("pauses in emulated time", async () => {
    await using to = address(
      { block: "256 KB", pause: "3 s" },
      { scale: 60, bytesPerMs: Number.POSITIVE_INFINITY },
    );
    await to.clock.advance(1010);

    expect(to.arrivals.length).toBe(21); // one every 50 real ms
  });
});

describe("percent without a link", () => {
  test("pauses in proportion to what the block took", async () => {
    await using to = address("25%");
    await to.clock.advance(10_000);

    expect(bytesOf(to.arrivals) / (10_000 * 10_000)).toBeCloseTo(0.25, 2);
  });

  test("by the first release's formula comes to less", async () => {
    await using to = address({ daily: "75%", formula: "rtm" });
    await to.clock.advance(10_000);

    expect(bytesOf(to.arrivals) / (10_000 * 10_000)).toBeCloseTo(0.43, 2);
  });
});

describe("a limit that changes", () => {
  test("from one kind to another takes who waits along", async () => {
    await using to = address({ block: "1 KB", pause: "30 s" });
    await to.clock.advance(1000);
    expect(bytesOf(to.arrivals)).toBe(1024);
    to.change("1 MiB/s");
    await to.clock.advance(1000);
    expect(bytesOf(between(to.arrivals, 1000, 2000)) / 2 ** 20).toBeCloseTo(1, 1);
    to.change({ block: "1 KB", pause: "30 s" });
    await to.clock.advance(10_000);

    expect(bytesOf(between(to.arrivals, 2010, 12_000))).toBeLessThanOrEqual(2048);
  });

  test("by the hour is followed", async () => {
    const limit = { "Thu 00-01": "50%", formula: "sp" }; // the epoch's hour
    await using to = address(limit, { scale: 3600, link: 100 });
    await to.clock.advance(900);
    const inHour = bytesOf(to.arrivals);
    expect(inHour / (50 * 3600 * 0.9)).toBeCloseTo(1, 1);
  });
});
