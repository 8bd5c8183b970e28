/**
 * What a topology file may expect of a run: one kind of expectation for each way to write one. Rules between them and
 * the rest of the file are in expect-rules.ts.
 */
import { z } from "zod";

import { priority } from "../../domain/priority.ts";
import { parseByteSize, quantity } from "../../domain/quantity.ts";
import { weekHours } from "../../domain/week-hours.ts";
import { durationMs, expectedDuration } from "./duration.ts";
import { type Moment, parseMoment, spanMs } from "./moment.ts";
import { siteEnds } from "./site-codes.ts";
import { targets } from "./targets.ts";

/** `at most 700 MB` */
function atMost(parse: (text: string) => number | undefined, example: string) {
  return quantity(`expected "at most" and a bound, like ${example}`, (text) => {
    const [, bound] = /^at most\s+(.+)$/i.exec(text.trim()) ?? [];
    return bound === undefined ? undefined : parse(bound);
  });
}

function shareIn(text: string): number | undefined {
  const [, digits] = /^(\d{1,3}(?:\.\d+)?)\s*%$/.exec(text.trim()) ?? [];
  const share = digits === undefined ? Number.NaN : Number(`${digits}e-2`);
  return share <= 1 ? share : undefined;
}

const expectedDeadline = `${expectedDuration}, or a moment on the clock of the central site, like "Fri 06:00" or "2003-11-07 06:00"`;

/** The plus of a time since the start may be left out. */
export const deadline = z.string({ error: expectedDeadline }).transform((text, context): Moment => {
  const sinceStartMs = durationMs(text);
  const read = sinceStartMs === undefined ? parseMoment(text) : { sinceStartMs };
  if (read) return read;
  context.addIssue({ code: "custom", message: expectedDeadline, input: text });
  return z.NEVER;
});

const packageName = z.string().meta({
  description: "The name of a package of this file.",
  examples: ["Office Update"],
});
const on = targets.default("all").meta({
  description: "The distribution points that it is about: as for a package, those that it is sent to.",
  examples: ["all", ["MKE"]],
});
const link = z
  .tuple([siteEnds, siteEnds], {
    error: "expected the site that sends and the one it sends to, like [CEN, CHI]",
  })
  .meta({
    description:
      "The site that sends, and the parent or child it sends to. With a range or a list, each pair for itself.",
    examples: [["CEN", "CHI"]],
  });
const during = weekHours.optional().meta({
  description: "Only in these hours of the week, on the clock of the sending site. Without it, always.",
  examples: ["Mon-Fri 08-18", ["Mon-Fri 08-18", "Sat"]],
});

const arrival = z.strictObject({
  package: packageName,
  on,
  by: deadline.meta({
    description: "Until when: since the clock's start, or on the clock of the central site.",
    examples: ["+12h", "+1d12h", "Fri 06:00", "2003-11-08 06:00"],
  }),
});

const order = z.strictObject({
  package: packageName,
  before: z.string().meta({
    description: "Another package of this file: on none of the distribution points is it there first.",
    examples: ["Office Patch"],
  }),
  on,
});

const bytes = z.strictObject({
  link,
  bytes: atMost(parseByteSize, "at most 700 MB").meta({
    description: "How much goes over it in this direction.",
    examples: ["at most 700 MB"],
  }),
  during,
});

const busy = z.strictObject({
  link,
  busy: atMost(shareIn, "at most 60%").meta({
    description:
      "How much of what it could carry in this direction does go, over the whole run, or each time the hours come.",
    examples: ["at most 60%"],
  }),
  during,
});

const connected = z.strictObject({
  line: siteEnds.meta({ description: "A site with a RAS address.", examples: ["CEN"] }),
  to: siteEnds.optional().meta({ description: "Only the calls to this site.", examples: ["ALB"] }),
  connected: atMost(spanMs, "at most 90 min").meta({
    description: "How long its line is connected, all calls together.",
    examples: ["at most 90 min"],
  }),
});

const silence = z.strictObject({
  from: siteEnds.meta({ description: "The site that sends.", examples: ["CEN"] }),
  to: siteEnds.meta({ description: "The parent or child that it sends to.", examples: ["BOS", "B{01..40}"] }),
  nothingSent: weekHours.meta({
    description: "Hours of the week in which nothing is sent, on the clock of the sending site.",
    examples: ["Mon-Fri 07-22", ["Mon-Fri 07-22", "Sat 08-12"]],
  }),
  priority: priority.optional().meta({ description: "Only what has this priority." }),
});

const loss = z.strictObject({
  nothing: z.literal("lost").meta({
    description:
      "Every package is in the end on every distribution point it is meant for, and nothing was put in quarantine, given up or left behind.",
  }),
});

const expectedExpectation =
  "expected one of { package, by }, { package, before }, { link, bytes }, { link, busy }, { line, connected }, { from, to, nothingSent }, { nothing: lost }";

export const expectationWords = z.union([arrival, order, bytes, busy, connected, silence, loss], {
  error: expectedExpectation,
});
export type ExpectationWords = z.infer<typeof expectationWords>;
