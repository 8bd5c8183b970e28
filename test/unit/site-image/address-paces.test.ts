import { expect, test } from "vitest";

import { standardAddress } from "../../../domain/address.ts";
import { siteCode } from "../../../domain/identifiers.ts";
import { hourMs } from "../../../domain/local-week.ts";
import { parseRateLimit } from "../../../domain/rate-limit-words.ts";
import { TimeZone } from "../../../domain/time-zone.ts";
import { AddressPaces } from "../../../site-image/senders/address-paces.ts";
import type { Pace } from "../../../site-image/senders/pace.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const chi = siteCode.parse("CHI");
const zone = new TimeZone("Etc/UTC");
/** 1,000 bytes a second until one o'clock, then 100,000. */
const address = {
  ...standardAddress,
  rateLimit: parseRateLimit({ "daily 00-01": "8 kbit/s", "daily 01-24": "800 kbit/s" }),
};

/** Bytes a pace lets go in ten seconds after the hour has changed. */
async function bytesAfterTheHour(clock: ManualClock, pace: Pace | undefined): Promise<number> {
  await clock.advance(2 * hourMs);
  const stop = new AbortController();
  let bytes = 0;
  const taking = (async () => {
    for (;;) bytes += (await pace?.take(512, stop.signal)) ?? 0;
  })().catch(() => {});
  await clock.advance(10_000);
  stop.abort();
  await taking;
  return bytes;
}

test("the pace of an address takes the limit of the next hour, and one that is kept does not", async () => {
  const clocks = [new ManualClock(), new ManualClock()] as const;
  const [following, keeping] = clocks.map(
    (clock) => new AddressPaces({ clock, zone, linkTo: () => undefined }),
  );
  expect(await bytesAfterTheHour(clocks[0], following?.of(chi, address))).toBeGreaterThan(900_000);
  expect(await bytesAfterTheHour(clocks[1], keeping?.kept(chi, address))).toBeLessThan(11_000);
});
