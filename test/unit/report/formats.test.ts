/** The report of a night as JUnit XML, HTML and text. */
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { describe, expect, test } from "vitest";

import { siteCode } from "../../../domain/identifiers.ts";
import type { Expectation } from "../../../orchestrator/expectations/expectation.ts";
import { verdictOn } from "../../../orchestrator/expectations/verdict.ts";
import { htmlReport } from "../../../orchestrator/report/html-report.ts";
import { junitReport } from "../../../orchestrator/report/junit-report.ts";
import { reportData } from "../../../orchestrator/report/report-data.ts";
import { textReport } from "../../../orchestrator/report/text-report.ts";
import { installed, sceneOf, sent, topology } from "./scene.ts";

const hour = 3_600_000;
const on = topology.packages[0]?.distributionPoints ?? [];
const [cen, bos] = ["CEN", "BOS"].map((code) => siteCode.parse(code));
if (!cen || !bos) throw new Error("there are two sites");
const expected: Expectation[] = [
  { kind: "arrival", package: "Maps", on, byMs: 12 * hour },
  { kind: "bytes", from: cen, to: bos, mostBytes: 1000, during: undefined },
  { kind: "nothing lost" },
];

function night(isOver = true) {
  const about = { packages: ["CEN00001"], sourceVersion: 1, job: "00000001" };
  const scene = sceneOf(
    400,
    [
      { at: 1, action: "created", file: "SMS/Inboxes/Schedule.box/00000001.JOB", ...about },
      ...sent("2___1CEN", { from: 280, until: 300, bytes: 50_000 }),
      { at: 301, action: "failed", text: 'it said <"&\u0007>', component: "SMS_LAN_SENDER" },
      installed(5, "HQDP"),
      installed(310, "BOSDP"),
    ],
    { isOver },
  );
  return reportData(
    scene,
    expected.map((expectation) => ({ expectation, verdict: verdictOn(expectation, scene) })),
  );
}

describe("the JUnit report", () => {
  const parsed = (xml: string) =>
    new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: "",
      isArray: (name) => name === "testcase",
    }).parse(xml);

  test("is XML with a test case for each expectation, failures with why and when", () => {
    const xml = junitReport(night());

    expect(XMLValidator.validate(xml)).toBe(true);
    const { testsuites } = parsed(xml);
    expect(testsuites).toMatchObject({ tests: "3", failures: "3", errors: "0" });
    expect(testsuites.testsuite).toMatchObject({
      name: "night",
      skipped: "0",
      timestamp: "2003-11-06T22:30:00",
    });
    expect(testsuites.testsuite.testcase).toMatchObject([
      { classname: "night", failure: { message: expect.stringContaining("not on ALBDP"), type: "arrival" } },
      {
        name: "CEN -> BOS: at most 1 KB",
        time: String((300 * 60).toFixed(3)),
        failure: { message: expect.stringContaining("50 KB") },
      },
      { name: "nothing lost", failure: { type: "nothing lost" } },
    ]);
  });

  test("has only the elements and attributes that the common schema knows, where it knows them", () => {
    const known: Readonly<Record<string, readonly string[]>> = {
      testsuites: ["name", "tests", "failures", "errors", "time", "testsuite"],
      testsuite: ["name", "tests", "failures", "errors", "time", "skipped", "timestamp", "testcase"],
      testcase: ["name", "classname", "time", "failure", "skipped"],
      failure: ["message", "type", "#text"],
      skipped: ["message"],
    };
    const strange = (name: string, value: unknown): string[] =>
      Array.isArray(value)
        ? value.flatMap((one) => strange(name, one))
        : typeof value !== "object" || value === null
          ? []
          : Object.entries(value).flatMap(([key, inner]) => [
              ...(known[name]?.includes(key) ? [] : [`${name}.${key}`]),
              ...strange(key, inner),
            ]);

    for (const xml of [junitReport(night()), junitReport(night(false))]) {
      const { testsuites } = parsed(xml);
      expect(strange("testsuites", testsuites)).toEqual([]);
    }
  });

  test("tells what is not decided as skipped", () => {
    const { testsuites } = parsed(junitReport(night(false)));

    expect(testsuites.testsuite).toMatchObject({ failures: "1", skipped: "2" });
    expect(testsuites.testsuite.testcase[0].skipped.message).toContain("2 of 3 distribution points");
  });
});

describe("the HTML report", () => {
  const html = htmlReport(night());

  test("refers to nothing outside of itself, and runs nothing", () => {
    expect(html).not.toMatch(/\b(?:src|href)\s*=|https?:|@import|<script|<link|<iframe|<img/i);
    expect(html.match(/url\([^)]*\)/g)).toEqual(["url(#hatch)"]);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  test("has each plot, with a title and a description for those who do not see it", () => {
    for (const id of ["arrival-curve", "link-utilisation", "queue-depth", "transfers"]) {
      expect(html).toMatch(
        new RegExp(`<svg class="plot" id="${id}" role="img" aria-labelledby="${id}-title`),
      );
      expect(html).toMatch(new RegExp(`<desc id="${id}-description">[^<]`));
    }
  });

  test("shades closed hours, marks outages, and draws waits and transfers", () => {
    const drawn = (name: string) => html.includes(`<rect class="${name}"`);

    expect(["closed", "outage", "wait", "attempt completed"].filter((name) => !drawn(name))).toEqual([]);
    expect(html).toContain("<title>closed: Thu 17:30:00 to Thu 22:00:00</title>");
    expect(html).toContain("<title>down: Thu 23:30:00 to Thu 23:45:00</title>");
  });

  test("is well-formed, whatever texts are in it", () => {
    const body = html.slice(html.indexOf("<body>"), html.indexOf("</body>") + "</body>".length);

    expect(XMLValidator.validate(body)).toBe(true);
    expect(body).toContain("it said &lt;&quot;&amp;\uFFFD&gt;");
  });
});

test("the text report says what was expected, what arrived and what the links carried", () => {
  const text = textReport(night());

  expect(text).toContain("night: failed\nThu 2003-11-06 17:30:00 to Fri 2003-11-07 00:10:00");
  expect(text).toMatch(/failed {2}CEN -> BOS: at most 1 KB: 50 KB\n {8}more than 1 KB since Thu 22:30:00/);
  expect(text).toMatch(/CEN00001 {2}Maps {3}ALB {3}ALBDP +not there/);
  expect(text).toContain("CEN -> BOS  48.8 KB  1 request");
});
