/**
 * Spoolnet's side, in a process of its own: one delivery to a share by an address, at a limit that is halved at
 * `halveAfterMs`. The limit is put together as a sender does it (address-paces.ts, wan.ts).
 */
import { truncate } from "node:fs/promises";

import { type Address, standardAddress } from "../../domain/address.ts";
import { siteCode } from "../../domain/identifiers.ts";
import { siteLinks } from "../../domain/link.ts";
import type { RateLimit } from "../../domain/rate-limit.ts";
import { TimeZone } from "../../domain/time-zone.ts";
import { AddressPaces } from "../../site-image/senders/address-paces.ts";
import { SiteConnections } from "../../site-image/senders/site-connections.ts";
import { transferOver } from "../../site-image/senders/transfer.ts";
import { Wan } from "../../site-image/senders/wan.ts";
import { SystemClock } from "../../site-image/system-clock.ts";
import { addressAt, makeDelivery } from "../../test/integration/share/running-share.ts";

/**
 * - `fixed`: a rate, which an administrator halves.
 * - `percent`: 50 % of a link of twice the rate by the hour of the day, and 25 % from the next hour on.
 * - `line`: the speed of a RAS line, which is halved.
 * - `line percent`: 50 % of a line of twice the rate, then 25 %, by the hour.
 * - `link`: no limit but that of the emulated link, which is halved.
 * - `pulse`: blocks with pauses between. Not halved.
 */
export const limitKinds = ["fixed", "percent", "line", "line percent", "link", "pulse"] as const;
export type LimitKind = (typeof limitKinds)[number];

export type SendingOptions = {
  readonly folder: string;
  readonly url: string;
  readonly scale: number;
  readonly bytes: number;
  /** Per emulated second. */
  readonly bytesPerSecond: number;
  readonly kind: LimitKind;
  /** Of `pulse`; the pause in emulated milliseconds. */
  readonly pulse: { readonly blockBytes: number; readonly pauseMs: number };
  /** Real milliseconds from the start. */
  readonly halveAfterMs: number;
};

if (import.meta.main) await send(JSON.parse(process.argv[2] ?? ""));

async function send(options: SendingOptions): Promise<void> {
  const { folder, url, scale, bytes, halveAfterMs } = options;
  const to = siteCode.parse("CHI");
  const realMs = performance.timeOrigin + performance.now();
  // So that the next hour of the emulated day begins when the limit is to be halved.
  const hourMs = Date.UTC(2003, 10, 7, 19);
  const clock = new SystemClock([{ realMs, emulatedMs: hourMs - halveAfterMs * scale, scale }]);
  const halvedRealMs = realMs + halveAfterMs;

  const wan = new Wan({ clock, site: siteCode.parse("CEN") });
  const zone = new TimeZone("Etc/UTC");
  const paces = new AddressPaces({ clock, zone, linkTo: (site) => wan.bandwidthTo(site) });
  const setTo = (part: number) => {
    wan.links = siteLinks.parse(linksOf(options, part));
    return paces.of(to, addressOf(options, part, hourMs));
  };
  const pace = setTo(1);
  if (!["percent", "line percent", "pulse"].includes(options.kind)) {
    void clock.sleepReal(halvedRealMs - clock.realNow(), new AbortController().signal).then(() => setTo(0.5));
  }

  const small = await makeDelivery(folder, addressAt(url), "1__01CEN", Buffer.alloc(1));
  await truncate(small.packageFile.path, bytes); // zeros that take no room; the run ends before they do
  const packageFile = { ...small.packageFile, bytes, sha256: "0".repeat(64) };
  process.send?.(halvedRealMs);
  await using connections = new SiteConnections();
  const hooks = { connected() {}, started() {}, progress() {} };
  const transfer = wan.over(transferOver(connections));
  await transfer({ ...small, site: to, packageFile, pace }, hooks, new AbortController().signal);
}

function linksOf({ kind, bytesPerSecond }: SendingOptions, part: number): object {
  if (kind === "percent") return { to: { CHI: { bytesPerSecond: bytesPerSecond * 2 } } };
  if (kind === "link") return { to: { CHI: { bytesPerSecond: bytesPerSecond * part } } };
  return {};
}

function addressOf({ kind, bytesPerSecond, pulse }: SendingOptions, part: number, hourMs: number): Address {
  const line = {
    bytesPerSecond: kind === "line" ? bytesPerSecond * part : bytesPerSecond * 2,
    ...{ dialMs: 0, idleMs: 0, busy: 0, noAnswer: 0, dropPerMinute: 0 },
  };
  const hour = new Date(hourMs).getUTCHours();
  const percents = Array.from({ length: 24 }, (_, index) => (index >= hour ? 25 : 50));
  const limits: Record<LimitKind, RateLimit> = {
    fixed: { kind: "fixed", bytesPerSecond: bytesPerSecond * part },
    percent: { kind: "percent", percents, formula: "sp" },
    line: { kind: "unlimited" },
    "line percent": { kind: "percent", percents, formula: "sp" },
    link: { kind: "unlimited" },
    pulse: { kind: "pulse", ...pulse },
  };
  const isLine = kind === "line" || kind === "line percent";
  return {
    ...standardAddress,
    sender: isLine ? "RASISDN" : "LAN",
    rateLimit: limits[kind],
    line: isLine ? line : null,
  };
}
