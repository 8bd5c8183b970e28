/**
 * Circuits: lines by their names, the way they are sold. Those of a file and those built in may stand wherever a
 * bandwidth, a link or a RAS line is wanted. Nominal speeds; the delays of the built-in ones are typical and ours.
 */
import { z } from "zod";

import { rasLineLimits } from "../../domain/address.ts";
import { formatByteRate, parseByteRate, quantity, rateUnitNames, timeSpan } from "../../domain/quantity.ts";

export type Circuit = {
  readonly bytesPerSecond: number;
  readonly latencyMs: number;
  readonly jitterMs: number;
};

const [leastSpeed, mostSpeed] = rasLineLimits.bytesPerSecond.map(formatByteRate);
const circuitSpeed = quantity(
  `expected a rate from ${leastSpeed} to ${mostSpeed} with its unit (${rateUnitNames}), like 64 kbit/s`,
  parseByteRate,
  rasLineLimits.bytesPerSecond,
);

const circuitWords = z
  .strictObject({
    bandwidth: circuitSpeed.meta({
      description: "What the line carries, each way.",
      examples: ["256 kbit/s", "2 Mbit/s"],
    }),
    latency: timeSpan
      .optional()
      .meta({ description: "Delay, one way.", default: "0 ms", examples: ["40 ms"] }),
    jitter: timeSpan.optional().meta({
      description: "By how much a delay differs from the latency, at most.",
      default: "0 ms",
      examples: ["5 ms"],
    }),
  })
  .transform(
    ({ bandwidth, latency = 0, jitter = 0 }): Circuit => ({
      bytesPerSecond: bandwidth,
      latencyMs: latency,
      jitterMs: jitter,
    }),
  );

const namePattern = /^[a-z][a-z0-9-]{0,39}$/;

/** Whether a text where a bandwidth may stand is meant as the name of a circuit. */
export const isCircuitName = (text: string) => namePattern.test(text.trim());

export const circuitName = z
  .string()
  .regex(namePattern, "expected the name of a circuit: small letters, digits and -, like t1 or isdn-128k");

const circuit = (speed: string, latencyMs: number, jitterMs: number): Circuit => ({
  bytesPerSecond: parseByteRate(speed) ?? Number.NaN,
  latencyMs,
  jitterMs,
});

export const builtInCircuits: Readonly<Record<string, Circuit>> = {
  "modem-28k8": circuit("28.8 kbit/s", 100, 15),
  "modem-33k6": circuit("33.6 kbit/s", 100, 15),
  "modem-56k": circuit("56 kbit/s", 90, 15),
  "isdn-64k": circuit("64 kbit/s", 15, 2),
  "isdn-128k": circuit("128 kbit/s", 15, 2),
  "frame-relay-64k": circuit("64 kbit/s", 40, 10),
  "frame-relay-128k": circuit("128 kbit/s", 35, 10),
  "frame-relay-256k": circuit("256 kbit/s", 30, 10),
  "frame-relay-512k": circuit("512 kbit/s", 25, 10),
  "satellite-512k": circuit("512 kbit/s", 270, 20),
  t1: circuit("1.544 Mbit/s", 10, 1),
  e1: circuit("2.048 Mbit/s", 10, 1),
  e3: circuit("34.368 Mbit/s", 8, 1),
  t3: circuit("44.736 Mbit/s", 8, 1),
  "ethernet-10m": circuit("10 Mbit/s", 1, 0),
  "ethernet-100m": circuit("100 Mbit/s", 1, 0),
};

export const circuitsWords = z
  .record(
    circuitName.refine((name) => !(name in builtInCircuits), {
      error: ({ input }) => `expected another name, as ${input} is built in`,
    }),
    circuitWords,
    { error: "expected circuits by their names, like { branch-line: { bandwidth: 256 kbit/s } }" },
  )
  .meta({
    description:
      "Lines by names of your own, to be used beside the built-in ones wherever a link, an access line or the line of a RAS sender is wanted.",
    examples: [{ "branch-line": { bandwidth: "256 kbit/s", latency: "30 ms" } }],
  });

/** A rate as it is written where a circuit would do as well. */
export type Speed = { readonly bytesPerSecond: number } | { readonly circuit: string };

/** `expected` is told where the text is neither a rate within the limits nor a name. */
export function speedWords(expected: string, limits: readonly [least: number, most: number]) {
  return z.string({ error: expected }).transform((text, context): Speed => {
    if (isCircuitName(text)) return { circuit: text.trim() };
    const bytesPerSecond = parseByteRate(text);
    if (bytesPerSecond !== undefined && bytesPerSecond >= limits[0] && bytesPerSecond <= limits[1])
      return { bytesPerSecond };
    context.addIssue({ code: "custom", message: expected, input: text });
    return z.NEVER;
  });
}

export type Circuits = Readonly<Record<string, Circuit>>;

export function circuitNamed(name: string, own: Circuits): Circuit {
  const found = own[name] ?? builtInCircuits[name];
  if (!found) throw new Error(`there is no circuit ${name}, and the rules should have said so`);
  return found;
}

export function bytesPerSecondOf(speed: Speed, own: Circuits): number {
  return "circuit" in speed ? circuitNamed(speed.circuit, own).bytesPerSecond : speed.bytesPerSecond;
}
