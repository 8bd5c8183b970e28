/**
 * What a topology file sets on the share of a site: how much it takes in at a time.
 */
import { z } from "zod";

import { type IntakeLimits, intakeBounds, intakeLimits } from "../../domain/intake-limits.ts";
import { parseByteSize, quantity } from "../../domain/quantity.ts";

const [fewest, most] = intakeBounds.transfers;
const expectedTransfers = `expected a whole number from ${fewest} to ${most}`;

export const shareWords = z
  .strictObject({
    transfers: z
      .int(expectedTransfers)
      .min(fewest, expectedTransfers)
      .max(most, expectedTransfers)
      .optional()
      .meta({
        description:
          "Transfers it takes in at a time, half of them from one site at most. Further senders are told to come again, which counts as no try.",
        default: 40,
      }),
    memory: quantity(
      "expected a size from 1 MiB to 64 GiB, like 64 MiB",
      parseByteSize,
      intakeBounds.memoryBytes,
    )
      .optional()
      .meta({
        description: "For what has come and is not written yet, all transfers together.",
        default: "16 MiB",
        examples: ["8 MiB"],
      }),
  })
  .meta({
    description: "How much the site's share takes in at a time.",
    examples: [{ transfers: 100, memory: "64 MiB" }],
  });

export function intakeOf(
  words: z.infer<typeof shareWords> | undefined,
  usual: z.infer<typeof shareWords> | undefined,
): IntakeLimits | undefined {
  if (!words && !usual) return undefined;
  const { transfers, memory } = { ...usual, ...words };
  return intakeLimits.parse({ transfers, memoryBytes: memory });
}
