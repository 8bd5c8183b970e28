/**
 * The recorder's check, which every run of a hierarchy in the tests ends with: what it has to find, and what it must
 * not complain of.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { type Address, standardAddress } from "../../../domain/address.ts";
import { type ClockTimeline, emulatedAt, withMoment } from "../../../domain/clock.ts";
import { requestId, siteCode } from "../../../domain/identifiers.ts";
import { noLinks, openLink } from "../../../domain/link.ts";
import { parseRateLimit } from "../../../domain/rate-limit-words.ts";
import { parseSchedule } from "../../../domain/schedule-words.ts";
import { Pacer } from "../../../site-image/senders/pacer.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import type { News, SendingStart, TrafficRecord } from "../../support/traffic.ts";
import { faultsIn, faultWords } from "../../support/traffic-check.ts";

const [cen, chi, mke] = ["CEN", "CHI", "MKE"].map((code) => siteCode.parse(code)) as [
  News["site"],
  News["site"],
  News["site"],
];
/** Real time 0 is Friday 17:30 in New York. */
const startMs = Date.parse("2003-11-07T17:30:00-05:00");
const hourMs = 3_600_000;

type Sent = { readonly atMs: number; readonly bytes: number; readonly request?: string };

function address(words: { schedule?: object; rate?: unknown; line?: Address["line"] }): Address {
  const line = words.line ?? null;
  return {
    ...standardAddress,
    ...(words.schedule && { schedule: parseSchedule(words.schedule) }),
    ...(words.rate !== undefined && { rateLimit: parseRateLimit(words.rate) }),
    ...(line && { sender: "RASISDN", line }),
  };
}

function newsOf(
  one: Address,
  { realMs = 0, startedMs = 0, clock, links, finishing = [] }: Partial<News> = {},
): News {
  return {
    kind: "news",
    site: cen,
    timeZone: "America/New_York",
    startedMs,
    realMs,
    links: links ?? noLinks,
    finishing,
    clock: clock ?? [{ realMs: 0, emulatedMs: startMs, scale: 1 }],
    addresses: [
      { to: chi, addresses: [one] },
      { to: mke, addresses: [one] },
    ],
  };
}

/** What is found of what CEN sent to CHI. */
function check(
  sent: readonly Sent[],
  news: readonly News[],
  more: readonly TrafficRecord[] = [],
  sites: (sent: Sent) => News["site"] = () => chi,
) {
  const sender = news[0]?.addresses[0]?.addresses[0]?.sender ?? "LAN";
  const arrivals = sent.map((one): TrafficRecord => {
    const { atMs, bytes, request = "2___1CEN" } = one;
    return { kind: "arrival", site: sites(one), from: cen, request: requestId.parse(request), atMs, bytes };
  });
  const requests = new Set(sent.map(({ request = "2___1CEN" }) => requestId.parse(request)));
  const sendings = [...requests].map(
    (request): SendingStart => ({ from: cen, request, sender, realMs: 0, takenMs: 0 }),
  );
  return faultsIn({ records: [...news, ...arrivals, ...more], sendings });
}

/** A block every `everyMs`, so that it comes to `bytesPerSecond`. */
function evenly(bytesPerSecond: number, fromMs: number, toMs: number, more: Partial<Sent> = {}): Sent[] {
  const everyMs = 5;
  const count = Math.floor((toMs - fromMs) / everyMs);
  return Array.from({ length: count }, (_, index) => ({
    atMs: fromMs + index * everyMs,
    bytes: (bytesPerSecond * everyMs) / 1000,
    ...more,
  }));
}

const rate = 1_000_000;
const limited = address({ rate: { "Sun-Sat 00-24": "8 Mbit/s" } });
const whys = (faults: ReturnType<typeof check>) => faults.map(({ why }) => why);

describe("a window", () => {
  const evening = address({ schedule: { "daily 18-20": "high only" } });
  const closesMs = 0.5 * hourMs;
  const opensMs = 2.5 * hourMs;

  test("that is closed lets no byte through, and the words say when, whose and how late", () => {
    const faults = check([{ atMs: closesMs + 60, bytes: 1000 }], [newsOf(evening)]);

    expect(whys(faults)).toEqual(["closed"]);
    expect(faults.map(faultWords)).toEqual([
      "site CHI was sent 1000 bytes of 2___1CEN by site CEN by its LAN address, at Fri 2003-11-07 18:00 " +
        "(America/New_York): closed, 60.0 ms of real time after it closed",
    ]);
  });

  test("that closes is nothing to a sending that keeps to what it found, if that was open", () => {
    const keeping = newsOf(evening, { finishing: ["LAN"] });
    const late = [{ atMs: closesMs + 60, bytes: 1 }];

    expect(check(late, [keeping])).toEqual([]);
    expect(check(late, [keeping, newsOf(evening, { realMs: closesMs + 10 })])).toEqual([]); // what came after its start
    const closed = newsOf(address({ schedule: { "daily 17-20": "high only" } }), { finishing: ["LAN"] });
    expect(whys(check([{ atMs: 1000, bytes: 1 }], [closed]))).toEqual(["closed"]);
  });

  test("is for the priorities it names", () => {
    const at = closesMs + hourMs;
    const sent = ["1", "2", "3"].map((digit) => ({ atMs: at, bytes: 1, request: `${digit}___1CEN` }));

    expect(check(sent, [newsOf(evening)]).map(({ request }) => request)).toEqual(["2___1CEN", "3___1CEN"]);
  });

  test("takes what was on its way when it closed, and nothing just before it opens", () => {
    expect(check([{ atMs: closesMs + 49, bytes: 1 }], [newsOf(evening)])).toEqual([]);
    expect(whys(check([{ atMs: opensMs - 10, bytes: 1 }], [newsOf(evening)]))).toEqual(["closed"]);
    expect(check([{ atMs: opensMs, bytes: 1 }], [newsOf(evening)])).toEqual([]);
  });

  test("takes what came late only because a site stood still", () => {
    const late = [{ atMs: closesMs + 340, bytes: 1 }];
    const still = (site: News["site"], toMs: number): TrafficRecord => {
      return { kind: "standstill", site, fromMs: closesMs - 100, toMs: closesMs + toMs };
    };

    expect(check(late, [newsOf(evening)], [still(chi, 300)])).toEqual([]);
    expect(check(late, [newsOf(evening)], [still(cen, 300)])).toEqual([]);
    expect(whys(check(late, [newsOf(evening)], [still(mke, 300)]))).toEqual(["closed"]);
    expect(whys(check(late, [newsOf(evening)], [still(chi, 200)]))).toEqual(["closed"]);
  });

  test("takes what still came down the receiver's slow link", () => {
    const links = { ...noLinks, down: { ...openLink, bytesPerSecond: 128 * 1024 } }; // a second of it may be on its way
    const receiver = { ...newsOf(standardAddress, { links }), site: chi };

    expect(check([{ atMs: closesMs + 1040, bytes: 1 }], [newsOf(evening), receiver])).toEqual([]);
    expect(whys(check([{ atMs: closesMs + 1060, bytes: 1 }], [newsOf(evening), receiver]))).toEqual([
      "closed",
    ]);
  });

  test("closes at the jump when the clock is advanced into it", () => {
    const clock = withMoment([{ realMs: 0, emulatedMs: startMs, scale: 60 }], {
      realMs: 1000,
      emulatedMs: startMs + hourMs,
    });

    expect(check([{ atMs: 999, bytes: 1 }], [newsOf(evening, { clock })])).toEqual([]);
    expect(whys(check([{ atMs: 1060, bytes: 1 }], [newsOf(evening, { clock })]))).toEqual(["closed"]);
  });

  test("closes when an administrator closes it, or takes the address away", () => {
    const closed = newsOf(address({ schedule: { "daily 00-24": "closed" } }), { realMs: 1000 });
    const gone = { ...newsOf(standardAddress, { realMs: 1000 }), addresses: [] };
    for (const later of [closed, gone]) {
      expect(check([{ atMs: 1040, bytes: 1 }], [newsOf(standardAddress), later])).toEqual([]);
      expect(whys(check([{ atMs: 1060, bytes: 1 }], [newsOf(standardAddress), later]))).toEqual(["closed"]);
    }
  });

  test("is told by the clock at any scale: a byte in an open hour is legal, one late in a closed hour is not", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 15_000 }), // the hour lasts longer than what is granted
        fc.integer({ min: 0, max: 200 }),
        (scale, hour) => {
          const clock: ClockTimeline = [{ realMs: 0, emulatedMs: startMs, scale }];
          const odd = Object.fromEntries(
            Array.from({ length: 12 }, (_, index) => {
              const from = 2 * index + 1;
              return [
                `daily ${String(from).padStart(2, "0")}-${String(from + 1).padStart(2, "0")}`,
                "closed",
              ];
            }),
          );
          const atMs = ((hour + 1.4) * hourMs) / scale;
          const isClosed = new Date(emulatedAt(clock, atMs) - 5 * hourMs).getUTCHours() % 2 === 1;
          const faults = check([{ atMs, bytes: 1 }], [newsOf(address({ schedule: odd }), { clock })]);
          expect(whys(faults)).toEqual(isClosed ? ["closed"] : []);
        },
      ),
    );
  });
});

describe("a limit", () => {
  test("that was changed is nothing to a sending that keeps to what it found, and what it found holds it", () => {
    const half = address({ rate: { "Sun-Sat 00-24": "4 Mbit/s" } });
    const changed = [limited, half].map((one, index) =>
      newsOf(one, { realMs: index * 1000, finishing: ["LAN"] }),
    );

    expect(check(evenly(rate, 10, 60_000), changed)).toEqual([]);
    expect(whys(check(evenly(rate * 1.1, 10, 60_000), changed))).toEqual(["too fast"]);
    expect(
      whys(
        check(
          evenly(rate, 10, 60_000),
          changed.map((one) => ({ ...one, finishing: [] })),
        ),
      ),
    ).toEqual(["too fast"]);
  });

  test("that is kept is no fault, however long", () => {
    expect(check(evenly(rate, 0, 60_000), [newsOf(limited)])).toEqual([]);
  });

  test("exceeded by 5 % for two seconds is one", () => {
    const sent = [...evenly(rate, 0, 5000), ...evenly(rate * 1.05, 5000, 7000), ...evenly(rate, 7000, 9000)];

    expect(whys(check(sent, [newsOf(limited)]))).toEqual(["too fast"]);
  });

  test("is for all connections of an address together", () => {
    const one = evenly(rate, 0, 1000);
    const other = evenly(rate, 0, 1000, { request: "2___2CEN" });

    expect(whys(check([...one, ...other], [newsOf(limited)])).length).toBeGreaterThan(0);
  });

  test("lets no burst through, also not after a pause", () => {
    const sent = [...evenly(rate, 0, 1000), { atMs: 10_000, bytes: rate * 0.06 }];

    expect(whys(check(sent, [newsOf(limited)]))).toEqual(["too fast"]);
  });

  test("is worth more where a site stood still just before, by that time and no more", () => {
    const still: TrafficRecord = { kind: "standstill", fromMs: 9700, toMs: 10_000 };
    const burst = (seconds: number) => [{ atMs: 10_000, bytes: rate * seconds }];

    expect(check(burst(0.3), [newsOf(limited)], [still])).toEqual([]);
    expect(whys(check(burst(0.36), [newsOf(limited)], [still]))).toEqual(["too fast"]);
    expect(whys(check([{ atMs: 12_000, bytes: rate * 0.3 }], [newsOf(limited)], [still]))).toEqual([
      "too fast",
    ]);
  });

  test("follows the hour, the scale and the administrator", () => {
    const clock: ClockTimeline = [
      { realMs: 0, emulatedMs: startMs, scale: 1 },
      { realMs: 1000, emulatedMs: startMs + 1000, scale: 60 },
    ];
    const rescaled = [...evenly(rate, 0, 1000), ...evenly(60 * rate, 1000, 2000)];
    expect(check(rescaled, [newsOf(limited, { clock })])).toEqual([]);
    expect(whys(check(rescaled, [newsOf(limited)]))).toEqual(["too fast"]);

    const halved = newsOf(address({ rate: { "Sun-Sat 00-24": "4 Mbit/s" } }), { realMs: 2000 });
    const slower = [...evenly(rate, 0, 2000), ...evenly(rate / 2, 2000, 4000)];
    expect(check(slower, [newsOf(limited), halved])).toEqual([]);
    expect(whys(check(evenly(rate, 0, 4000), [newsOf(limited), halved]))).toEqual(["too fast"]);

    const atSix = newsOf(address({ rate: { "daily 18-19": "4 Mbit/s" } }));
    const sixMs = hourMs / 2;
    expect(check(evenly(9 * rate, sixMs - 500, sixMs), [atSix])).toEqual([]);
    expect(whys(check(evenly(rate, sixMs - 500, sixMs + 500), [atSix]))).toEqual(["too fast"]);
  });

  test("in percent is of the link to the other site, where one is declared", () => {
    const half = address({ rate: "50%" });
    const links = { ...noLinks, to: { [chi]: { ...openLink, bytesPerSecond: rate } } };

    expect(check(evenly(rate / 2, 0, 5000), [newsOf(half, { links })])).toEqual([]);
    expect(whys(check(evenly(rate * 0.55, 0, 5000), [newsOf(half, { links })]))).toEqual(["too fast"]);
    expect(check(evenly(rate, 0, 5000), [newsOf(half)])).toEqual([]);
  });

  test("of an unlimited address is none", () => {
    expect(check([{ atMs: 1, bytes: 1e12 }], [newsOf(standardAddress)])).toEqual([]);
  });

  test("by pulse is a block, then its pause", () => {
    const pulse = newsOf(address({ rate: { block: "64 KB", pause: "2 s" } }));
    const blocks = (everyMs: number) =>
      Array.from({ length: 20 }, (_, index) => ({ atMs: index * everyMs, bytes: 64 * 1024 }));

    expect(check(blocks(2000), [pulse])).toEqual([]);
    expect(whys(check(blocks(1900), [pulse]))).toEqual(["too fast"]);
    expect(whys(check([...blocks(2000), { atMs: 900, bytes: 8192 }], [pulse]))).toEqual(["too fast"]);
  });

  test("of a RAS sender is its line's, for all sites together", () => {
    const line = { bytesPerSecond: 8000, dialMs: 0, idleMs: 0, busy: 0, noAnswer: 0, dropPerMinute: 0 };
    const news = newsOf(address({ line }));
    const toBoth = [...evenly(4400, 0, 10_000), ...evenly(4400, 0, 10_000, { request: "2___2CEN" })];
    const sites = ({ request }: Sent) => (request ? mke : chi);

    expect(check(evenly(8000, 0, 10_000), [news])).toEqual([]);
    expect(whys(check(toBoth, [news], [], sites)).length).toBeGreaterThan(0);
  });

  test("is not held against what the pacer lets through, however late its timers are", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(1000, 8000, 1_000_000, 50_000_000),
        fc.constantFrom(1, 60, 3600),
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 20 }),
        async (bytesPerSecond, scale, lateMs) => {
          let turn = 0;
          const clock = new ManualClock({ scale, latenessMs: () => lateMs[turn++ % lateMs.length] ?? 0 });
          const forever = Number.POSITIVE_INFINITY;
          const pacer = new Pacer({ clock, rate: () => ({ bytesPerSecond, untilMs: forever }) });
          const sent: Sent[] = [];
          const stop = new AbortController();
          const sending = (async () => {
            for (;;) {
              const bytes = await pacer.take(512 * 1024, stop.signal);
              sent.push({ atMs: clock.realNow(), bytes });
            }
          })().catch(() => {});
          await clock.advance(3000);
          stop.abort();
          await sending;
          const fixed = { ...standardAddress, rateLimit: { kind: "fixed" as const, bytesPerSecond } };
          const timeline = [{ realMs: 0, emulatedMs: startMs, scale }];
          expect(check(sent, [newsOf(fixed, { clock: timeline })])).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });
});

test("a byte of a request that its site does not say it sends is a fault", () => {
  const arrival = { kind: "arrival" as const, site: chi, from: cen, request: requestId.parse("2___1CEN") };
  const records: TrafficRecord[] = [newsOf(standardAddress), { ...arrival, atMs: 10, bytes: 7 }];

  expect(whys(faultsIn({ records, sendings: [] }))).toEqual(["not sent by anyone"]);
});
