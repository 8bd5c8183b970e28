/**
 * A link of the emulated WAN in words: `56 kbit/s, 60 ms ± 10 ms, outage Thu 23:00 for 15 min`.
 */
import type { Link, Outage } from "../../domain/link.ts";
import { dayMs, localWords } from "../../domain/local-week.ts";
import { formatByteRate, formatTimeSpan } from "../../domain/quantity.ts";
import { TimeZone } from "../../domain/time-zone.ts";

type Told = {
  /** Outages are told on this clock. */
  readonly timeZone: string;
  /** An outage less than a week after this needs no date. */
  readonly startMs: number;
};

/** Undefined where there is no link, or one that is not to be felt. */
export function linkPhrase(link: Link | undefined, told: Told): string | undefined {
  const { bytesPerSecond, latencyMs = 0, jitterMs = 0, outages = [] } = link ?? {};
  const parts = [
    bytesPerSecond === undefined ? [] : formatByteRate(bytesPerSecond),
    latencyMs === 0 && jitterMs === 0 ? [] : delayPhrase(latencyMs, jitterMs),
    outages.map((outage) => outagePhrase(outage, told)),
  ].flat();
  return parts.length === 0 ? undefined : parts.join(", ");
}

function delayPhrase(latencyMs: number, jitterMs: number): string {
  const jitter = jitterMs === 0 ? "" : ` ± ${formatTimeSpan(jitterMs)}`;
  return `${formatTimeSpan(latencyMs)}${jitter}`;
}

function outagePhrase({ fromMs, untilMs }: Outage, { timeZone, startMs }: Told): string {
  const isFar = fromMs < startMs || fromMs - startMs >= 6 * dayMs;
  return `outage ${localWords(new TimeZone(timeZone), fromMs, isFar)} for ${formatTimeSpan(untilMs - fromMs)}`;
}
