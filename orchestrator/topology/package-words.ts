/**
 * Packages of a topology file. Rules between them and the sites are in package-rules.ts.
 */
import { z } from "zod";

import { siteCode } from "../../domain/identifiers.ts";
import { packageDefinition, program } from "../../domain/package.ts";
import { priority } from "../../domain/priority.ts";
import { parseByteSize, quantity } from "../../domain/quantity.ts";
import { targets } from "./targets.ts";

/** From a byte up to what a disk for tests may hold. */
const madeLimits = [1, 100e9] as const;
const madeSize = quantity(
  "expected a size from 1 B to 100 GB, with its unit, like 600 MB",
  parseByteSize,
  madeLimits,
);

const definition = packageDefinition.shape;

const programWords = z.strictObject({
  name: program.shape.name.meta({ description: "What the program is called.", examples: ["Install"] }),
  commandLine: program.shape.commandLine.meta({
    description: "What a client runs, seen from the package's folder.",
    examples: ["./setup.sh"],
  }),
  comment: program.shape.comment.meta({ description: "For people, up to 127 characters.", default: "" }),
});

export const packageWords = z.strictObject({
  name: definition.name.meta({ description: "Its name, once in a file.", examples: ["Office Update"] }),
  site: siteCode.meta({ description: "The primary site where it is made.", examples: ["CEN"] }),
  source: z
    .string()
    .min(1, "expected a folder")
    .optional()
    .meta({
      description: "The folder with its files, seen from the topology file. This or a size.",
      examples: ["./packages/sample"],
    }),
  size: madeSize.optional().meta({
    description:
      "Instead of a source: the package is made, of so many bytes that do not compress. What if it were the real one?",
    examples: ["600 MB"],
  }),
  priority: priority.default("medium").meta({ description: "The order in which senders take what waits." }),
  compressed: z.boolean().default(false).meta({
    description: "Distribution points are filled from the compressed copy instead of from the source folder.",
  }),
  version: definition.version.meta({ description: "For people, up to 32 characters.", examples: ["11.0.3"] }),
  manufacturer: definition.manufacturer.meta({ description: "For people, up to 32 characters." }),
  language: definition.language.meta({ description: "For people, up to 32 characters." }),
  description: definition.description.meta({ description: "For people, up to 127 characters." }),
  icon: z
    .string()
    .min(1, "expected a file in the source folder")
    .optional()
    .meta({
      description: "A file of at most 64 KiB, seen from the source folder.",
      examples: ["office.ico"],
    }),
  programs: z.array(programWords).default([]).meta({ description: "What clients can run of it." }),
  distributionPoints: targets.meta({
    description:
      "Where it should be: all, or a list of distribution points, of site codes for all of theirs, and of ranges of them. At its site or below.",
    examples: ["all", ["CHIDP1", "MKE", "B{01..40}"]],
  }),
});
