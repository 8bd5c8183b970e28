/**
 * Spans of emulated time as a topology file writes them: `+12h`, `20m`, `+1d12h`. Every number has its unit.
 */
import { z } from "zod";

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export const expectedDuration = "expected a time with its units (d, h, m, s), like +12h, +20m or +1d12h";

const pattern = /^\+?(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** Milliseconds; undefined where the text is no duration. The largest unit comes first, each at most once. */
export function durationMs(text: string): number | undefined {
  const found = pattern.exec(text.trim());
  if (!found) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = found
    .slice(1)
    .map((digits) => (digits === undefined ? 0 : Number(digits)));
  const ms = days * dayMs + hours * hourMs + minutes * minuteMs + seconds * secondMs;
  return Number.isSafeInteger(ms) ? ms : undefined;
}

export const duration = z.string({ error: expectedDuration }).transform((text, context) => {
  const ms = durationMs(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: "custom", message: expectedDuration, input: text });
  return z.NEVER;
});

/**
 * For people: the two largest units that matter, rounded down, like `1d 2h`, `3h 05m`, `4m 07s`, `12.3s`.
 * Below a minute with one decimal, because that is where a fast emulation is looked at.
 */
export function durationWords(ms: number): string {
  if (ms < 0) return `-${durationWords(-ms)}`;
  if (ms < minuteMs) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  const two = (count: number) => String(Math.floor(count)).padStart(2, "0");
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)}m ${two((ms % minuteMs) / secondMs)}s`;
  if (ms < dayMs) return `${Math.floor(ms / hourMs)}h ${two((ms % hourMs) / minuteMs)}m`;
  return `${Math.floor(ms / dayMs)}d ${Math.floor((ms % dayMs) / hourMs)}h`;
}

/** As a topology file writes it, in whole seconds, rounded up: `+1d4h30m`. */
export function plainDuration(ms: number): string {
  const seconds = Math.ceil(ms / secondMs);
  const units = [
    [Math.floor((seconds * secondMs) / dayMs), "d"],
    [Math.floor(((seconds * secondMs) % dayMs) / hourMs), "h"],
    [Math.floor(((seconds * secondMs) % hourMs) / minuteMs), "m"],
    [seconds % 60, "s"],
  ] as const;
  return `+${units.map(([count, unit]) => (count > 0 ? `${count}${unit}` : "")).join("") || "0s"}`;
}
