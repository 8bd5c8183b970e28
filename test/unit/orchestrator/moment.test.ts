import { expect, test } from "vitest";

import { momentMs, parseMoment } from "../../../orchestrator/topology/moment.ts";

const start = Date.parse("2003-11-06T17:30:00-05:00"); // a Thursday
const whenIs = (text: string, startMs = start, zone = "America/New_York") => {
  const at = parseMoment(text);
  return at && new Date(momentMs(at, startMs, zone)).toISOString();
};

test.for([
  ["+5h30m", "2003-11-07T04:00:00.000Z"],
  ["+90 s", "2003-11-06T22:31:30.000Z"],
  ["+0h", "2003-11-06T22:30:00.000Z"],
  ["Thu 23:00", "2003-11-07T04:00:00.000Z"],
  ["thursday 17:31", "2003-11-06T22:31:00.000Z"],
  ["Thu 17:30", "2003-11-13T22:30:00.000Z"], // the start is not after the start
  ["Wed 00:00", "2003-11-12T05:00:00.000Z"],
  ["2003-11-08 23:00", "2003-11-09T04:00:00.000Z"],
  ["2003-11-08T23:00:30", "2003-11-09T04:00:30.000Z"],
] as const)("%s is %s", ([text, at]) => expect(whenIs(text)).toBe(at));

test("a day and a date are told on the wall of the site, daylight saving time or not", () => {
  const summer = Date.parse("2003-10-25T12:00:00-04:00");

  expect(whenIs("Sun 01:00", summer)).toBe("2003-10-26T05:00:00.000Z");
  expect(whenIs("Sun 12:00", summer)).toBe("2003-10-26T17:00:00.000Z");
  expect(whenIs("2003-10-26 12:00", summer, "Europe/Berlin")).toBe("2003-10-26T11:00:00.000Z");
});

test.for([
  "5h30m",
  "+5",
  "+",
  "Thu",
  "Thu 24:00",
  "Thu 23:60",
  "Xyz 23:00",
  "23:00",
  "2003-02-29 12:00",
  "2003-11-06",
  "",
])("%j is no moment", (text) => expect(parseMoment(text)).toBeUndefined());
