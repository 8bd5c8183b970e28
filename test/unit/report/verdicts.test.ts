/** Each kind of expectation: held, failed, failed early, still open. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { serverName, siteCode } from "../../../domain/identifiers.ts";
import { weekHours } from "../../../domain/week-hours.ts";
import type { Expectation } from "../../../orchestrator/expectations/expectation.ts";
import { verdictOn } from "../../../orchestrator/expectations/verdict.ts";
import { arrivalKey } from "../../../orchestrator/progress/board.ts";
import { deliveries, installed, maps, sceneOf, sent, startMs, topology } from "./scene.ts";

const [cen, bos, alb] = ["CEN", "BOS", "ALB"].map((code) => siteCode.parse(code));
if (!cen || !bos || !alb) throw new Error("there are three sites");
const on = topology.packages[0]?.distributionPoints ?? [];
const hours = (words: string) => weekHours.parse(words);
const minute = 60_000;
const over = { isOver: true };

describe("a package by a moment", () => {
  const expected: Expectation = { kind: "arrival", package: "Maps", on, byMs: 100 * minute };
  const everywhere = [installed(10, "HQDP"), installed(60, "BOSDP"), installed(90, "ALBDP")];

  test("is held as soon as it is everywhere in time", () => {
    expect(verdictOn(expected, sceneOf(91, everywhere))).toMatchObject({
      state: "held",
      measured: 3,
      bound: 3,
    });
  });

  test("is open while there is time", () => {
    expect(verdictOn(expected, sceneOf(70, everywhere.slice(0, 2))).state).toBe("open");
  });

  test("has failed when the time is over, also where the package came later, and says where it is not", () => {
    const late = [...everywhere.slice(0, 2), installed(101, "ALBDP")];

    expect(verdictOn(expected, sceneOf(102, late))).toMatchObject({
      state: "failed",
      failedMs: startMs + 100 * minute,
      why: "not on ALBDP",
    });
  });

  test("has failed as soon as a site gives a copy up, and when nothing is waited for any more", () => {
    const givenUp = new Set([arrivalKey(maps, serverName.parse("ALBDP"))]);

    expect(verdictOn(expected, sceneOf(10, [], { givenUp })).state).toBe("failed");
    expect(verdictOn(expected, sceneOf(10, [], over)).state).toBe("failed");
  });
});

describe("one package before another", () => {
  const expected: Expectation = { kind: "order", package: "Maps", before: "Patch", on };
  const first = ["HQDP", "BOSDP", "ALBDP"].map((server) => installed(10, server));

  test("is held once the first is everywhere and the other nowhere before it", () => {
    const both = [...first, installed(11, "HQDP", "CEN00002")];

    expect(verdictOn(expected, sceneOf(12, both)).state).toBe("held");
  });

  test("is open where neither is yet, and failed where that stays so", () => {
    expect(verdictOn(expected, sceneOf(12, first.slice(0, 2))).state).toBe("open");
    expect(verdictOn(expected, sceneOf(12, first.slice(0, 2), over))).toMatchObject({
      state: "failed",
      why: "neither is on ALBDP",
    });
  });

  test("has failed at once where the other is there first", () => {
    const wrong = [installed(5, "BOSDP", "CEN00002")];

    expect(verdictOn(expected, sceneOf(6, wrong))).toMatchObject({
      state: "failed",
      failedMs: startMs + 5 * minute,
      why: "Patch was first on BOSDP",
    });
  });
});

describe("the bytes of a link at most", () => {
  const expected: Expectation = { kind: "bytes", from: cen, to: bos, mostBytes: 1000, during: undefined };

  test("are held at the end, and open until then", () => {
    const said = sent("2___1CEN", { from: 300, until: 310, bytes: 1000 });

    expect(verdictOn(expected, sceneOf(400, said)).state).toBe("open");
    expect(verdictOn(expected, sceneOf(400, said, over))).toMatchObject({ state: "held", measured: 1000 });
  });

  test("have failed with the first byte too many, while the run goes on", () => {
    const about = { request: "2___2CEN", peer: "BOS", bytes: 2000 };
    const said = [
      ...sent("2___1CEN", { from: 300, until: 310, bytes: 900 }),
      { at: 320, action: "sending", offset: 0, ...about },
      { at: 321, action: "progress", offset: 50, ...about },
    ];

    expect(verdictOn(expected, sceneOf(321, said)).state).toBe("open");
    expect(
      verdictOn(expected, sceneOf(322, [...said, { at: 322, action: "progress", offset: 101, ...about }])),
    ).toMatchObject({ state: "failed", measured: 1001, failedMs: startMs + 322 * minute });
  });

  test("of other directions, sites and hours do not count", () => {
    const others = sent("2___1CEN", { to: "ALB", from: 300, until: 310, bytes: 5000 });
    const during = hours("Mon-Fri 22-23");
    const byDay = sent("2___2CEN", { from: 10, until: 20, bytes: 5000 });

    expect(verdictOn(expected, sceneOf(400, others, over)).state).toBe("held");
    expect(verdictOn({ ...expected, during }, sceneOf(400, byDay, over))).toMatchObject({
      state: "held",
      measured: 0,
    });
  });
});

describe("the busy share of a link at most", () => {
  const during = hours("Thu 22-23"); // from minute 270 to 330 at 1000 bytes a second: 3600000 bytes
  const expected: Expectation = { kind: "busy", from: cen, to: bos, mostShare: 0.5, during };

  test("is held at the end, with the share that was used", () => {
    const said = sent("2___1CEN", { from: 280, until: 300, bytes: 900_000 });

    expect(verdictOn(expected, sceneOf(305, said)).state).toBe("open");
    expect(verdictOn(expected, sceneOf(400, said, over))).toMatchObject({ state: "held", measured: 0.25 });
  });

  test("has failed before the hours are over once it is too much for all of them", () => {
    const said = sent("2___1CEN", { from: 280, until: 300, bytes: 1_800_001 });

    expect(verdictOn(expected, sceneOf(301, said)).state).toBe("failed");
  });

  test("is open while it could still fall to the bound, without hours until the end", () => {
    const said = sent("2___1CEN", { from: 280, until: 300, bytes: 1_700_000 });
    const always: Expectation = { ...expected, during: undefined, mostShare: 0.05 };

    expect(verdictOn(expected, sceneOf(301, said)).state).toBe("open");
    expect(verdictOn(always, sceneOf(301, said)).state).toBe("open");
    expect(verdictOn(always, sceneOf(301, said, over)).state).toBe("failed");
    expect(verdictOn(always, sceneOf(2000, said, over)).state).toBe("held");
  });
});

describe("the connected minutes of a line at most", () => {
  const expected: Expectation = { kind: "connected", from: cen, to: undefined, mostMs: 90 * minute };
  const call = (peer: string, from: number, until: number) => [
    { at: from, action: "connected", component: "SMS_ISDN_RAS_SENDER", peer },
    { at: until, action: "hung up", component: "SMS_ISDN_RAS_SENDER", peer },
  ];

  test("are the sum of all calls, held at the end", () => {
    const said = [...call("ALB", 10, 50), ...call("ALB", 60, 110)];

    expect(verdictOn(expected, sceneOf(120, said)).state).toBe("open");
    expect(verdictOn(expected, sceneOf(120, said, over))).toMatchObject({
      state: "held",
      measured: 90 * minute,
    });
  });

  test("have failed during the call that is too long, at the minute that was one too many", () => {
    const said = [...call("ALB", 10, 50), ...call("ALB", 60, 200).slice(0, 1)];

    expect(verdictOn(expected, sceneOf(110, said)).state).toBe("open");
    expect(verdictOn(expected, sceneOf(111, said))).toMatchObject({
      state: "failed",
      failedMs: startMs + 110 * minute,
    });
  });

  test("to one site leave out the calls to others", () => {
    const said = [...call("BOS", 10, 500), ...call("ALB", 510, 520)];

    expect(verdictOn({ ...expected, to: alb }, sceneOf(600, said, over)).state).toBe("held");
  });

  test("end with the last word of a site that was killed", () => {
    const said = [
      ...call("ALB", 10, 20).slice(0, 1),
      { at: 30, action: "recorded", component: "SMS_DISTRIBUTION_MANAGER" },
      { at: 500, action: "started", component: "SMS_SITE_COMPONENT_MANAGER" },
    ];

    expect(verdictOn(expected, sceneOf(600, said, over))).toMatchObject({
      state: "held",
      measured: 20 * minute,
    });
  });
});

describe("nothing sent in some hours", () => {
  const during = hours("Mon-Fri 07-22"); // until minute 270
  const expected: Expectation = { kind: "nothing sent", from: cen, to: bos, priority: undefined, during };

  test("is held at the end where everything went in other hours", () => {
    const said = sent("2___1CEN", { from: 271, until: 300, bytes: 5000 });

    expect(verdictOn(expected, sceneOf(400, said)).state).toBe("open");
    expect(verdictOn(expected, sceneOf(400, said, over)).state).toBe("held");
  });

  test("has failed with the first byte, when it is sent", () => {
    const [created, claimed, sending] = sent("2___1CEN", { from: 100, until: 110, bytes: 5000 });
    if (!created || !claimed || !sending) throw new Error("it is sent");

    expect(verdictOn(expected, sceneOf(101, [created, claimed, sending]))).toMatchObject({
      state: "failed",
      failedMs: startMs + 100 * minute,
      why: expect.stringContaining("2___1CEN"),
    });
  });

  test("is not failed by what went before the hours and was acknowledged a moment later", () => {
    const morning = 13.5 * 60; // Friday 07:00
    const about = { request: "2___1CEN", peer: "BOS", bytes: 9000 };
    const stopped = (until: number) => [
      { at: morning - 60, action: "sending", offset: 0, ...about },
      { at: morning - 1, action: "progress", offset: 4000, ...about },
      { at: until, action: "progress", offset: 4100, ...about },
      {
        at: until,
        action: "renamed",
        file: "SMS/Inboxes/Schedule.box/Requests/2___1CEN.SRQ",
        from: "SMS/Inboxes/Schedule.box/Outboxes/LAN/2___1CEN.SRS",
        text: "closed",
        request: "2___1CEN",
        peer: "BOS",
      },
    ];

    expect(verdictOn(expected, sceneOf(1000, stopped(morning + 2), over)).state).toBe("held");
    expect(verdictOn(expected, sceneOf(1000, stopped(morning + 30), over)).state).toBe("failed");
  });

  test("is about one priority where one is named", () => {
    const said = sent("1___1CEN", { from: 100, until: 110, bytes: 5000 });

    expect(verdictOn({ ...expected, priority: "medium" }, sceneOf(400, said, over)).state).toBe("held");
    expect(verdictOn({ ...expected, priority: "high" }, sceneOf(400, said, over)).state).toBe("failed");
  });

  test("whatever is sent outside of the hours, it is held; with one sending begun inside, it is failed", () => {
    const outside = fc.integer({ min: 271, max: 270 + 9 * 60 - 40 });
    const inside = fc.integer({ min: 2, max: 269 });
    fc.assert(
      fc.property(fc.array(outside, { maxLength: 5 }), fc.option(inside), (starts, wrong) => {
        const all = wrong === null ? starts : [...starts, wrong];
        const said = all.flatMap((from, index) =>
          sent(`2___${index}CEN`, { from, until: from + 30, bytes: 1000 }),
        );

        expect(verdictOn(expected, sceneOf(2000, said, over)).state).toBe(wrong === null ? "held" : "failed");
      }),
    );
  });
});

describe("nothing lost", () => {
  const expected: Expectation = { kind: "nothing lost" };
  const everything = deliveries.flatMap(({ id, distributionPoints }) =>
    distributionPoints.map(({ server }) => installed(10, server, id)),
  );

  test("is held at the end once everything is everywhere", () => {
    expect(verdictOn(expected, sceneOf(20, everything)).state).toBe("open");
    expect(verdictOn(expected, sceneOf(20, everything, over)).state).toBe("held");
  });

  test("has failed at the end where a package is not", () => {
    expect(verdictOn(expected, sceneOf(20, everything.slice(1), over))).toMatchObject({
      state: "failed",
      why: "Maps is not on HQDP",
    });
  });

  test("has failed at once with a file in quarantine, and with a copy given up", () => {
    const quarantined = {
      at: 5,
      action: "quarantined",
      site: "BOS",
      component: "SMS_DESPOOLER",
      file: "SMS/Inboxes/Despoolr.box/Receive/Quarantine/2___1CEN.SNI",
      text: "it does not parse",
    };
    const givenUp = new Set([arrivalKey(maps, serverName.parse("BOSDP"))]);

    expect(verdictOn(expected, sceneOf(6, [quarantined]))).toMatchObject({
      state: "failed",
      failedMs: startMs + 5 * minute,
      why: expect.stringContaining("it does not parse"),
    });
    expect(verdictOn(expected, sceneOf(6, [], { givenUp })).state).toBe("failed");
  });

  test("has failed where a part of a request that is over lies on a share and nobody will take it", () => {
    const part = {
      at: 5,
      action: "created",
      site: "BOS",
      component: "SMS_SITE_SHARE",
      file: "SMS/Inboxes/Despoolr.box/Receive/2___1CEN.PCK",
      request: "2___1CEN",
    };
    const request = sent("2___1CEN", { from: 4, until: 6, bytes: 100 });
    const taken = { ...part, at: 8, action: "deleted", component: "SMS_DESPOOLER" };

    expect(verdictOn(expected, sceneOf(20, [...everything, ...request, part], over))).toMatchObject({
      state: "failed",
      why: "BOS: SMS/Inboxes/Despoolr.box/Receive/2___1CEN.PCK is nobody's",
    });
    expect(verdictOn(expected, sceneOf(20, [...everything, ...request, part, taken], over)).state).toBe(
      "held",
    );
  });

  test("holds where a request was withdrawn in the middle of its content: the share lets that expire", () => {
    const ofRequest = { site: "CEN", component: "SMS_LAN_SENDER", request: "2___1CEN", peer: "BOS" };
    const sending = { ...ofRequest, at: 4, action: "sending", offset: 0, bytes: 100 };
    const part = {
      at: 5,
      action: "created",
      site: "BOS",
      component: "SMS_SITE_SHARE",
      file: "SMS/Inboxes/Despoolr.box/Receive/2___1CEN.PCK",
      request: "2___1CEN",
    };
    const withdrawn = { ...ofRequest, at: 6, action: "withdrawn", offset: 50, text: "a newer version" };

    expect(verdictOn(expected, sceneOf(20, [...everything, sending, part, withdrawn], over)).state).toBe(
      "held",
    );
  });
});
