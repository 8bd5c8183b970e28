import { readFile } from "node:fs/promises";
import { join } from "node:path";

import fc from "fast-check";
import { expect } from "vitest";

import { DiskTrouble } from "../../../site-image/disk-trouble.ts";
import { cmTraceLine, LogFile } from "../../../site-image/log-file.ts";
import { SystemClock } from "../../../site-image/system-clock.ts";
import { cmTraceLines } from "../../support/cm-trace.ts";
import { test } from "../../support/temporary-folder.ts";

test("a line reads as CMTrace reads it: text, local time with its bias, date, component, type, thread", () => {
  const ms = Date.parse("2003-11-07T17:30:05.042-05:00");
  const line = cmTraceLine({
    text: "Sending Started",
    component: "SMS_LAN_SENDER",
    type: 2,
    ms,
    timeZone: "America/New_York",
  });
  expect(line).toBe(
    `<![LOG[Sending Started]LOG]!><time="17:30:05.042+300" date="11-07-2003" component="SMS_LAN_SENDER" context="" type="2" thread="${process.pid}" file="">\n`,
  );
});

test("the bias is what is added to local time to reach UTC, east of Greenwich too, and by summer time", () => {
  const line = (iso: string, timeZone: string) =>
    cmTraceLine({ text: "", component: "X", type: 1, ms: Date.parse(iso), timeZone });
  expect(line("2003-07-01T12:00:00Z", "Europe/Berlin")).toContain(
    'time="14:00:00.000-120" date="07-01-2003"',
  );
  expect(line("2003-12-31T23:00:00Z", "Europe/Berlin")).toContain(
    'time="00:00:00.000-060" date="01-01-2004"',
  );
  expect(line("2003-07-01T12:00:00Z", "Etc/UTC")).toContain('time="12:00:00.000+000"');
});

test("whatever the text is, the line stays one line and parses", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const line = cmTraceLine({ text, component: "X", type: 1, ms: 0, timeZone: "Etc/UTC" });
      expect(cmTraceLines(line)).toHaveLength(1);
    }),
  );
  const nasty = cmTraceLine({
    text: "a]LOG]!>\r\n<![LOG[b",
    component: "X",
    type: 1,
    ms: 0,
    timeZone: "Etc/UTC",
  });
  expect(cmTraceLines(nasty)[0]?.text).toBe("a]LOG] !> ~ <![LOG[b");
});

test("a log that has grown to its size is rolled to .lo_, and no line is lost between the two", async ({
  folder,
}) => {
  {
    const clock = SystemClock.untold();
    using log = new LogFile({
      folder,
      name: "sched",
      timeZone: "Etc/UTC",
      clock,
      disk: new DiskTrouble({ root: folder, clock }),
      maxBytes: 1000,
    });
    for (let index = 0; index < 10; index++) log.write("SMS_SCHEDULER", `line ${index}`);
  }
  const rolled = cmTraceLines(await readFile(join(folder, "sched.lo_"), "utf8"));
  const current = cmTraceLines(await readFile(join(folder, "sched.log"), "utf8"));
  const last = [...rolled, ...current].map(({ text }) => text);
  expect(last.at(-1)).toBe("line 9");
  expect(last).toEqual(Array.from({ length: last.length }, (_, index) => `line ${10 - last.length + index}`));
  expect(rolled.length).toBeGreaterThan(0);
});
