/**
 * Where a package is wanted, as a test names it, and waiting until it has come there.
 */
import type { DistributionPoint } from "../../domain/package.ts";
import { Failure } from "../failure.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import type { Arrival, Board } from "../progress/board.ts";
import type { Delivery } from "../progress/expectations.ts";
import { copyReport } from "../watch.ts";
import type { Awaited } from "./waits.ts";

/** `all` where the package should be, a site code for all distribution points of that site, or names of them. */
export type Where = string | readonly string[];

/** A version of a package on a distribution point. */
export type Arrived = {
  readonly site: string;
  readonly distributionPoint: string;
  readonly version: number;
  /** On the emulated calendar. */
  readonly at: Date;
};

/** At least one. Throws a Failure that names those of the package. */
function pointsNamed({ name, distributionPoints }: Delivery, where: Where): DistributionPoint[] {
  const names = typeof where === "string" ? [where] : where;
  const found = names.flatMap((one) => {
    if (one === "all") return distributionPoints;
    const wanted = one.toUpperCase();
    const points = distributionPoints.filter(
      ({ site, server }) => site === wanted || server.toUpperCase() === wanted,
    );
    if (points.length > 0) return points;
    const known = distributionPoints.map(({ site, server }) => `${server} of ${site}`).join(", ") || "none";
    throw new Failure(
      "usage",
      `expected "all", a site or a distribution point where "${name}" should be, found "${one}" (known: ${known})`,
    );
  });
  if (found.length > 0) return [...new Set(found)];
  throw new Failure("usage", `"${name}" should be on no distribution point at all`);
}

type Wanted = {
  readonly delivery: Delivery;
  readonly version: number;
  /** Installed since then, emulated; earlier installations do not count. Default: any. */
  readonly sinceMs: number | undefined;
  readonly where: Where;
  readonly board: Board;
  readonly hierarchy: RunningHierarchy;
  readonly why: () => Promise<readonly string[]>;
};

export function arrivalsOf(wanted: Wanted): Awaited<Arrived[]> {
  const { delivery, version, sinceMs, where, board, hierarchy, why } = wanted;
  const points = pointsNamed(delivery, where);
  const arrivalOn = ({ server }: DistributionPoint, untilMs: number) => {
    const arrival = board.arrivalOf(delivery.id, server);
    if (!arrival || arrival.sourceVersion < version) return undefined;
    const atMs = sinceMs === undefined ? arrival.emulatedMs : arrival.installedMs;
    return atMs >= (sinceMs ?? atMs) && atMs <= untilMs ? { ...arrival, emulatedMs: atMs } : undefined;
  };
  return {
    what: `"${delivery.name}" version ${version}${sinceMs === undefined ? "" : ", once more,"} on ${points.map(({ server }) => server).join(", ")}`,
    look(untilMs) {
      const found = points.flatMap((point) => arrivalOn(point, untilMs) ?? []);
      return found.length === points.length ? found.map(arrived) : undefined;
    },
    async hopeless() {
      const report = await copyReport(hierarchy, [{ ...delivery, sourceVersion: version }]);
      const lost = report?.troubled.find(
        ({ state, server, sourceVersion }) =>
          state === "failed" && sourceVersion >= version && points.some((one) => one.server === server),
      );
      return lost && `site ${lost.site} has given up ${lost.server}: ${lost.reason}`;
    },
    async why() {
      const missing = points.filter((point) => !arrivalOn(point, Number.POSITIVE_INFINITY));
      const words = missing.map(({ site, server }) => `${server} (${site})`).join(", ");
      return [words === "" ? "it came later than that" : `not yet on ${words}`, ...(await why())];
    },
  };
}

function arrived({ site, server, sourceVersion, emulatedMs }: Arrival): Arrived {
  return { site, distributionPoint: server, version: sourceVersion, at: new Date(emulatedMs) };
}
