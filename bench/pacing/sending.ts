/**
 * Spoolnet's side, in a process of its own: one delivery to a share, at a limit that is halved at `halveAfterMs`.
 */

import { truncate } from "node:fs/promises";

import type { Rate } from "../../domain/rate-limit.ts";
import { AddressPace } from "../../site-image/senders/address-pace.ts";
import { Pacer } from "../../site-image/senders/pacer.ts";
import { PacesInSeries } from "../../site-image/senders/paces-in-series.ts";
import { SiteConnections } from "../../site-image/senders/site-connections.ts";
import { transferOver } from "../../site-image/senders/transfer.ts";
import { SystemClock } from "../../site-image/system-clock.ts";
import { addressAt, makeDelivery } from "../../test/integration/share/running-share.ts";

export type SendingOptions = {
  readonly folder: string;
  readonly url: string;
  readonly scale: number;
  readonly bytes: number;
  /** Of the address; of the line where `line` is set. Bytes per emulated second. */
  readonly bytesPerSecond: number;
  /** The limit is the speed of a line, and the address has none. */
  readonly line: boolean;
  /** Real milliseconds from the start. */
  readonly halveAfterMs: number;
};

const { folder, url, scale, bytes, bytesPerSecond, line, halveAfterMs }: SendingOptions = JSON.parse(
  process.argv[2] ?? "",
);
const realMs = performance.timeOrigin + performance.now();
const emulatedMs = Date.UTC(2003, 10, 7);
const clock = new SystemClock([{ realMs, emulatedMs, scale }]);
const small = await makeDelivery(folder, addressAt(url), "1__01CEN", Buffer.alloc(1));
await truncate(small.packageFile.path, bytes); // zeros that take no room; the run ends before they do
const job = { ...small, packageFile: { ...small.packageFile, bytes, sha256: "0".repeat(64) } };
const halvedRealMs = clock.realNow() + halveAfterMs;
const halvedMs = clock.now() + halveAfterMs * scale;

function limitNow(): Rate & { kind: "paced" } {
  return clock.now() < halvedMs
    ? { kind: "paced", bytesPerSecond, untilMs: halvedMs }
    : { kind: "paced", bytesPerSecond: bytesPerSecond / 2, untilMs: Number.POSITIVE_INFINITY };
}
const unlimited = (): Rate => ({ kind: "unlimited", untilMs: Number.POSITIVE_INFINITY });

const address = new AddressPace({ clock, rate: line ? unlimited : limitNow });
const pace = line ? new PacesInSeries(address, new Pacer({ clock, rate: limitNow })) : address;
process.send?.(halvedRealMs);
await using connections = new SiteConnections();
const hooks = { connected() {}, started() {}, progress() {} };
await transferOver(connections)({ ...job, pace }, hooks, new AbortController().signal);
