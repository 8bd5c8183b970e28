/**
 * What `--since` means: so much emulated time back, or a moment on the clock of the site that is asked.
 */
import { Failure } from "./failure.ts";
import { momentMs, parseMoment, spanMs } from "./topology/moment.ts";

/** Emulated milliseconds; before everything where nothing is given. */
export function sinceOf(text: string | undefined, nowMs: number, timeZone: string): number {
  if (text === undefined) return Number.NEGATIVE_INFINITY;
  const backMs = spanMs(text);
  if (backMs !== undefined) return nowMs - backMs;
  const moment = parseMoment(text);
  if (moment && "date" in moment) return momentMs(moment, nowMs, timeZone);
  const expected =
    'expected so much time back, like 2h or 15 min, or a moment on the site\'s clock, like "2003-11-07 18:00"';
  throw new Failure("usage", `--since: ${expected}, found "${text}"`);
}
