import { glob, readFile } from "node:fs/promises";
import { basename } from "node:path";

import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";

import { topologyJsonSchema, topologyJsonSchemaText } from "../../../orchestrator/topology/json-schema.ts";
import { objectsIn, rowOf, withTables } from "../../../orchestrator/topology/reference.ts";
import { ruleMistakes } from "../../../orchestrator/topology/rules.ts";
import { topologySchema } from "../../../orchestrator/topology/schema.ts";
import { sourceText } from "../../../orchestrator/topology/source-text.ts";

const root = new URL("../../../", import.meta.url).pathname;
const textOf = (path: string) => readFile(`${root}${path}`, "utf8");
const filesIn = async (pattern: string) =>
  (await Array.fromAsync(glob(`${root}${pattern}`))).sort().map((file) => [basename(file), file] as const);

const editor = new Ajv({ strict: false, validateFormats: false, allErrors: true });
const check = editor.compile(topologyJsonSchema());
async function editorsMistakes(file: string): Promise<string[]> {
  check(sourceText(await readFile(file, "utf8")).raw);
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
}

describe("the JSON Schema of topology files", async () => {
  test("is the one that is published (npm run reference makes it anew)", async () => {
    expect(await textOf("topologies/spoolnet.schema.json")).toBe(topologyJsonSchemaText());
  });

  test("is a JSON Schema", () => {
    expect(editor.validateSchema(topologyJsonSchema())).toBe(true);
  });

  test.for([...(await filesIn("topologies/*.yaml")), ...(await filesIn("test/topologies/good/*.yaml"))])(
    "has nothing against %s, which is right",
    async ([, file]) => expect(await editorsMistakes(file)).toEqual([]),
  );

  test.for(await filesIn("test/topologies/broken/shape-*.yaml"))(
    "finds in an editor what is wrong in %s",
    async ([, file]) => expect(await editorsMistakes(file)).not.toEqual([]),
  );

  test("says of every key what it means", () => {
    for (const { path, keys } of objectsIn(topologyJsonSchema()))
      for (const [key, schema] of Object.entries(keys))
        expect(schema.description, `${path}.${key}`).toBeTruthy();
  });

  test("has only examples that it would take itself", () => {
    for (const { path, keys } of objectsIn(topologyJsonSchema())) {
      for (const [key, schema] of Object.entries(keys)) {
        const isRight = editor.compile(schema);
        for (const example of schema.examples ?? [])
          expect([`${path}.${key}`, example, isRight(example)]).toEqual([`${path}.${key}`, example, true]);
      }
    }
  });

  test.for(await filesIn("topologies/*.yaml"))("is asked for by the first line of %s", async ([, file]) => {
    const [first] = (await readFile(file, "utf8")).split("\n");

    expect(first).toBe("# yaml-language-server: $schema=./spoolnet.schema.json");
  });
});

describe("docs/topology.md", () => {
  test("has the tables that the schema makes (npm run reference makes them anew)", async () => {
    const text = await textOf("docs/topology.md");

    expect(text).toBe(withTables(text));
  });

  test("has an example that is right", async () => {
    const [, example = ""] = /```yaml\n([\s\S]*?)```/.exec(await textOf("docs/topology.md")) ?? [];
    const { raw } = sourceText(example);

    expect(topologySchema.safeParse(raw).error).toBeUndefined();
    expect(ruleMistakes(raw)).toEqual([]);
  });

  test("has every key of the schema", async () => {
    const text = await textOf("docs/topology.md");
    for (const { path, keys } of objectsIn(topologyJsonSchema())) {
      for (const [key, schema] of Object.entries(keys)) {
        const rows = [true, false].map((isRequired) => rowOf(key, schema, isRequired));
        expect([`${path}.${key}`, rows.some((row) => text.includes(row))]).toEqual([`${path}.${key}`, true]);
      }
    }
  });
});
