/**
 * What a topology file sets on the senders of a site, by their type. What it leaves out is as the Standard sender
 * has it (domain/sender-settings.ts).
 */
import { z } from "zod";

import type { SenderType } from "../../domain/package.ts";
import { formatTimeSpan, parseTimeSpan, quantity } from "../../domain/quantity.ts";
import { type SenderSettings, senderLimits, senderSettings } from "../../domain/sender-settings.ts";

function count([least, most]: readonly [number, number]) {
  const expected = `expected a whole number from ${least} to ${most}`;
  return z.int(expected).min(least, expected).max(most, expected);
}

const [leastDelay, mostDelay] = senderLimits.delayMs.map(formatTimeSpan);
const delay = quantity(
  `expected a time from ${leastDelay} to ${mostDelay}, like 1 min`,
  parseTimeSpan,
  senderLimits.delayMs,
);

const ownKeys = {
  retries: count(senderLimits.retries)
    .optional()
    .meta({ description: "Tries after the first that failed, before the address rests.", default: 2 }),
  retryDelay: delay
    .optional()
    .meta({ description: "Wait before a retry.", default: "1 min", examples: ["30 s"] }),
  backOff: delay.optional().meta({
    description: "How long an address rests once the retries are used up.",
    default: "1 h",
    examples: ["30 min"],
  }),
  whenAddressChanges: senderSettings.shape.whenAddressChanges.unwrap().optional().meta({
    description:
      "What a sending does when its window closes or its limit changes: it stops at the next block, or, as older senders did, it finishes by what held when it began.",
    default: "stop",
  }),
};

const lanSender = z.strictObject({
  allSites: count(senderLimits.sendings)
    .optional()
    .meta({ description: "Concurrent sendings in all.", default: 5 }),
  perSite: count(senderLimits.sendings)
    .optional()
    .meta({ description: "Concurrent sendings to one site.", default: 3 }),
  ...ownKeys,
});

const rasSender = z.strictObject(ownKeys, {
  error: ({ code }) =>
    code === "unrecognized_keys"
      ? `expected ${Object.keys(ownKeys).join(", ")} and nothing else, as a RAS sender has one line`
      : undefined,
});

export const sendersWords = z
  .strictObject({
    LAN: lanSender.optional().meta({ description: "The sender that uses the network." }),
    RASAsynch: rasSender.optional().meta({ description: "The sender with a modem." }),
    RASISDN: rasSender.optional().meta({ description: "The sender with an ISDN adapter." }),
  })
  .meta({
    description: "Threads and retries of the site's senders, by their type.",
    examples: [{ LAN: { allSites: 10, retries: 5 } }],
  });
export type SendersWords = z.infer<typeof sendersWords>;
type Settings = NonNullable<SendersWords["LAN"]>;

export type SendersPlan = Readonly<Record<SenderType, SenderSettings>>;

/** What the site says goes before what is said for every site, setting by setting. */
export function sendersOf(own: SendersWords = {}, others: SendersWords = {}): SendersPlan {
  const of = (type: SenderType, fixed: Settings = {}): SenderSettings => {
    const words: Settings = { ...others[type], ...own[type], ...fixed };
    const { retryDelay: retryDelayMs, backOff: backOffMs, ...counts } = words;
    return senderSettings.parse({ ...counts, retryDelayMs, backOffMs });
  };
  const oneLine = { allSites: 1, perSite: 1 };
  return { LAN: of("LAN"), RASAsynch: of("RASAsynch", oneLine), RASISDN: of("RASISDN", oneLine) };
}
