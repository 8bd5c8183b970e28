/**
 * Whether packages are where they should be, in time and in order: decided by the time on each distribution point, not
 * by when somebody hears of it. Pure.
 */
import type { DistributionPoint } from "../../domain/package.ts";
import { type Arrival, arrivalKey } from "../progress/board.ts";
import type { Delivery } from "../progress/expectations.ts";
import type { ArrivalExpectation, OrderExpectation, Scene, Verdict } from "./expectation.ts";

export function arrivalVerdict(expectation: ArrivalExpectation, scene: Scene): Verdict {
  const { on, package: name } = expectation;
  const byMs = scene.topology.clock.startMs + expectation.byMs;
  const delivery = deliveryOf(scene, name);
  const missing = on.filter(({ server }) => {
    const arrival = delivery && arrivalOf(scene, delivery, server);
    return !arrival || arrival.emulatedMs > byMs;
  });
  const numbers = {
    measured: on.length - missing.length,
    bound: on.length,
    unit: "distribution points",
  } as const;
  if (missing.length === 0) return { ...numbers, state: "held", failedMs: undefined, why: undefined };
  const hopeless = missing.filter(({ server }) => delivery && isHopeless(scene, delivery, server));
  if (scene.nowMs <= byMs && hopeless.length === 0 && !scene.isOver)
    return { ...numbers, state: "open", failedMs: undefined, why: undefined };
  const why = `not on ${missing.map(({ server }) => server).join(", ")}`;
  return { ...numbers, state: "failed", failedMs: Math.min(scene.nowMs, byMs), why };
}

export function orderVerdict({ package: name, before, on }: OrderExpectation, scene: Scene): Verdict {
  const [first, second] = [deliveryOf(scene, name), deliveryOf(scene, before)];
  const seen = on.map((point) => {
    const [a, b] = [first, second].map((delivery) => delivery && arrivalOf(scene, delivery, point.server));
    const isHeld = a !== undefined && (b === undefined || a.emulatedMs < b.emulatedMs);
    const isFailed = !isHeld && b !== undefined;
    const isNever =
      a === undefined && b === undefined && first !== undefined && isHopeless(scene, first, point.server);
    return { point, isHeld, isFailed, isNever, failedMs: b?.emulatedMs ?? scene.nowMs };
  });
  const numbers = {
    measured: seen.filter(({ isHeld }) => isHeld).length,
    bound: on.length,
    unit: "distribution points",
  } as const;
  const [wrong] = seen.filter(({ isFailed }) => isFailed).sort((a, b) => a.failedMs - b.failedMs);
  if (wrong) {
    const names = seen.filter(({ isFailed }) => isFailed).map(({ point }) => point.server);
    return {
      ...numbers,
      state: "failed",
      failedMs: wrong.failedMs,
      why: `${before} was first on ${names.join(", ")}`,
    };
  }
  const open = seen.filter(({ isHeld }) => !isHeld);
  if (open.length === 0) return { ...numbers, state: "held", failedMs: undefined, why: undefined };
  if (!scene.isOver && !open.some(({ isNever }) => isNever))
    return { ...numbers, state: "open", failedMs: undefined, why: undefined };
  const why = `neither is on ${open.map(({ point }) => point.server).join(", ")}`;
  return { ...numbers, state: "failed", failedMs: scene.nowMs, why };
}

/** Where a package of this run should be and is not. */
export function missingOf(scene: Scene, delivery: Delivery): DistributionPoint[] {
  return delivery.distributionPoints.filter(({ server }) => !arrivalOf(scene, delivery, server));
}

export function isHopeless(scene: Scene, { id }: Delivery, server: DistributionPoint["server"]): boolean {
  return scene.givenUp.has(arrivalKey(id, server));
}

function deliveryOf({ deliveries }: Scene, name: string): Delivery | undefined {
  return deliveries.find((delivery) => delivery.name === name);
}

/** Of the version that this run is about, or a newer one. */
function arrivalOf(
  { recording }: Scene,
  { id, sourceVersion }: Delivery,
  server: DistributionPoint["server"],
): Arrival | undefined {
  const arrival = recording.board.arrivalOf(id, server);
  return arrival && arrival.sourceVersion >= sourceVersion ? arrival : undefined;
}
