/**
 * The tables of keys in docs/topology.md, made of the JSON Schema: what a key means is said once, in the schema.
 * In the text `<!-- keys: sites.* -->` asks for the table of the keys that may stand there; `*` is any name or index.
 * Where there are several ways to write something, `expect.*:busy` asks for the one with that key.
 */
import { formatByteRate } from "../../domain/quantity.ts";
import { builtInCircuits } from "./circuits.ts";
import { type JsonSchema, topologyJsonSchema } from "./json-schema.ts";

const marked = /(<!-- keys: (\S+) -->\n)[\s\S]*?(<!-- end of keys -->)/g;

const circuitsMarked = /(<!-- circuits -->\n)[\s\S]*?(<!-- end of circuits -->)/g;

/** The same text with every table as the schema has it now. */
export function withTables(markdown: string): string {
  const schema = topologyJsonSchema();
  return markdown
    .replaceAll(
      marked,
      (_, before, path, after) => `${before}\n${tableOf(path, schemaAt(schema, path))}\n${after}`,
    )
    .replaceAll(circuitsMarked, (_, before, after) => `${before}\n${circuitTable()}\n\n${after}`);
}

function circuitTable(): string {
  const rows = Object.entries(builtInCircuits).map(
    ([name, { bytesPerSecond, latencyMs, jitterMs }]) =>
      `| \`${name}\` | ${formatByteRate(bytesPerSecond)} | ${latencyMs} ms | ${jitterMs} ms |`,
  );
  return ["| circuit | bandwidth | latency | jitter |", "|---|---|---|---|", ...rows].join("\n");
}

/** Every object of the schema, with its path. */
export function objectsIn(schema: JsonSchema, path: readonly string[] = []): { path: string; keys: Keys }[] {
  const { properties } = schema;
  const own = properties ? [{ path: path.join("."), keys: properties as Keys }] : [];
  const inner = Object.entries((properties ?? {}) as Keys).flatMap(([key, one]) =>
    objectsIn(one, [...path, key]),
  );
  const others = [schema.items, schema.additionalProperties].flatMap((one) =>
    isSchema(one) ? objectsIn(one, [...path, "*"]) : [],
  );
  const ways = (schema.anyOf ?? []).flatMap((one) => (isSchema(one) ? objectsIn(one, path) : []));
  return [...own, ...inner, ...others, ...ways];
}

type Keys = Readonly<Record<string, JsonSchema>>;

function schemaAt(schema: JsonSchema, path: string): { keys: Keys; required: readonly string[] } {
  const [place = "", key] = path.split(":");
  const found = [...withKeys(schema, path === "." ? [] : place.split("."))];
  const one = found.find(({ properties }) => key === undefined || (properties && key in properties));
  if (!one?.properties) throw new Error(`there are no keys at ${path}`);
  return { keys: one.properties as Keys, required: one.required ?? [] };
}

function* withKeys(schema: JsonSchema, path: readonly string[]): Generator<JsonSchema> {
  const [key, ...rest] = path;
  for (const one of schema.anyOf ?? []) if (isSchema(one)) yield* withKeys(one, path);
  if (key === undefined) {
    if (schema.properties) yield schema;
  } else if (key === "*") {
    for (const one of [schema.items, schema.additionalProperties])
      if (isSchema(one)) yield* withKeys(one, rest);
  } else {
    const one = schema.properties?.[key];
    if (isSchema(one)) yield* withKeys(one, rest);
  }
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tableOf(path: string, { keys, required }: { keys: Keys; required: readonly string[] }): string {
  const rows = Object.entries(keys).map(([key, schema]) => rowOf(key, schema, required.includes(key)));
  if (rows.length === 0) throw new Error(`there are no keys at ${path}`);
  return ["| key | what | default | example |", "|---|---|---|---|", ...rows].join("\n");
}

export function rowOf(key: string, schema: JsonSchema, isRequired: boolean): string {
  const values = schema.enum ? ` One of ${schema.enum.map((value) => `\`${value}\``).join(", ")}.` : "";
  const otherwise = schema.default === undefined ? (isRequired ? "required" : "") : code(schema.default);
  const examples = (schema.examples ?? []).map(code).join("<br>");
  return `| \`${key}\` | ${schema.description ?? ""}${values} | ${otherwise} | ${examples} |`;
}

const code = (value: unknown) => `\`${inYaml(value)}\``;

/** A value on one line, as a topology file would have it. */
function inYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inYaml).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const pairs = Object.entries(value).map(([key, one]) => `${quoted(key)}: ${inYaml(one)}`);
    return `{ ${pairs.join(", ")} }`;
  }
  return typeof value === "string" ? quoted(value) : String(value);
}

const quoted = (text: string) => (/^$|[{},:[\]#"]/.test(text) ? JSON.stringify(text) : text);
