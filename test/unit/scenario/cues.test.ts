import { expect, test } from "vitest";

import { packageId, serverName, siteCode } from "../../../domain/identifiers.ts";
import { journalEvent } from "../../../domain/journal.ts";
import { Board } from "../../../orchestrator/progress/board.ts";
import { isMet, type Seen } from "../../../orchestrator/scenario/cues.ts";
import { conditionWords, parseCondition } from "../../../orchestrator/topology/condition.ts";

const id = packageId.parse("CEN00001");
const chi = siteCode.parse("CHI");
const points = ["CHIDP1", "CHIDP2"].map((name) => ({ site: chi, server: serverName.parse(name) }));
const delivery = { id, name: "Office Update", sourceVersion: 2, distributionPoints: points };

function seenAfter(...events: Record<string, unknown>[]): Seen {
  const board = new Board();
  for (const [index, event] of events.entries()) {
    const common = {
      sequence: index + 1,
      site: "CHI",
      component: "SMS_LAN_SENDER",
      emulatedMs: 0,
      realMs: 0,
    };
    board.apply(journalEvent.parse({ ...common, packages: [id], ...event }));
  }
  return { board, deliveries: [delivery], states: new Map() };
}

function met(text: string, seen: Seen): boolean {
  const condition = parseCondition(text);
  if (!condition) throw new Error(`${text} is no condition`);
  expect(conditionWords(condition)).toBe(text);
  return isMet(condition, seen);
}

const installed = (server: string, sourceVersion = 2) => ({ action: "installed", server, sourceVersion });

test("a package has arrived at a site once the version wanted now is on each of its distribution points", () => {
  expect(met("Office Update arrived CHI", seenAfter())).toBe(false);
  expect(met("Office Update arrived CHI", seenAfter(installed("CHIDP1")))).toBe(false);
  expect(met("Office Update arrived CHI", seenAfter(installed("CHIDP1"), installed("CHIDP2", 1)))).toBe(
    false,
  );
  expect(met("Office Update arrived CHI", seenAfter(installed("CHIDP1"), installed("CHIDP2")))).toBe(true);
  expect(met("Office Update arrived CHIDP1", seenAfter(installed("CHIDP1")))).toBe(true);
});

test("a package that is not made has arrived nowhere", () => {
  const seen = { ...seenAfter(installed("CHIDP1"), installed("CHIDP2")), deliveries: [] };

  expect(met("Office Update arrived CHI", seen)).toBe(false);
});

test("a package is being sent while its content is, not while sites talk of it", () => {
  const request = "2___1CEN";
  const sending = {
    site: "CEN",
    action: "sending",
    peer: "CHI",
    request,
    job: "00000001",
    bytes: 100,
    offset: 0,
  };
  const content = { site: "CEN", action: "created", file: "Schedule.box/00000001.JOB", job: "00000001" };
  const done = { site: "CEN", action: "completed", peer: "CHI", request };

  expect(met("Office Update sending CEN CHI", seenAfter(sending))).toBe(false);
  const under = seenAfter({ ...content, sourceVersion: 2 }, sending);
  expect(met("Office Update sending CEN CHI", under)).toBe(true);
  expect(met("Office Update sending CHI CEN", under)).toBe(false);
  expect(
    met("Office Update sending CEN CHI", seenAfter({ ...content, sourceVersion: 2 }, sending, done)),
  ).toBe(false);
});

test("a site is up only once it was down", () => {
  const seen = seenAfter();
  expect(met("CHI up", seen)).toBe(false);
  expect(met("CHI down", { ...seen, states: new Map([[chi, "down"]]) })).toBe(true);
  expect(met("CHI up", { ...seen, states: new Map([[chi, "up"]]) })).toBe(true);
});
