/**
 * An address as a topology file writes it (design section 5), into the address a site is told. Schedules and rates
 * have their words in domain/; the line of a RAS sender has its own here: `line: 64 kbit/s`, or with all it has
 * `line: { speed: 33.6 kbit/s, dial: 45 s, hangUpAfter: 2 min, busy: 10%, noAnswer: 5%, dropPerMinute: 1% }`.
 * A circuit's name may stand for a speed. Every key but the ends may also be a default, so nothing is filled in before
 * `addressOf`.
 */
import { z } from "zod";

import { type Address, type RasLine, rasLineLimits } from "../../domain/address.ts";
import { senderType } from "../../domain/package.ts";
import { formatByteRate, formatTimeSpan, parseTimeSpan, quantity } from "../../domain/quantity.ts";
import { unlimited } from "../../domain/rate-limit.ts";
import { rateLimitWords } from "../../domain/rate-limit-words.ts";
import { openSchedule } from "../../domain/schedule.ts";
import { scheduleWords } from "../../domain/schedule-words.ts";
import { bytesPerSecondOf, type Circuits, speedWords } from "./circuits.ts";
import { siteEnds } from "./site-codes.ts";

const [leastSpeed, mostSpeed] = rasLineLimits.bytesPerSecond.map(formatByteRate);
const speed = speedWords(
  `expected the speed of a line from ${leastSpeed} to ${mostSpeed}, with its unit, like 33.6 kbit/s (a modem) or 64 kbit/s (ISDN), or the name of a circuit, like isdn-128k`,
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
).optional();

const lineKeys = {
  speed: speed.meta({
    description: "What the line carries: a rate, or that of a circuit.",
    examples: ["33.6 kbit/s", "isdn-128k"],
  }),
  dial: timeUpTo(rasLineLimits.dialMs, "20 s")
    .optional()
    .meta({
      description: "From dialling to being connected.",
      default: "20 s",
      examples: ["45 s"],
    }),
  hangUpAfter: timeUpTo(rasLineLimits.idleMs, "60 s")
    .optional()
    .meta({
      description: "Without work for so long, the sender hangs up.",
      default: "60 s",
      examples: ["2 min"],
    }),
  busy: chance.meta({
    description: "The chance that a dial finds the line busy.",
    default: "0%",
    examples: ["10%"],
  }),
  noAnswer: chance.meta({
    description: "The chance that a dial is not answered.",
    default: "0%",
    examples: ["5%"],
  }),
  dropPerMinute: chance.meta({
    description: "The chance that a minute of being connected ends in a drop.",
    default: "0%",
    examples: ["1%"],
  }),
};

const lineWithKeys = z
  .strictObject(lineKeys, {
    error: ({ code }) =>
      code === "unrecognized_keys"
        ? `expected ${Object.keys(lineKeys).join(", ")} and nothing else`
        : undefined,
  })
  .refine(({ busy = 0, noAnswer = 0 }) => busy + noAnswer <= 1, {
    error: "expected busy and noAnswer to be at most 100% together, as a dial meets one of them",
    path: ["noAnswer"],
  });

type LineWords = z.infer<typeof lineWithKeys>;

const lineWords = z
  .union([speed.transform((only): LineWords => ({ speed: only })), lineWithKeys], {
    error:
      "expected the speed of a line, like 64 kbit/s, or more of it, like { speed: 64 kbit/s, dial: 20 s }",
  })
  .optional()
  .meta({
    description: "The line of a RAS sender, and of no other: its speed, a circuit, or more of it.",
    examples: ["64 kbit/s", "isdn-128k", { speed: "33.6 kbit/s", dial: "45 s", busy: "10%" }],
  });

function lineOf(words: LineWords, circuits: Circuits): RasLine {
  const {
    speed: lineSpeed,
    dial = 20_000,
    hangUpAfter = 60_000,
    busy = 0,
    noAnswer = 0,
    dropPerMinute = 0,
  } = words;
  const bytesPerSecond = bytesPerSecondOf(lineSpeed, circuits);
  return { bytesPerSecond, dialMs: dial, idleMs: hangUpAfter, busy, noAnswer, dropPerMinute };
}

const manner = {
  sender: senderType.optional().meta({
    description: "LAN uses the network, RASAsynch a modem, RASISDN an ISDN adapter.",
    default: "LAN",
  }),
  schedule: scheduleWords.optional().meta({
    description:
      "Hours of the week and what they are open to (all, medium and high, high only, closed), also with no backup; on the clock of the sending site. Later keys win. Hours not named are open.",
    examples: [{ "Mon-Fri 08-18": "high only", Sat: "closed" }],
  }),
  rate: rateLimitWords.optional().meta({
    description:
      "How fast: unlimited, a rate, a percentage of the link (or of the time, where no link is declared), hours with either, a pulse, or an rclone timetable.",
    default: "unlimited",
    examples: [
      "64 kbit/s",
      "25%",
      { "Mon-Fri 08-18": "25%" },
      { block: "64 KB", pause: "5 s" },
      "Mon-08:00,512k Sat-00:00,off",
    ],
  }),
  line: lineWords,
};

/** What `defaults` may say of every address. */
export const addressDefaults = z.strictObject(manner);
export type AddressManner = z.infer<typeof addressDefaults>;

/** Rules between its keys, and between it and the sites, are in address-rules.ts. */
export const addressWords = z.strictObject({
  from: siteEnds.meta({
    description: "The sending site. With a range or a list, an address from each.",
    examples: ["CEN", "B{01..40}"],
  }),
  to: siteEnds.meta({
    description: "The site it leads to, the parent or a child. With a range or a list, an address to each.",
    examples: ["CHI", "B{01..40}", ["CHI", "BOS"]],
  }),
  ...manner,
});
export type AddressWords = z.infer<typeof addressWords>;

/** What the address says goes before what is said for every address. A LAN address has no use for a default line. */
export function addressOf(own: AddressManner, others: AddressManner, circuits: Circuits): Address {
  const sender = own.sender ?? others.sender ?? "LAN";
  const line = own.line ?? (sender === "LAN" ? undefined : others.line);
  return {
    sender,
    schedule: own.schedule ?? others.schedule ?? openSchedule,
    rateLimit: own.rate ?? others.rate ?? unlimited,
    line: line ? lineOf(line, circuits) : null,
  };
}
