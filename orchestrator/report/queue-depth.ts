/**
 * How many send requests of a site wait or are being sent, over time. Pure.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import type { SentRequest } from "./send-requests.ts";

/** From `emulatedMs` on there are `depth`. */
export type QueueStep = { readonly emulatedMs: number; readonly depth: number };

/** Of so many steps every second is left out, but for the deepest of two. */
const mostSteps = 1500;

export function queueSteps(requests: readonly SentRequest[], site: SiteCode): QueueStep[] {
  const changes = requests
    .filter(({ from }) => from === site)
    .flatMap(({ createdMs, endMs }) => [
      { emulatedMs: createdMs, by: 1 },
      ...(endMs === undefined ? [] : [{ emulatedMs: endMs, by: -1 }]),
    ])
    .sort((a, b) => a.emulatedMs - b.emulatedMs);
  let depth = 0;
  const steps: QueueStep[] = [];
  for (const { emulatedMs, by } of changes) {
    depth += by;
    if (steps.at(-1)?.emulatedMs === emulatedMs) steps.pop();
    steps.push({ emulatedMs, depth });
  }
  return thinned(steps);
}

function thinned(steps: readonly QueueStep[]): QueueStep[] {
  let left = [...steps];
  while (left.length > mostSteps) {
    left = left.flatMap((step, index): QueueStep[] => {
      const next = left[index + 1];
      if (index % 2 === 1) return [];
      return [next && next.depth > step.depth && index + 2 < left.length ? next : step];
    });
    const last = steps.at(-1);
    if (last && left.at(-1) !== last) left.push(last);
  }
  return left;
}
