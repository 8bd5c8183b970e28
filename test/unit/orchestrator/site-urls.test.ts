import { expect, test } from "vitest";

import { siteCode } from "../../../domain/identifiers.ts";
import { addressUrlNames, siteUrls } from "../../../orchestrator/site-urls.ts";

const cen = siteCode.parse("CEN");

test("a site's own URL comes before the template for all", () => {
  const urlOf = siteUrls(["CEN=http://10.0.0.1:2003"], "http://{site}:2003");

  expect([urlOf(cen), urlOf(siteCode.parse("CHI"))]).toEqual(["http://10.0.0.1:2003", "http://chi:2003"]);
});

test("without either there is none", () => {
  expect(siteUrls([], undefined)(cen)).toBeUndefined();
});

test.each(["CEN", "cen=http://a", "CEN=ftp://a", "CEN="])("--site-url %s is refused", (pair) => {
  expect(() => siteUrls([pair], undefined)).toThrow("expected a site code and a URL");
});

test("a template that makes no URL is refused", () => {
  expect(() => siteUrls([], "{site}:2003")).toThrow("expected a URL like http://{site}:2003");
});

test("a mistake is called by the name of what it is in", () => {
  expect(() => siteUrls(["CEN"], undefined, addressUrlNames)).toThrow("--address-url: expected");
  expect(() => siteUrls([], "{site}", addressUrlNames)).toThrow("SPOOLNET_ADDRESS_URL: expected");
});
