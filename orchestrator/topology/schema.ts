/**
 * What a topology file may say, key by key; the parts are in the files named *-words.ts. Every message starts with
 * "expected", because the loader goes on with what it found instead. Descriptions, defaults and examples are here once:
 * the JSON Schema (json-schema.ts) and the reference (docs/topology.md) are made of them.
 */
import { z } from "zod";

import { addressDefaults, addressWords } from "./address-words.ts";
import { circuitsWords } from "./circuits.ts";
import { expectationWords } from "./expect-words.ts";
import { linkDefaults, linkWords } from "./link-words.ts";
import { packageWords } from "./package-words.ts";
import { chaosWords, stepWords } from "./scenario-words.ts";
import { siteKey } from "./site-codes.ts";
import { siteWords } from "./site-words.ts";

const expectedScale = "expected a number from 1 to 3600 (emulated seconds to a real one)";
const clock = z.strictObject({
  start: z.iso
    .datetime({
      offset: true,
      error: 'expected a moment with its offset from UTC, like "2003-11-07T17:30:00-05:00"',
    })
    .meta({
      description: "When the emulated calendar starts, with its offset from UTC.",
      examples: ["2003-11-07T17:30:00-05:00"],
    }),
  scale: z
    .number({ error: expectedScale })
    .min(1, expectedScale)
    .max(3600, expectedScale)
    .meta({ description: "Emulated seconds to a real one, 1 to 3600.", examples: [60] }),
});

const defaults = z.strictObject({
  site: siteWords.optional().meta({
    description: "For every site that does not say otherwise. A parent that is said here is not its own.",
    examples: [{ type: "secondary", parent: "CEN", distributionPoints: ["{site}DP"] }],
  }),
  address: addressDefaults.optional().meta({
    description: "For every address that does not say otherwise, also for those made by default.",
    examples: [{ schedule: { "Mon-Fri 08-18": "high only" } }],
  }),
  link: linkDefaults.optional().meta({
    description: "For every link that does not say otherwise.",
    examples: [{ circuit: "frame-relay-256k" }],
  }),
  addresses: z.enum(["LAN", "none"]).optional().meta({
    description:
      "What parent and child have where the file gives no address from one to the other: one over the LAN sender, or none, so that a missing one is a mistake.",
    default: "LAN",
  }),
});

export const topologySchema = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9-]{0,39}$/,
        "expected a name of 1 to 40 small letters, digits and -, like three-site",
      )
      .meta({
        description: "What the hierarchy is called: 1 to 40 small letters, digits and -.",
        examples: ["three-site"],
      }),
    seed: z
      .union([z.string().min(1, "expected a text or a number"), z.number()], {
        error: "expected a text or a number",
      })
      .optional()
      .meta({
        description:
          "Makes everything random repeatable: same file, same seed, same faults. Without it, the name.",
        examples: [2003],
      }),
    driver: z.enum(["embedded", "docker", "swarm"]).optional().meta({
      description:
        "How the sites run where the command does not say: in one process, in a container each, as services of a cluster.",
    }),
    clock: clock.meta({ description: "Emulated time." }),
    circuits: circuitsWords.optional(),
    defaults: defaults.optional().meta({ description: "What holds for every site, address and link." }),
    sites: z
      .record(siteKey, siteWords, { error: "expected sites by their codes, like CEN: { type: primary }" })
      .refine((sites) => Object.keys(sites).length > 0, "expected at least one site")
      .meta({
        description: "By their codes, three of A-Z and 0-9, or ranges of codes with one definition.",
        examples: [{ CEN: { type: "primary" }, "B{01..40}": { type: "secondary", parent: "CEN" } }],
      }),
    links: z.array(linkWords).default([]).meta({
      description:
        "The emulated WAN between two sites. Where nothing is declared, it is as fast as the machine.",
    }),
    addresses: z.array(addressWords).default([]).meta({
      description:
        "How one site reaches another, one way. Several for one way are tried in the order they stand.",
    }),
    packages: z.array(packageWords).default([]).meta({
      description: "What the administrator makes at a site once the hierarchy is up.",
    }),
    scenario: z
      .array(stepWords)
      .default([])
      .meta({
        description: "What happens while it runs, each step at a moment or after a condition.",
        examples: [[{ at: "+20m", cut: ["CEN", "CHI"], for: "15m" }]],
      }),
    chaos: chaosWords.optional().meta({
      description:
        "What goes wrong by chance, drawn from the seed. It is told as it happens, and the same seed plays it again.",
      examples: [{ kill: "2 per day", cut: "5 per day" }],
    }),
    expect: z.array(expectationWords).default([]).meta({
      description: "What should be true, and by when. With `run --exit` the exit code says whether it was.",
    }),
  })
  .meta({
    title: "Spoolnet topology",
    description: "A hierarchy of sites, what links them, and what it carries.",
  });
export type TopologyFile = z.infer<typeof topologySchema>;

/** The keys that may stand at `path`; empty where the schema has no keys of its own there. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  let at: unknown[] = bare(topologySchema);
  for (const key of path) at = at.flatMap((one) => bare(schemaUnder(one, key)));
  return [...new Set(at.flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : [])))];
}

function schemaUnder(schema: unknown, key: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[String(key)];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}

/** What is inside defaults and transforms, each of the alternatives. */
function bare(schema: unknown): unknown[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) return bare(schema.unwrap());
  if (schema instanceof z.ZodPipe) return bare(schema.in);
  return schema instanceof z.ZodUnion ? schema.options.flatMap(bare) : [schema];
}
