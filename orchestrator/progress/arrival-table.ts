/**
 * The table at the end of a run: when each distribution point had each package. Pure.
 */

import { durationWords } from "../topology/duration.ts";
import type { SitePlan } from "../topology/plan.ts";
import { bytesWords, dateAndTime, siteWords, table } from "../words.ts";
import type { Arrival, Board } from "./board.ts";
import type { Delivery } from "./expectations.ts";

export type ArrivalRow = {
  readonly delivery: Delivery;
  readonly site: SitePlan;
  readonly server: string;
  /** Undefined where the package is not. */
  readonly arrival: Arrival | undefined;
};

/** A row for each distribution point of each package, in the order of the topology. */
export function arrivalRows(
  sites: readonly SitePlan[],
  deliveries: readonly Delivery[],
  board: Board,
): ArrivalRow[] {
  return deliveries.flatMap((delivery) =>
    sites.flatMap((site) =>
      delivery.distributionPoints
        .filter((point) => point.site === site.code)
        .map(({ server }) => {
          const arrival = board.arrivalOf(delivery.id, server);
          const isThere = arrival && arrival.sourceVersion >= delivery.sourceVersion;
          return { delivery, site, server, arrival: isThere ? arrival : undefined };
        }),
    ),
  );
}

export function arrivalTable(rows: readonly ArrivalRow[], startMs: number): string[] {
  const head = [
    "Package",
    "",
    "Version",
    "Site",
    "Distribution point",
    "Arrived (time of the site)",
    "After",
    "Compressed",
  ];
  const body = rows.map(({ delivery, site, server, arrival }) => [
    delivery.id,
    delivery.name,
    String(delivery.sourceVersion),
    siteWords(site),
    server,
    arrival ? dateAndTime(arrival.emulatedMs, site.timeZone) : "not there",
    arrival ? durationWords(arrival.emulatedMs - startMs) : "",
    arrival?.compressedBytes === undefined ? "" : bytesWords(arrival.compressedBytes),
  ]);
  return table([head, ...body], new Set([2, 6, 7]));
}
