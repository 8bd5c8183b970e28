import { expect, test } from "vitest";

import { packageId, serverName, siteCode } from "../../../domain/identifiers.ts";
import { journalEvent } from "../../../domain/journal.ts";
import { Board, rateOf } from "../../../orchestrator/progress/board.ts";
import { isDelivered } from "../../../orchestrator/progress/expectations.ts";

const id = packageId.parse("CEN00001");
const point = { site: siteCode.parse("CHI"), server: serverName.parse("CHIDP1") };
const delivery = { id, name: "Maps", sourceVersion: 2, distributionPoints: [point] };

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

test("a package is delivered once its version is there, and stays so when it is installed again", () => {
  expect(isDelivered(delivery, boardWith())).toBe(false);
  expect(isDelivered(delivery, boardWith(installed))).toBe(true);
  expect(boardWith(installed, { ...installed, emulatedMs: 5000 }).arrivalOf(id, point.server)).toMatchObject({
    emulatedMs: 900,
  });
});

test("an older version is not what was delivered", () => {
  expect(isDelivered(delivery, boardWith({ ...installed, sourceVersion: 1 }))).toBe(false);
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
