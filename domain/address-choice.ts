/**
 * Which of a site's addresses a send request goes by now, and if by none, what it waits for.
 * The preferred sender first, then by relative priority. The first is the address of the site; another may stand in
 * while the first is closed or has failed, where its schedule lets it (domain.md section 2, "Unavailable to
 * substitute for inoperative addresses").
 */
import type { Address } from "./address.ts";
import { localMoment } from "./local-week.ts";
import type { SenderType } from "./package.ts";
import type { Priority } from "./priority.ts";
import { isBackupAt, nextChange, nextOpening } from "./schedule.ts";
import { closedWords } from "./schedule-words.ts";
import type { TimeZone } from "./time-zone.ts";

/** A sender that failed for a request, and until when (emulated) it is not tried again. */
export type Resting = { readonly sender: SenderType; readonly untilMs: number };

export type Wanted = {
  readonly priority: Priority;
  readonly preferredSender: SenderType | "*";
  readonly resting: readonly Resting[];
};

export type AddressChoice =
  | { readonly address: Address }
  /** `untilMs`: when to look again, emulated; Infinity where no time will help. */
  | { readonly address: undefined; readonly untilMs: number; readonly reason: string };

export function chooseAddress(
  addresses: readonly Address[],
  wanted: Wanted,
  zone: TimeZone,
  nowMs: number,
): AddressChoice {
  const ordered = addresses.toSorted(
    (a, b) => Number(b.sender === wanted.preferredSender) - Number(a.sender === wanted.preferredSender),
  );
  const reasons: string[] = [];
  let untilMs = Number.POSITIVE_INFINITY;
  for (const [index, address] of ordered.entries()) {
    const { sender, schedule } = address;
    const rest = wanted.resting.find((resting) => resting.sender === sender && resting.untilMs > nowMs);
    const closed = closedWords(schedule, zone, wanted.priority, nowMs);
    const standsIn = index === 0 || isBackupAt(schedule, zone, nowMs);
    if (!rest && !closed && standsIn) return { address };
    const name = ordered.length > 1 ? `${sender}: ` : "";
    if (closed) {
      reasons.push(`${name}${closed}`);
      untilMs = Math.min(
        untilMs,
        nextOpening(schedule, zone, wanted.priority, nowMs) ?? Number.POSITIVE_INFINITY,
      );
    } else if (rest) {
      reasons.push(`${name}failed, rests until ${localMoment(zone, rest.untilMs)}`);
      untilMs = Math.min(untilMs, rest.untilMs);
    } else {
      reasons.push(`${name}may not stand in now`);
      untilMs = Math.min(untilMs, nextChange(schedule, zone, nowMs));
    }
  }
  return { address: undefined, untilMs, reason: reasons.join("; ") || "there is no address" };
}
