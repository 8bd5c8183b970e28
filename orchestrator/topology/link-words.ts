/**
 * The emulated WAN as a topology file writes it: links between two sites, and the access link of a site. How they
 * become what a site is told is in site-links.ts; rules between links and sites are in link-rules.ts.
 */
import { z } from "zod";

import { rateRange, rateUnitNames, timeSpan } from "../../domain/quantity.ts";
import { circuitName, type Speed, speedWords } from "./circuits.ts";
import { expectedSpan, moment, spanMs } from "./moment.ts";
import { siteEnds, siteKey } from "./site-codes.ts";

const bandwidth = speedWords(
  `expected a rate with its unit (${rateUnitNames}), like 1.5 Mbit/s, or the name of a circuit, like t1`,
  rateRange,
);

/** The same both ways, or by the site that it comes from. */
export type EachWay<Value> = { readonly both: Value } | { readonly from: Readonly<Record<string, Value>> };

function eachWay<Value>(value: z.ZodType<Value>, error: string) {
  const both = value.transform((said): EachWay<Value> => ({ both: said }));
  const from = z.record(siteKey, value).transform((said): EachWay<Value> => ({ from: said }));
  return z.union([both, from], { error });
}

const outage = z.strictObject({
  at: moment.meta({
    description:
      "When it begins: since the clock's start, or on the clock of the central site, the first such moment.",
    examples: ["+5h30m", "Thu 23:00", "2003-11-06 23:00"],
  }),
  for: z
    .string({ error: expectedSpan })
    .transform((text, context) => {
      const ms = spanMs(text);
      if (ms !== undefined && ms > 0) return ms;
      context.addIssue({ code: "custom", message: expectedSpan, input: text });
      return z.NEVER;
    })
    .meta({ description: "How long it lasts.", examples: ["15 min", "1h30m"] }),
});

const outages = z
  .array(outage)
  .optional()
  .meta({
    description: "When nothing goes over it, either way.",
    default: [],
    examples: [[{ at: "+5h30m", for: "15 min" }]],
  });

const circuit = circuitName.optional().meta({
  description: "Bandwidth, latency and jitter of a circuit, where they are not given here.",
  examples: ["t1"],
});

const quality = {
  circuit,
  bandwidth: eachWay(
    bandwidth,
    `expected a rate with its unit (${rateUnitNames}), like 1.5 Mbit/s, the name of a circuit, like t1, or one for each way, like { CEN: 256 kbit/s, CHI: 64 kbit/s }`,
  )
    .optional()
    .meta({
      description:
        "What it carries, shared by all transfers: a rate, a circuit's, or one for each site that it comes from. Percentages of an address are of it. Without it, no limit.",
      examples: ["1.5 Mbit/s", "t1", { CEN: "256 kbit/s", CHI: "64 kbit/s" }],
    }),
  latency: eachWay(timeSpan, "expected a time with its unit, like 40 ms, or one for each way")
    .optional()
    .meta({ description: "Delay, one way.", default: "0 ms", examples: ["40 ms"] }),
  jitter: eachWay(timeSpan, "expected a time with its unit, like 5 ms, or one for each way")
    .optional()
    .meta({
      description: "By how much a delay differs from the latency, at most.",
      default: "0 ms",
      examples: ["5 ms"],
    }),
  outages,
};

/** What `defaults` may say of every link. */
export const linkDefaults = z.strictObject(quality);

export const linkWords = z.strictObject({
  between: z
    .array(siteEnds, { error: "expected the two sites at its ends, like [CEN, CHI]" })
    .length(2, "expected two sites, like [CEN, CHI]")
    .meta({
      description: "The two sites, parent and child. With a range or a list, a link for each pair.",
      examples: [
        ["CEN", "CHI"],
        ["CEN", "B{01..40}"],
      ],
    }),
  ...quality,
});
export type LinkWords = z.infer<typeof linkWords>;
export type LinkQuality = z.infer<typeof linkDefaults>;
export type OutageWords = z.infer<typeof outage>;

const expectedAccess =
  "expected the bandwidth of the access link, like 512 kbit/s, a circuit, like t1, or more of it, like { up: 512 kbit/s, down: 2 Mbit/s, latency: 10 ms }";

export const accessWords = z
  .union(
    [
      speedWords(expectedAccess, rateRange).transform((speed) =>
        "circuit" in speed ? speed : { up: speed, down: speed },
      ),
      z.strictObject({
        circuit,
        up: bandwidth.optional().meta({
          description: "What it carries away from the site. Without it, no limit.",
          examples: ["512 kbit/s"],
        }),
        down: bandwidth.optional().meta({
          description: "What it carries to the site. Without it, no limit.",
          examples: ["2 Mbit/s"],
        }),
        latency: timeSpan
          .optional()
          .meta({ description: "Delay, one way.", default: "0 ms", examples: ["10 ms"] }),
        jitter: timeSpan.optional().meta({
          description: "By how much a delay differs from the latency, at most.",
          default: "0 ms",
          examples: ["2 ms"],
        }),
        outages,
      }),
    ],
    { error: expectedAccess },
  )
  .meta({
    description:
      "The site's link to the WAN, which all transfers from and to it share: a rate or a circuit for both ways, or more of it. Without it, no limit.",
    examples: ["t1", { up: "512 kbit/s", down: "2 Mbit/s", latency: "10 ms", jitter: "2 ms" }],
  });
export type AccessWords = {
  readonly circuit?: string | undefined;
  readonly up?: Speed | undefined;
  readonly down?: Speed | undefined;
  readonly latency?: number | undefined;
  readonly jitter?: number | undefined;
  readonly outages?: readonly OutageWords[] | undefined;
};
