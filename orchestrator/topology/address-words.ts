/**
 * An address as a topology file writes it (design section 5), into the address a site is told. Schedules and rates
 * have their words in domain/; the line of a RAS sender has its own here: `line: 64 kbit/s`, or with all it has
 * `line: { speed: 33.6 kbit/s, dial: 45 s, hangUpAfter: 2 min, busy: 10%, noAnswer: 5%, dropPerMinute: 1% }`.
 */
import { z } from "zod";

import { type Address, type RasLine, rasLineLimits } from "../../domain/address.ts";
import { siteCode } from "../../domain/identifiers.ts";
import { senderType } from "../../domain/package.ts";
import {
  formatByteRate,
  formatTimeSpan,
  parseByteRate,
  parseTimeSpan,
  quantity,
} from "../../domain/quantity.ts";
import { unlimited } from "../../domain/rate-limit.ts";
import { rateLimitWords } from "../../domain/rate-limit-words.ts";
import { openSchedule } from "../../domain/schedule.ts";
import { scheduleWords } from "../../domain/schedule-words.ts";

const [leastSpeed, mostSpeed] = rasLineLimits.bytesPerSecond.map(formatByteRate);
const speed = quantity(
  `expected the speed of a line from ${leastSpeed} to ${mostSpeed}, with its unit, like 33.6 kbit/s (a modem) or 64 kbit/s (ISDN)`,
  parseByteRate,
  rasLineLimits.bytesPerSecond,
);

function timeUpTo(limits: readonly [least: number, most: number], example: string) {
  const [least, most] = limits;
  const expected = `expected a time from ${least} s to ${formatTimeSpan(most)}, like ${example}`;
  return quantity(expected, parseTimeSpan, limits);
}

const chance = quantity(
  "expected a chance from 0% to 100%, like 5%",
  (text) => {
    const digits = /^(\d{1,3}(?:\.\d+)?)\s*%$/.exec(text.trim())?.[1];
    return digits === undefined ? undefined : Number(`${digits}e-2`);
  },
  [0, 1],
).default(0);

const lineKeys = {
  speed,
  /** Default: 20 s. */
  dial: timeUpTo(rasLineLimits.dialMs, "20 s").default(20_000),
  /** Default: 60 s. */
  hangUpAfter: timeUpTo(rasLineLimits.idleMs, "60 s").default(60_000),
  /** Of a dial. Default: 0%, as of the next two. */
  busy: chance,
  /** Of a dial. */
  noAnswer: chance,
  /** Of a minute of being connected. */
  dropPerMinute: chance,
};

const lineWithKeys = z
  .strictObject(lineKeys, {
    error: ({ code }) =>
      code === "unrecognized_keys"
        ? `expected ${Object.keys(lineKeys).join(", ")} and nothing else`
        : undefined,
  })
  .refine(({ busy, noAnswer }) => busy + noAnswer <= 1, {
    error: "expected busy and noAnswer to be at most 100% together, as a dial meets one of them",
    path: ["noAnswer"],
  })
  .transform(
    ({ speed: bytesPerSecond, dial, hangUpAfter, ...chances }): RasLine => ({
      bytesPerSecond,
      dialMs: dial,
      idleMs: hangUpAfter,
      ...chances,
    }),
  );

const lineOfSpeed = speed.transform((bytesPerSecond) =>
  lineWithKeys.parse({ speed: `${bytesPerSecond} B/s` }),
);

const lineWords = z
  .union([z.string(), z.record(z.string(), z.unknown())], {
    error:
      "expected the speed of a line, like 64 kbit/s, or more of it, like { speed: 64 kbit/s, dial: 20 s }",
  })
  .transform((input, context): RasLine => {
    // The mistakes told are those of the way that was meant.
    const read = typeof input === "string" ? lineOfSpeed.safeParse(input) : lineWithKeys.safeParse(input);
    if (read.success) return read.data;
    for (const issue of read.error.issues) context.addIssue({ ...issue } as z.core.$ZodRawIssue);
    return z.NEVER;
  });

/** Rules between its keys, and between it and the sites, are in address-rules.ts. */
export const addressWords = z.strictObject({
  from: siteCode,
  to: siteCode,
  sender: senderType.default("LAN"),
  /** On the clock of `from`. Default: open to all. */
  schedule: scheduleWords.default(openSchedule),
  /** Default: unlimited. */
  rate: rateLimitWords.default(unlimited),
  /** Of a RAS sender, and of no other. */
  line: lineWords.optional(),
});
export type AddressWords = z.infer<typeof addressWords>;

export function addressOf({ sender, schedule, rate, line }: AddressWords): Address {
  return { sender, schedule, rateLimit: rate, line: line ?? null };
}
