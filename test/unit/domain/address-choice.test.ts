import { expect, test } from "vitest";

import { type Address, standardAddress } from "../../../domain/address.ts";
import { chooseAddress, type Wanted } from "../../../domain/address-choice.ts";
import { parseSchedule } from "../../../domain/schedule-words.ts";
import { TimeZone } from "../../../domain/time-zone.ts";

const zone = new TimeZone("America/New_York");
const at = (iso: string) => Date.parse(`${iso}-05:00`);
const friday = { noon: at("2003-11-07T12:00:00"), evening: at("2003-11-07T18:00:00") };
const line = { bytesPerSecond: 8000, dialMs: 20_000, idleMs: 60_000, busy: 0, noAnswer: 0, dropPerMinute: 0 };

const byDay = (usage: string): Address => ({
  ...standardAddress,
  schedule: parseSchedule({ "Mon-Fri 08-18": usage }),
});
const isdn = (schedule: unknown = {}): Address => ({
  ...standardAddress,
  sender: "RASISDN",
  line,
  schedule: parseSchedule(schedule),
});
const request: Wanted = { priority: "medium", preferredSender: "*", resting: [] };
const chosen = (addresses: readonly Address[], wanted: Partial<Wanted> = {}, nowMs = friday.noon) =>
  chooseAddress(addresses, { ...request, ...wanted }, zone, nowMs);

test("an open address is taken", () => {
  expect(chosen([standardAddress]).address).toBe(standardAddress);
});

test("low waits through medium and high hours, and high goes through high only", () => {
  const medium = byDay("medium and high");
  expect(chosen([medium], { priority: "low" })).toEqual({
    address: undefined,
    untilMs: friday.evening,
    reason: "medium and high until Fri 18:00",
  });
  expect(chosen([medium], { priority: "medium" }).address).toBe(medium);
  const high = byDay("high only");
  expect(chosen([high], { priority: "medium" }).address).toBeUndefined();
  expect(chosen([high], { priority: "high" }).address).toBe(high);
});

test("while the first address is closed the next stands in, where its schedule lets it", () => {
  const closed = byDay("closed");
  expect(chosen([closed, isdn()]).address?.sender).toBe("RASISDN");
  const unavailable = isdn({ daily: "all, no backup" });
  expect(chosen([closed, unavailable])).toMatchObject({
    address: undefined,
    untilMs: friday.evening,
    reason: "LAN: closed until Fri 18:00; RASISDN: may not stand in now",
  });
});

test("an address that failed rests, and the next stands in for it until then", () => {
  const resting = [{ sender: "LAN" as const, untilMs: friday.noon + 3_600_000 }];
  expect(chosen([standardAddress, isdn()], { resting }).address?.sender).toBe("RASISDN");
  expect(chosen([standardAddress], { resting })).toMatchObject({
    untilMs: friday.noon + 3_600_000,
    reason: "failed, rests until Fri 13:00:00",
  });
  expect(chosen([standardAddress, isdn()], { resting }, friday.noon + 3_600_000).address).toBe(
    standardAddress,
  );
});

test("the preferred sender goes before an address of higher priority", () => {
  expect(chosen([standardAddress, isdn()], { preferredSender: "RASISDN" }).address?.sender).toBe("RASISDN");
  expect(chosen([standardAddress], { preferredSender: "RASISDN" }).address).toBe(standardAddress);
});

test("where nothing ever opens, no time is given to look again", () => {
  const never: Address = { ...standardAddress, schedule: parseSchedule({ daily: "closed" }) };
  expect(chosen([never])).toMatchObject({ address: undefined, untilMs: Number.POSITIVE_INFINITY });
});
