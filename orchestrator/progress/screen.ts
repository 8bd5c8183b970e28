/**
 * The lines that are redrawn on a terminal while a run goes on: each site with its distribution points, each
 * transfer with bytes, share and rate, what is wrong. Pure.
 */
import type { SitePlan } from "../topology/plan.ts";
import { bytesWords, dayAndTime, logName, siteWords, table } from "../words.ts";
import { arrivalKey, type Board, rateOf, type Transfer } from "./board.ts";
import type { Delivery } from "./expectations.ts";

const barCells = 20;

export type ScreenInput = {
  readonly sites: readonly SitePlan[];
  readonly deliveries: readonly Delivery[];
  readonly board: Board;
  /** Copies that sites have given up, as arrival keys. */
  readonly givenUp: ReadonlySet<string>;
  readonly nowMs: number;
  readonly sinceStart: string;
};

export function screenLines(input: ScreenInput): string[] {
  const { sites, board, nowMs, sinceStart } = input;
  const rows = sites.map((site) => [
    `${"  ".repeat(depthOf(sites, site))}${siteWords(site)}`,
    dayAndTime(nowMs, site.timeZone),
    site.distributionPoints.map((server) => `${server} ${copyWords(input, server)}`).join("  "),
  ]);
  const transfers = board.sending().filter((transfer) => transfer.isContent);
  const troubles = [...board.troubles.values()].map(
    (event) => `! ${event.site} ${logName(event.component)}: ${event.text ?? "failed"}`,
  );
  return [
    "",
    `${sinceStart} since the start`,
    ...table(rows),
    ...table(transfers.map(transferRow)),
    ...troubles,
  ];
}

function depthOf(sites: readonly SitePlan[], site: SitePlan): number {
  const parent = sites.find(({ code }) => code === site.parent);
  return parent ? depthOf(sites, parent) + 1 : 0;
}

function copyWords(
  { deliveries, board, givenUp }: ScreenInput,
  server: SitePlan["distributionPoints"][number],
) {
  const meant = deliveries.filter((delivery) =>
    delivery.distributionPoints.some((point) => point.server === server),
  );
  if (meant.length === 0) return "-";
  const has = meant.filter(
    ({ id, sourceVersion }) => (board.arrivalOf(id, server)?.sourceVersion ?? 0) >= sourceVersion,
  );
  if (meant.some(({ id }) => givenUp.has(arrivalKey(id, server)))) return "failed";
  if (meant.length > 1) return `${has.length} of ${meant.length}`;
  return has.length === 1 ? `has version ${meant[0]?.sourceVersion}` : "waits";
}

function transferRow(transfer: Transfer): string[] {
  const { from, to, packages, bytes, offset } = transfer;
  const share = bytes === 0 ? 1 : offset / bytes;
  const rate = rateOf(transfer);
  return [
    `${from} -> ${to}`,
    packages.join(" "),
    `[${"#".repeat(Math.round(share * barCells)).padEnd(barCells, ".")}]`,
    `${Math.floor(share * 100)}%`.padStart(4),
    `${bytesWords(offset)} of ${bytesWords(bytes)}`,
    rate === undefined ? "" : `${bytesWords(rate)}/s`,
  ];
}
