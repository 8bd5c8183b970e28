/**
 * Whether what a topology expects is so: decided by the time on each distribution point, not by when somebody
 * hears of it. Pure.
 */
import type { PackageId } from "../../domain/identifiers.ts";
import type { DistributionPoint } from "../../domain/package.ts";
import { arrivalKey, type Board } from "./board.ts";

/** A package of this run, and where it should be. */
export type Delivery = {
  readonly id: PackageId;
  readonly name: string;
  readonly sourceVersion: number;
  readonly distributionPoints: readonly DistributionPoint[];
};

/** An expectation about a delivery, on the emulated calendar. */
export type Deadline = {
  readonly delivery: Delivery;
  readonly on: readonly DistributionPoint[];
  readonly byMs: number;
};

export type Verdict = {
  readonly deadline: Deadline;
  readonly state: "open" | "held" | "failed";
  /** Where the package is not, or came too late. */
  readonly missing: readonly DistributionPoint[];
};

/** `givenUp` holds the arrival keys of copies that a site will not try again. */
export function verdictOn(
  deadline: Deadline,
  board: Board,
  nowMs: number,
  givenUp: ReadonlySet<string>,
): Verdict {
  const { delivery, on, byMs } = deadline;
  const missing = on.filter(({ server }) => {
    const arrival = board.arrivalOf(delivery.id, server);
    return !arrival || arrival.sourceVersion < delivery.sourceVersion || arrival.emulatedMs > byMs;
  });
  if (missing.length === 0) return { deadline, state: "held", missing };
  const isHopeless = missing.some(({ server }) => givenUp.has(arrivalKey(delivery.id, server)));
  return { deadline, state: nowMs > byMs || isHopeless ? "failed" : "open", missing };
}

/** True once the package is on each of its distribution points. */
export function isDelivered(delivery: Delivery, board: Board): boolean {
  return delivery.distributionPoints.every(
    ({ server }) => (board.arrivalOf(delivery.id, server)?.sourceVersion ?? 0) >= delivery.sourceVersion,
  );
}
