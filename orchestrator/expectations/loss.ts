/**
 * Whether nothing was lost: every package on every distribution point it is meant for, nothing in quarantine, nothing
 * given up, no part of a request left on a share that nobody will take. A request that is withdrawn is no loss where
 * what it carried arrives, as a newer version does. What the history checker finds counts as well. Pure.
 */

import { findingWords } from "../history/history-check.ts";
import { isHopeless, missingOf } from "./arrival.ts";
import type { Scene, Verdict } from "./expectation.ts";

export function lossVerdict(scene: Scene): Verdict {
  const { recording, deliveries, isOver, nowMs } = scene;
  const losses = recording.quarantined.map(({ site, file, text, emulatedMs }) => ({
    emulatedMs,
    words: `${site}: ${file ?? "a file"} is in quarantine${text ? ` (${text})` : ""}`,
  }));
  const missing = deliveries.flatMap((delivery) =>
    missingOf(scene, delivery).map(({ server }) => ({
      server,
      words: `${delivery.name} is not on ${server}`,
      isHopeless: isHopeless(scene, delivery, server),
    })),
  );
  const absent = missing.filter((one) => isOver || one.isHopeless);
  const orphans = isOver ? recording.received.orphans(recording.requests.all) : [];
  const broken = recording.history.findings().map((finding) => ({
    emulatedMs: finding.emulatedMs,
    words: findingWords(finding),
  }));
  const found = [
    ...losses,
    ...broken,
    ...absent.map(({ words, isHopeless }) => ({
      emulatedMs: nowMs,
      words: `${words}${isHopeless ? ", and is not tried again" : ""}`,
    })),
    ...orphans.map(({ site, file }) => ({ emulatedMs: nowMs, words: `${site}: ${file} is nobody's` })),
  ];
  const failedMs = found.length > 0 ? Math.min(...found.map(({ emulatedMs }) => emulatedMs)) : undefined;
  return {
    state: found.length > 0 ? "failed" : isOver ? "held" : "open",
    measured: found.length,
    bound: 0,
    unit: "losses",
    failedMs,
    why: found.length > 0 ? whyOf(found.map(({ words }) => words)) : undefined,
  };
}

const mostTold = 5;

function whyOf(words: readonly string[]): string {
  const rest = words.length - mostTold;
  return `${words.slice(0, mostTold).join("; ")}${rest > 0 ? `; and ${rest} more` : ""}`;
}
