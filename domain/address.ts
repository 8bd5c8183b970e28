/**
 * An address: by which sender another site is reached, when, and how fast. Several lead to one site, in the order of
 * their relative priority: the first is tried first (domain.md section 2). Threads and retries are the sender's.
 */
import { z } from "zod";

import { type SenderType, senderType } from "./package.ts";
import { rateLimit, unlimited } from "./rate-limit.ts";
import { openSchedule, schedule } from "./schedule.ts";

/** From the least to the most. */
export const rasLineLimits = {
  bytesPerSecond: [100, 1e9],
  dialMs: [0, 600_000],
  idleMs: [0, 3_600_000],
} as const;

const within = ([least, most]: readonly [number, number]) => z.number().min(least).max(most);

/** The line of a RAS address. A modem or ISDN adapter carries one connection, and every minute of it is paid for. */
export const rasLine = z.strictObject({
  /** 28.8 to 56 kbit/s for a modem, 64 or 128 for ISDN; any speed is taken. In bytes per emulated second. */
  bytesPerSecond: within(rasLineLimits.bytesPerSecond),
  /** From dialling to being connected, in emulated milliseconds. */
  dialMs: within(rasLineLimits.dialMs),
  /** Without work for so long it hangs up, in emulated milliseconds. */
  idleMs: within(rasLineLimits.idleMs),
  /** Chances, 0 to 1, that a dial finds the line busy or is not answered, and that a connected minute ends in a drop. */
  busy: z.number().min(0).max(1),
  noAnswer: z.number().min(0).max(1),
  dropPerMinute: z.number().min(0).max(1),
});
export type RasLine = z.infer<typeof rasLine>;

export const address = z
  .strictObject({
    sender: senderType,
    /** Read in the time zone of the sending site. */
    schedule,
    rateLimit,
    /** Of a RAS address, and of no other. */
    line: rasLine.nullable(),
  })
  .refine(({ sender, line }) => (sender === "LAN") === (line === null), {
    message: "expected a line for a RAS sender, and none for the LAN sender",
    path: ["line"],
  });
export type Address = z.infer<typeof address>;

/** Open to all, unlimited, over the network: what parent and child have where nothing else is said. */
export const standardAddress: Address = {
  sender: "LAN",
  schedule: openSchedule,
  rateLimit: unlimited,
  line: null,
};

/** How many addresses may lead from one site to another. */
export const mostAddresses = 10;

/** Where a site's SMS_SITE share is, and what is shown to it. */
export const siteShare = z.strictObject({
  /** The site's base URL; the share is below it at `/SMS_SITE/`. */
  url: z.url({ protocol: /^https?$/ }),
  account: z.string().min(1).max(64),
  secret: z.string().min(16).max(256),
});
export type SiteShare = z.infer<typeof siteShare>;

/** The component that sends by an address of this type, as the logs name it (domain.md section 1). */
export const senderComponent = {
  LAN: "SMS_LAN_SENDER",
  RASAsynch: "SMS_ASYNC_RAS_SENDER",
  RASISDN: "SMS_ISDN_RAS_SENDER",
} as const satisfies Record<SenderType, string>;
