/**
 * The history checker finds nothing in what may happen, and finds each thing that must not.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { compareRequests } from "../../../domain/send-request-order.ts";
import { findingWords, HistoryCheck } from "../../../orchestrator/history/history-check.ts";
import {
  brokenBy,
  delivery,
  digest,
  history,
  installed,
  receiptSteps,
  requestSteps,
  type Told,
} from "./told.ts";

const uninstalled = { site: "CHI", action: "uninstalled", packages: ["CEN00001"], server: "CHIDP" };
/** The delivery with the steps that `change` makes of each. */
const changed = (change: (step: Told) => Told[]) => delivery().flatMap(change);
const is = (step: Told, action: string, site = "CEN") =>
  step.action === action && (step.site ?? "CEN") === site;

test("nothing is found in a delivery as it should go, also at rest", () => {
  expect(brokenBy(delivery(), true)).toEqual([]);
});

test("a finding tells the rule, the site, the request, the file and the moment", () => {
  const { made, taken, cleared } = requestSteps("2___1CEN", "CHI");
  const [finding] = HistoryCheck.of(history(made, taken, { ...cleared, text: "" })).findings();
  expect(finding && findingWords(finding, "America/New_York")).toBe(
    "requests end: site CEN, request 2___1CEN, SMS/Inboxes/Schedule.box/Outboxes/LAN/2___1CEN.SRS, " +
      "Thu 2003-11-06 19:02:00 (event 3): its file is gone, and it was neither completed nor withdrawn",
  );
});

test("events that a journal lacks or has twice are found", () => {
  const events = history(...delivery());
  fc.assert(
    fc.property(fc.integer({ min: 0, max: events.length - 2 }), fc.boolean(), (at, isTwice) => {
      const event = events[at];
      const broken = event && isTwice ? events.toSpliced(at, 0, event) : events.toSpliced(at, 1);
      const rules = HistoryCheck.of(broken)
        .findings()
        .map(({ rule }) => rule);
      // The last event of a site cannot be missed: nothing follows it.
      const isLast = !events.slice(at + 1).some(({ site }) => site === event?.site);
      return rules.includes("unbroken journal") || (isLast && !isTwice);
    }),
  );
});

describe("installed once", () => {
  const twice =
    "installed once: CHI : CEN00001 version 1 is installed on CHIDP again, where it has been since event 1";

  test.each<[string, Told[], string[]]>([
    ["twice on one distribution point", [installed("CHI", "CHIDP"), installed("CHI", "CHIDP")], [twice]],
    ["on two distribution points", [installed("CHI", "CHIDP"), installed("CHI", "CHIDP2")], []],
    ["in two versions", [installed("CHI", "CHIDP"), installed("CHI", "CHIDP", 2)], []],
    ["again after it was taken off", [installed("CHI", "CHIDP"), uninstalled, installed("CHI", "CHIDP")], []],
    [
      "for a redistribution",
      [installed("CHI", "CHIDP"), installed("CHI", "CHIDP", 1, { redistribution: 1 })],
      [],
    ],
    [
      "by a site that died, and then found in place",
      [installed("CHI", "CHIDP"), installed("CHI", "CHIDP", 1, { action: "recorded" })],
      [],
    ],
    [
      "again after it was found in place",
      [installed("CHI", "CHIDP", 1, { action: "recorded" }), installed("CHI", "CHIDP")],
      [twice],
    ],
  ])("%s", (_, told, found) => {
    expect(brokenBy(told)).toEqual(found);
  });
});

test("installed whole: a distribution point with other files than another is found", () => {
  const other = installed("CHI", "CHIDP", 1, { digest: digest("b") });
  expect(brokenBy([installed("CEN", "HQDP"), other])).toEqual([
    "installed whole: CHI : the files of CEN00001 version 1 on CHIDP are not those on HQDP of site CEN",
  ]);
  expect(brokenBy([installed("CEN", "HQDP"), installed("CHI", "CHIDP", 2)])).toEqual([]);
});

describe("versions go forward", () => {
  const definition = (sourceVersion: number) => ({
    action: "recorded",
    packages: ["CEN00001"],
    sourceVersion,
  });
  const stored = (sourceVersion: number) => ({
    ...receiptSteps("2___1CEN", "CHI").stored,
    sourceVersion,
    site: "CHI",
  });

  test.each<[string, (version: number) => Told, string]>([
    ["on a distribution point", (version) => installed("CHI", "CHIDP", version), "CHI : on CHIDP"],
    ["of a definition", definition, "CEN : the definition of"],
    ["of a compressed copy", stored, "CHI 2___1CEN: the compressed copy of"],
  ])("%s", (_, step, words) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 8 }), (versions) => {
        const found = brokenBy(versions.map(step)).filter((line) => line.startsWith("versions go forward"));
        const back = versions.filter((version, index) => version < Math.max(...versions.slice(0, index)));
        expect(found).toHaveLength(back.length);
        for (const line of found) expect(line).toContain(words);
      }),
    );
  });

  test("what a site hears of others may come late", () => {
    const heard = (sourceVersion: number) => ({ ...definition(sourceVersion), peer: "CHI", server: "CHIDP" });
    expect(brokenBy([heard(2), heard(1)])).toEqual([]);
  });
});

describe("delivered once", () => {
  const { committed, stored, dropped } = receiptSteps("2___1CEN", "CHI");

  test.each<[string, Told[], string[]]>([
    [
      "a request committed twice",
      [committed, committed],
      ["delivered once: CHI 2___1CEN: it is committed again"],
    ],
    [
      "by a neighbour that came back empty",
      [committed, { site: "CHI", action: "attached", peer: "CEN" }, committed],
      [],
    ],
    [
      "a version stored twice",
      [stored, stored],
      ["delivered once: CHI 2___1CEN: CEN00001 version 1 is stored again"],
    ],
    ["a version stored again when its copy was deleted", [stored, dropped, stored], []],
  ])("%s", (_, told, found) => {
    expect(brokenBy(told)).toEqual(found);
  });
});

describe("signed instructions", () => {
  const words = "signed instructions: CHI 2___1CEN: it is carried out, and site CEN did not sign it";

  test("one that its sender never made is found", () => {
    expect(
      brokenBy(
        changed((step) =>
          step.digest === digest("a") && is(step, "created") ? [{ action: "hung up" }] : [step],
        ),
      ),
    ).toEqual([words]);
  });

  test("one that is not what its sender signed is found", () => {
    const forged = changed((step) => [is(step, "accepted", "CHI") ? { ...step, digest: digest("b") } : step]);
    expect(brokenBy(forged)).toEqual([words]);
  });

  test("one that is carried out as another site's is found", () => {
    const foreign = changed((step) => [is(step, "accepted", "CHI") ? { ...step, peer: "MKE" } : step]);
    expect(brokenBy(foreign)).toEqual([
      "signed instructions: CHI 2___1CEN: it is carried out as one of site MKE",
    ]);
  });

  test("the order in which the journals are read does not matter", () => {
    const events = history(...delivery());
    const childFirst = [...events].sort((a, b) => b.site.localeCompare(a.site));
    expect(HistoryCheck.of(childFirst).findings(true)).toEqual([]);
  });

  test("where the sender's journal is not there, nothing is judged", () => {
    const events = history(...delivery()).filter(({ site }) => site === "CHI");
    expect(HistoryCheck.of(events).findings()).toEqual([]);
  });
});

describe("requests end", () => {
  const steps = requestSteps("2___1CEN", "CHI");
  const { made, taken, sending, failed, putBack, completed, withdrawn, cleared } = steps;

  test.each<[string, Told[], string[]]>([
    ["completed", [made, taken, sending, completed, cleared], []],
    ["after a failure", [made, taken, failed, putBack, taken, sending, completed, cleared], []],
    ["withdrawn", [made, withdrawn, { ...cleared, text: "CANCELLED: superseded" }], []],
    [
      "cleared by a site that died before it could say that it was completed",
      [made, taken, sending, cleared],
      [],
    ],
    [
      "put in quarantine",
      [made, { action: "quarantined", from: made.file, file: "x", text: "not JSON" }],
      [],
    ],
    [
      "with its file gone",
      [made, taken, { ...cleared, text: "" }],
      ["its file is gone, and it was neither completed nor withdrawn"],
    ],
    ["withdrawn for no reason", [made, { ...withdrawn, text: "" }], ["it is withdrawn without a reason"]],
    ["failed for no reason", [made, { ...failed, text: "" }, withdrawn], ["it is failed without a reason"]],
    ["sent after it was completed", [made, completed, sending], ["it is sent after it was completed"]],
    ["sent after it was withdrawn", [made, withdrawn, sending], ["it is sent after it was withdrawn"]],
    ["made again", [made, completed, cleared, made], ["it is made after it was completed"]],
    ["never", [made, taken, sending], ['it has not ended: the last that is told of it is "sending"']],
  ])("%s", (_, told, found) => {
    expect(brokenBy(told, true)).toEqual(found.map((words) => `requests end: CEN 2___1CEN: ${words}`));
  });

  test("before rest, one may be under way", () => {
    expect(brokenBy([made, taken, sending])).toEqual([]);
  });
});

describe("priority order", () => {
  /** Requests that lie ready, and are then taken in the order given, each completed before the next. */
  function taking(order: readonly string[], destinationOf = (_: string) => "CHI"): Told[] {
    const made = [...order].sort().map((request) => requestSteps(request, destinationOf(request)).made);
    const rest = order.flatMap((request, index) => {
      const { taken, completed, cleared } = requestSteps(
        request,
        destinationOf(request),
        made.length + index * 3,
      );
      return [taken, completed, cleared];
    });
    return [...made, ...rest];
  }
  const requests = fc.uniqueArray(
    fc
      .tuple(fc.constantFrom(1, 2, 3), fc.integer({ min: 1, max: 35 }))
      .map(([first, count]) => `${first}___${count.toString(36).toUpperCase()}CEN`),
    { minLength: 2, maxLength: 8 },
  );

  test("in order, nothing is found; in any other order, something is", () => {
    fc.assert(
      fc.property(
        requests.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        ([all, order]) => {
          const right = [...all].sort(compareRequests);
          expect(brokenBy(taking(right))).toEqual([]);
          expect(brokenBy(taking(order)).length > 0).toBe(order.join() !== right.join());
        },
      ),
    );
  });

  test("a site to which nothing was sent has a connection free", () => {
    const siteOf = (request: string) => (request.startsWith("1") ? "MKE" : "CHI");
    expect(brokenBy(taking(["2___1CEN", "1___2CEN"], siteOf))).toEqual([
      "priority order: CEN 2___1CEN: it is taken before 1___2CEN, which waited for site MKE since event 1",
    ]);
  });

  const [low, high] = [requestSteps("3___1CEN", "CHI", 1), requestSteps("1___2CEN", "CHI", 9)];

  test("what came after the sender had looked does not count", () => {
    expect(brokenBy([low.made, high.made, low.taken])).toEqual([]);
  });

  test("what waits for its next try, or was given back, is passed over", () => {
    const later = { ...low.taken, seen: 3 };
    expect(brokenBy([high.made, high.taken, high.putBack, low.made, { ...low.taken, seen: 4 }])).toEqual([]);
    const toRequests = {
      ...high.made,
      action: "renamed",
      from: high.made.file,
      file: "SMS/Inboxes/Schedule.box/Requests/1___2CEN.SRQ",
    };
    expect(brokenBy([high.made, toRequests, low.made, later])).toEqual([]);
    const { from: _, ...notTaken } = high.putBack; // as a disk that fails has it
    expect(brokenBy([high.made, notTaken, low.made, later])).toEqual([]);
    expect(brokenBy([high.made, low.made, later])).toHaveLength(1);
  });

  test("what failed waits for its next try after a restart as well; what a dead sender had in hand does not", () => {
    const begun: Told = { action: "started" };
    const seen = { ...low.taken, seen: 5 };
    expect(brokenBy([high.made, high.taken, high.putBack, begun, low.made, seen])).toEqual([]);
    const { text: _, ...recovered } = high.putBack;
    expect(brokenBy([high.made, high.taken, recovered, begun, low.made, seen])).toHaveLength(1);
  });
});
