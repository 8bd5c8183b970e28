/** What a recording makes of the events of sites: live with progress, or from the journals alone. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { siteCode } from "../../../domain/identifiers.ts";
import { bytesByPart, bytesIn } from "../../../orchestrator/report/bytes-sent.ts";
import { queueSteps } from "../../../orchestrator/report/queue-depth.ts";
import { Recording } from "../../../orchestrator/report/recording.ts";
import { events, sent, startMs } from "./scene.ts";

const minute = 60_000;
const at = (minutes: number) => startMs + minutes * minute;
const about = { request: "2___1CEN", peer: "BOS", bytes: 6000 };
const requestsOf = (...said: Parameters<typeof events>) => [
  ...Recording.of(events(...said)).requests.all.values(),
];
const outbox = "SMS/Inboxes/Schedule.box/Outboxes/LAN/2___1CEN";
const waiting = "SMS/Inboxes/Schedule.box/Requests/2___1CEN.SRQ";

describe("a send request", () => {
  test("is known by its sites, its priority and its sender, from its file to its end", () => {
    const [one] = requestsOf(...sent("1___1CEN", { from: 10, until: 20, bytes: 500 }));

    expect(one).toMatchObject({
      from: "CEN",
      to: "BOS",
      priority: "high",
      sender: "LAN",
      state: "completed",
      createdMs: at(9),
      endMs: at(20),
      attempts: [{ fromMs: at(10), untilMs: at(20), state: "completed" }],
    });
  });

  test("waits with the reasons that it is told, one after the other", () => {
    const [one] = requestsOf(
      { at: 0, action: "created", file: waiting, ...about },
      { at: 1, action: "waiting", file: waiting, text: "closed until Thu 22:00", ...about },
      { at: 9, action: "renamed", file: `${outbox}.SRQ`, from: waiting, ...about },
      { at: 10, action: "waiting", file: `${outbox}.SRQ`, text: "line busy", ...about },
      { at: 12, action: "claimed", file: `${outbox}.SRS`, from: `${outbox}.SRQ` },
      { at: 13, action: "sending", offset: 0, ...about },
    );

    expect(one?.waits).toEqual([
      { fromMs: at(0), untilMs: at(9), reason: "closed until Thu 22:00" },
      { fromMs: at(9), untilMs: at(12), reason: "line busy" },
      { fromMs: at(12), untilMs: at(13), reason: "connecting" },
    ]);
  });

  test("goes on after a failure, and what the receiver had got is not lost to the count", () => {
    const requests = requestsOf(
      { at: 0, action: "sending", offset: 0, ...about },
      { at: 10, action: "failed", text: "the line dropped", ...about, offset: 0 },
      { at: 20, action: "sending", offset: 4000, ...about },
      { at: 30, action: "completed", ...about },
    );

    expect(requests[0]).toMatchObject({
      attempts: [{ state: "failed" }, { state: "completed" }],
      failures: [{ emulatedMs: at(10), why: "the line dropped" }],
    });
    expect(bytesIn(requests, { fromMs: at(0), untilMs: at(15) })).toBe(4000);
    expect(bytesIn(requests, { fromMs: at(15), untilMs: at(31) })).toBe(2000);
  });

  test("of a site that was killed stopped with the last word of the site", () => {
    const [one] = requestsOf(
      { at: 0, action: "sending", offset: 0, ...about },
      { at: 5, action: "progress", offset: 1000, ...about },
      { at: 6, action: "recorded", component: "SMS_DISTRIBUTION_MANAGER" },
      { at: 500, action: "released", file: `${outbox}.SRQ`, from: `${outbox}.SRS` },
    );

    expect(one?.attempts).toMatchObject([{ state: "stopped", untilMs: at(6) }]);
  });

  test("is kept in few points however much is told of it, with its first and its last", () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({
      at: index / 100,
      action: "progress",
      offset: index + 1,
      ...about,
    }));
    const [one] = requestsOf({ at: 0, action: "sending", offset: 0, ...about }, ...many);
    const points = one?.attempts[0]?.points ?? [];

    expect(points.length).toBeLessThanOrEqual(65);
    expect([points[0]?.offset, points.at(-1)?.offset]).toEqual([0, 5000]);
  });
});

test("bytes of a span are those of its parts together, and all of them are in the whole run", () => {
  const sendings = fc.array(
    fc.record({
      from: fc.integer({ min: 1, max: 500 }),
      lasts: fc.integer({ min: 1, max: 300 }),
      bytes: fc.integer({ min: 1, max: 1e6 }),
    }),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(sendings, fc.integer({ min: 1, max: 50 }), (said, count) => {
      const requests = requestsOf(
        ...said.flatMap(({ from, lasts, bytes }, index) =>
          sent(`2___${index}CEN`, { from, until: from + lasts, bytes }),
        ),
      );
      const sum = said.reduce((all, { bytes }) => all + bytes, 0);
      const parts = bytesByPart(requests, { fromMs: startMs, untilMs: at(900) }, count);

      expect(parts.reduce((all, bytes) => all + bytes, 0)).toBeCloseTo(sum, 6);
      expect(bytesIn(requests, { fromMs: startMs, untilMs: at(900) })).toBeCloseTo(sum, 6);
    }),
  );
});

test("a queue is as deep as there are requests between their files and their ends", () => {
  const requests = requestsOf(
    ...sent("2___1CEN", { from: 10, until: 30, bytes: 1 }),
    ...sent("2___2CEN", { from: 20, until: 40, bytes: 1 }),
  );

  expect(queueSteps(requests, siteCode.parse("CEN"))).toEqual([
    { emulatedMs: at(9), depth: 1 },
    { emulatedMs: at(19), depth: 2 },
    { emulatedMs: at(30), depth: 1 },
    { emulatedMs: at(40), depth: 0 },
  ]);
});

test("a queue of thousands is told in few steps, with its deepest", () => {
  const requests = Array.from({ length: 2000 }, (_, index) =>
    sent(`2${index.toString(36).toUpperCase().padStart(4, "_")}CEN`, {
      from: 10 + index / 10,
      until: 300 + index / 10,
      bytes: 1,
    }),
  ).flat();
  const steps = queueSteps(requestsOf(...requests), siteCode.parse("CEN"));

  expect(steps.length).toBeLessThanOrEqual(1501);
  expect(Math.max(...steps.map(({ depth }) => depth))).toBe(2000);
  expect(steps.at(-1)?.depth).toBe(0);
});
