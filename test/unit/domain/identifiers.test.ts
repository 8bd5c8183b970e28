import fc from "fast-check";
import { expect, test } from "vitest";

import {
  lastPackageNumber,
  packageId,
  packageIdOf,
  requestId,
  requestIdOf,
  type SiteCode,
  serverName,
  siteCode,
  siteOfPackage,
} from "../../../domain/identifiers.ts";
import { compareRequests } from "../../../domain/send-request-order.ts";

const codes = fc
  .string({ unit: fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"), minLength: 3, maxLength: 3 })
  .filter((code) => !["AUX", "CON", "NUL", "PRN"].includes(code)) as fc.Arbitrary<SiteCode>;

test("a site code is three of A-Z and 0-9", () => {
  fc.assert(fc.property(codes, (code) => void expect(siteCode.parse(code)).toBe(code)));
  for (const wrong of ["", "AB", "ABCD", "abc", "A B", "Ä01", "A-1", "A01 "]) {
    expect(siteCode.safeParse(wrong).success, wrong).toBe(false);
  }
});

test("a device name is no site code, because no folder could have it", () => {
  for (const device of ["AUX", "CON", "NUL", "PRN"])
    expect(siteCode.safeParse(device).success, device).toBe(false);
});

test("a package id is its site's code and five hex digits, and gives the site back", () => {
  expect(packageIdOf(siteCode.parse("A01"), 3)).toBe("A0100003");
  expect(packageIdOf(siteCode.parse("AUS"), 27)).toBe("AUS0001B");
  fc.assert(
    fc.property(codes, fc.integer({ min: 1, max: lastPackageNumber }), (code, number) => {
      const id = packageIdOf(code, number);
      expect(packageId.parse(id)).toBe(id);
      expect(siteOfPackage(id)).toBe(code);
      expect(Number.parseInt(id.slice(3), 16)).toBe(number);
    }),
  );
});

test("a site that has used up its package numbers says so", () => {
  for (const number of [0, -1, 1.5, lastPackageNumber + 1]) {
    expect(() => packageIdOf(siteCode.parse("CEN"), number)).toThrow(RangeError);
  }
});

test("a server's name cannot leave a folder", () => {
  for (const wrong of ["", "..", ".", "a/b", "a\\b", "\\\\HQDP", "a:b", "-a", "a b", "SIXTEENCHARACTER"]) {
    expect(serverName.safeParse(wrong).success, wrong).toBe(false);
  }
  expect(serverName.parse("CHIDP1")).toBe("CHIDP1");
});

test("send requests are ordered by priority, then by age, however many there have been", () => {
  const requests = fc.array(
    fc.record({
      priority: fc.constantFrom(1 as const, 2 as const, 3 as const),
      counter: fc.integer({ min: 1, max: 10_000_000 }),
    }),
  );
  const site = siteCode.parse("CEN");
  fc.assert(
    fc.property(requests, (made) => {
      const names = made.map(({ priority, counter }) => requestIdOf(priority, counter, site));
      for (const name of names) expect(requestId.parse(name)).toBe(name);
      const expected = made
        .toSorted((a, b) => a.priority - b.priority || a.counter - b.counter)
        .map(({ priority, counter }) => requestIdOf(priority, counter, site));
      expect(names.toSorted(compareRequests)).toEqual(expected);
    }),
  );
});
