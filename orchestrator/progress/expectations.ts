/**
 * A package of a run, and whether it is where it should be. What is expected of it beyond that is judged in
 * expectations/. Pure.
 */
import type { PackageId } from "../../domain/identifiers.ts";
import type { DistributionPoint } from "../../domain/package.ts";
import type { Board } from "./board.ts";

/** A package of this run, and where it should be. */
export type Delivery = {
  readonly id: PackageId;
  readonly name: string;
  readonly sourceVersion: number;
  readonly distributionPoints: readonly DistributionPoint[];
};

/** True once the package is on each of its distribution points. */
export function isDelivered(delivery: Delivery, board: Board): boolean {
  return delivery.distributionPoints.every(
    ({ server }) => (board.arrivalOf(delivery.id, server)?.sourceVersion ?? 0) >= delivery.sourceVersion,
  );
}
