import { expect, test } from "vitest";

import { packageId, serverName, siteCode } from "../../../domain/identifiers.ts";
import { journalEvent } from "../../../domain/journal.ts";
import { arrivalKey, Board, rateOf } from "../../../orchestrator/progress/board.ts";
import { isDelivered, verdictOn } from "../../../orchestrator/progress/expectations.ts";

const id = packageId.parse("CEN00001");
const point = { site: siteCode.parse("CHI"), server: serverName.parse("CHIDP1") };
const delivery = { id, name: "Maps", sourceVersion: 2, distributionPoints: [point] };
const deadline = { delivery, on: [point], byMs: 1000 };
const none: ReadonlySet<string> = new Set();

function boardWith(...events: Record<string, unknown>[]): Board {
  const board = new Board();
  for (const [index, event] of events.entries()) {
    const common = { sequence: index + 1, site: "CHI", component: "SMS_DISTRIBUTION_MANAGER", realMs: index };
    board.apply(journalEvent.parse({ emulatedMs: 0, ...common, ...event }));
  }
  return board;
}

const installed = {
  action: "installed",
  packages: [id],
  sourceVersion: 2,
  server: "CHIDP1",
  emulatedMs: 900,
};

test("an expectation is held once the version is there in time", () => {
  expect(verdictOn(deadline, boardWith(installed), 950, none).state).toBe("held");
});

test("an expectation stays held when the same version is installed again after its time", () => {
  const board = boardWith(installed, { ...installed, emulatedMs: 5000 });

  expect(verdictOn(deadline, board, 6000, none).state).toBe("held");
});

test("an older version does not hold it", () => {
  const board = boardWith({ ...installed, sourceVersion: 1 });

  expect(verdictOn(deadline, board, 950, none)).toMatchObject({ state: "open", missing: [point] });
  expect(isDelivered(delivery, board)).toBe(false);
});

test("it has failed when the time is over, also where the package came later", () => {
  const late = boardWith({ ...installed, emulatedMs: 1001 });

  expect(verdictOn(deadline, new Board(), 1001, none).state).toBe("failed");
  expect(verdictOn(deadline, late, 1002, none).state).toBe("failed");
  expect(isDelivered(delivery, late)).toBe(true);
});

test("it has failed as soon as a site gives a copy up", () => {
  const givenUp = new Set([arrivalKey(id, point.server)]);

  expect(verdictOn(deadline, new Board(), 10, givenUp).state).toBe("failed");
});

test("what was removed from a distribution point has not arrived", () => {
  const board = boardWith(installed, { action: "uninstalled", packages: [id], server: "CHIDP1" });

  expect(isDelivered(delivery, board)).toBe(false);
});

test("a transfer's rate is counted in emulated time from where it went on", () => {
  const about = { packages: [id], request: "2__01CHI", peer: "MKE", bytes: 10_000 };
  const board = boardWith(
    { ...about, action: "sending", offset: 4000, emulatedMs: 1000 },
    { ...about, action: "progress", sequence: 0, offset: 8000, emulatedMs: 3000 },
  );
  const [transfer] = board.sending();

  expect(transfer && rateOf(transfer)).toBe(2000);
});
