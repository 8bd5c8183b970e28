/**
 * A log line as JSON, one a line: what a container writes to its standard output, for whoever gathers logs there. The
 * same lines are in `SMS/Logs` in the format that CMTrace reads.
 */
import type { LogRecord } from "./log-file.ts";

const levels = { 1: "info", 2: "warning", 3: "error" } as const;

export function logJson({ type, emulatedMs, realMs, ...rest }: LogRecord, site: string): string {
  const iso = (ms: number) =>
    Temporal.Instant.fromEpochMilliseconds(Math.floor(ms)).toString({ smallestUnit: "millisecond" });
  const times = { time: iso(realMs), emulatedTime: iso(emulatedMs) };
  return `${JSON.stringify({ ...times, level: levels[type], site, ...rest })}\n`;
}
