/**
 * How long a package may take to reach the branches of a new hierarchy, with room to spare. A guess, rounded up: what
 * it really takes is what a run is for.
 */
import { hourMs } from "../../domain/local-week.ts";
import { standardSender } from "../../domain/sender-settings.ts";

/** The sites below one parent, and the line to each. */
export type Step = {
  readonly count: number;
  /** How far from the central site. */
  readonly level: number;
  readonly isDialled: boolean;
  readonly bytesPerSecond: number;
};

const leastMs = 12 * hourMs;
/** For what the machine itself needs beside the sending, in real milliseconds. */
const machineMs = 30_000;

export function roomyMs(
  steps: readonly Step[],
  {
    sizeBytes,
    scale,
    night,
  }: { readonly sizeBytes: number; readonly scale: number; readonly night: boolean },
): number {
  // A RAS sender has one line, and the standard sender sends so many at a time.
  const turns = ({ count, isDialled }: Step) =>
    isDialled ? count : Math.ceil(count / standardSender.allSites);
  const stepMs = (step: Step) => ((sizeBytes * 1000) / step.bytesPerSecond) * turns(step);
  // One level after the other: each site passes on what it has whole. The slowest of a level counts.
  const levels = Map.groupBy(steps, ({ level }) => level).values();
  const sendingMs = [...levels].reduce((sum, level) => sum + Math.max(...level.map(stepMs)), 0);
  const openMs = 1.5 * sendingMs + machineMs * scale;
  const ms = night ? 2 * openMs + 3 * hourMs : openMs; // half the day is closed, and the night is yet to come
  return Math.max(leastMs, Math.ceil(ms / hourMs) * hourMs);
}
