/**
 * What a load test makes of what the sites told.
 */
import { expect, test } from "vitest";

import type { JournalEvent } from "../../../domain/journal.ts";
import { Deliveries } from "../../../orchestrator/load/deliveries.ts";
import { type Measured, resultOf } from "../../../orchestrator/load/load-result.ts";
import { resultRows } from "../../../orchestrator/load/load-words.ts";
import { TransferLog } from "../../../orchestrator/load/transfer-log.ts";

let sequence = 0;
const told = (realMs: number, event: Partial<JournalEvent>) =>
  ({
    sequence: ++sequence,
    site: "S01",
    component: "SMS_LAN_SENDER",
    emulatedMs: 0,
    realMs,
    ...event,
  }) as JournalEvent;

function sent(
  log: TransferLog,
  id: string,
  [queued, begun, ended]: readonly [number, number, number],
  bytes: number,
) {
  const job = id.slice(0, 5);
  const request = `${id}S01` as never;
  const outbox = `SMS/Inboxes/Schedule.box/Outboxes/LAN/${request}.SRQ`;
  log.apply(told(queued, { action: "created", file: `${job}.JOB`, job: job as never, sourceVersion: 1 }));
  log.apply(told(queued, { action: "created", file: outbox, job: job as never, request }));
  log.apply(told(begun, { action: "sending", job: job as never, request, bytes, offset: 0 }));
  log.apply(told(ended, { action: "completed", job: job as never, request, bytes }));
}

function measured(log: TransferLog, own: Partial<Measured> = {}): Measured {
  return {
    settings: {
      senders: 1,
      receivers: 1,
      packageBytes: 1,
      count: 1,
      durationMs: undefined,
      warmUpMs: 0,
      atOnce: 1,
      priorities: ["medium"],
      bytesPerSecond: undefined,
      sendings: { allSites: 5, perSite: 3 },
    },
    load: "",
    driver: "processes",
    machine: { cpus: "", memoryBytes: 0, system: "", node: "" },
    transfers: log.all,
    delivered: [],
    lost: 0,
    fromMs: 0,
    cpu: { senders: 1, receivers: 2, together: 3 },
    ...own,
  };
}

test("throughput is all bytes over the time from the first byte to the last, whoever overlaps", () => {
  const log = new TransferLog();
  sent(log, "2__01", [900, 1000, 3000], 2000);
  sent(log, "2__02", [1000, 2000, 5000], 6000);

  const result = resultOf(measured(log));

  expect(result).toMatchObject({ seconds: 4, bytes: 8000, bytesPerSecond: 2000 });
  expect(result.transfers).toMatchObject({ count: 2, mean: 1500, p50: 1000, p99: 2000 });
  expect(result.queueWaitMs).toMatchObject({ p50: 100, p99: 1000 });
  expect(result.cpuSecondsPerGiB.together).toBeCloseTo(3 / (8000 / 1024 ** 3), 6);
});

test("what began while it warmed up is not measured", () => {
  const log = new TransferLog();
  sent(log, "2__01", [0, 10, 1000], 1);
  sent(log, "2__02", [1100, 1200, 2200], 500);

  expect(resultOf(measured(log, { fromMs: 1100 }))).toMatchObject({ bytes: 500, seconds: 1 });
});

test("words between sites are no transfer of a package", () => {
  const log = new TransferLog();
  const request = "1__09S01" as never;
  log.apply(
    told(0, {
      action: "created",
      file: "Schedule.box/Outboxes/LAN/1__09S01.SRQ",
      job: "1__09" as never,
      request,
    }),
  );
  log.apply(told(1, { action: "sending", job: "1__09" as never, request, bytes: 5 }));

  expect(log.all).toEqual([]);
});

test("the throttle error is that of each transfer against its limit, with the sign of the worst", () => {
  const log = new TransferLog();
  sent(log, "2__01", [0, 0, 1000], 1010);
  sent(log, "2__02", [0, 1000, 2000], 970);
  const { settings } = measured(log);

  const result = resultOf(measured(log, { settings: { ...settings, bytesPerSecond: 1000 } }));

  expect(result.throttleErrorPercent?.mean).toBeCloseTo(-1);
  expect(result.throttleErrorPercent?.worst).toBeCloseTo(-3);
});

test("a package is delivered with its last distribution point, also when that was told before its id was known", () => {
  const deliveries = new Deliveries();
  const installed = (server: string, realMs: number) =>
    deliveries.apply(
      told(realMs, { action: "installed", packages: ["S0100001"] as never, server: server as never }),
    );
  installed("R01DP", 50);
  deliveries.add("S0100001", 2, 10);
  expect(deliveries.onTheWay).toBe(1);
  installed("R02DP", 70);

  expect(deliveries.onTheWay).toBe(0);
  expect(deliveries.delivered).toEqual([{ id: "S0100001", addedMs: 10, arrivedMs: 70 }]);
});

test("beside a baseline each number has the one before and its change", () => {
  const log = new TransferLog();
  sent(log, "2__01", [0, 0, 1000], 2000);
  const before = resultOf(measured(log));
  const now = { ...before, bytesPerSecond: 1500 };

  const [first] = resultRows(now, before);

  expect(first).toMatchObject({ value: "1.5 KB/s", before: "2.0 KB/s", change: "-25.00 %" });
});
