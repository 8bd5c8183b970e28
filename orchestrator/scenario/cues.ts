/**
 * Whether what a step waits for has come, from what the journals of the sites tell and from which sites answer. Pure.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { Board } from "../progress/board.ts";
import type { Delivery } from "../progress/expectations.ts";
import type { Condition } from "../topology/condition.ts";

export type Seen = {
  readonly board: Board;
  /** Packages that have been made, as they are wanted now. */
  readonly deliveries: readonly Delivery[];
  /** What became of each site last: a site that has always answered is in neither state. */
  readonly states: ReadonlyMap<SiteCode, "down" | "up">;
};

export function isMet(condition: Condition, { board, deliveries, states }: Seen): boolean {
  if ("site" in condition) return states.get(condition.site as SiteCode) === condition.is;
  const delivery = deliveries.find(({ name }) => name === condition.package);
  if (!delivery) return false;
  const { id, sourceVersion, distributionPoints } = delivery;
  if (condition.is === "sending") {
    const { from, to } = condition;
    return board
      .sending()
      .some((one) => one.isContent && one.from === from && one.to === to && one.packages.includes(id));
  }
  const wanted = distributionPoints.filter(
    ({ site, server }) => site === condition.at || server === condition.at,
  );
  const isThere = wanted.map(
    ({ server }) => (board.arrivalOf(id, server)?.sourceVersion ?? 0) >= sourceVersion,
  );
  return isThere.length > 0 && isThere.every((there) => there);
}
