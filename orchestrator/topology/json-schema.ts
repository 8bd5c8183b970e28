/**
 * The JSON Schema of a topology file, for editors: made of the schema that the loader reads with. It tells keys, types
 * and what they mean; rules between parts of a file, and whether a text is a quantity, are for `spoolnet validate`.
 */
import { z } from "zod";

import { topologySchema } from "./schema.ts";

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** Draft 7, which all editors know. */
export function topologyJsonSchema(): JsonSchema {
  return z.toJSONSchema(topologySchema, {
    io: "input",
    target: "draft-7",
    // zod takes examples for what comes out of a transform; ours are what goes into it, as a file has it.
    override: ({ zodSchema, jsonSchema }) => {
      const { examples, default: otherwise } = z.globalRegistry.get(zodSchema) ?? {};
      if (examples !== undefined) jsonSchema.examples = examples as unknown[];
      if (otherwise !== undefined) jsonSchema.default = otherwise as JsonSchema["default"];
    },
  });
}

/** As it is published: a text that ends with a line break. */
export function topologyJsonSchemaText(): string {
  return `${JSON.stringify(topologyJsonSchema(), null, 2)}\n`;
}
