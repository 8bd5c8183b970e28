/**
 * The SMS Provider of a running site, by its own OpenAPI document: a body for each operation that takes one, with a
 * defect; keys, filters and classes that say what no key says. Each must be answered 4xx. SQL in a text that may say
 * anything is no defect: such a package is made, must read back letter by letter, and is removed (`equal`).
 */
import { Pool } from "undici";
import { z } from "zod";

import type { Random } from "../support/random.ts";
import type { AttackedSite } from "./attacked-site.ts";
import { hostileWords, jsonWithDefect } from "./json-defects.ts";
import { type Answer, answerOf, type Surface } from "./surface.ts";

const operation = z.object({
  requestBody: z
    .object({ content: z.object({ "application/json": z.object({ schema: z.unknown() }) }) })
    .optional(),
});
const methods = ["get", "post", "patch", "delete"] as const;
const documentShape = z.object({
  paths: z.record(z.string(), z.partialRecord(z.enum([...methods, "parameters", "summary"]), z.unknown())),
});

type Operation = { readonly method: string; readonly path: string; readonly body: object | undefined };

const atOnce = 16;
const instance = z.object({ PackageID: z.string(), Name: z.string() });

export async function providerSurface(site: AttackedSite): Promise<Surface> {
  const pool = new Pool(site.url, { connections: atOnce });
  const ask = async (method: string, path: string, body?: string | Buffer, type = "application/json") => {
    try {
      const answer = await pool.request({
        method: method as "GET",
        path,
        headers: {
          authorization: `Bearer ${site.token}`,
          ...(body !== undefined && { "content-type": type }),
        },
        body: body ?? null,
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ECONNREFUSED") throw error; // it has crashed
      return { status: undefined, text: "" };
    }
  };
  const operations = operationsIn(JSON.parse((await ask("GET", "/AdminService/openapi.json")).text));
  const [firstWithBody, ...othersWithBody] = operations.filter(({ body }) => body);
  const [firstWithKeys, ...othersWithKeys] = operations.filter(({ path }) => path.includes("{"));
  if (!firstWithBody || !firstWithKeys)
    throw new Error("the OpenAPI document has no operation with a body or keys");

  const badBody = async (random: Random): Promise<Answer> => {
    const { method, path, body } = random.pick([firstWithBody, ...othersWithBody]);
    const isHuge = random.chance(0.002);
    const text = isHuge ? `{"Name":"${"x".repeat(3 * 2 ** 20)}"}` : jsonWithDefect(body ?? {}, random);
    return answerOf(
      "body",
      (await ask(method, filled(path, "CEN00001"), text)).status,
      `${method} ${path} ${text}`,
    );
  };
  const badKey = async (random: Random): Promise<Answer> => {
    const { method, path, body } = random.pick([firstWithKeys, ...othersWithKeys]);
    const full = filled(path, random.pick(hostileWords).slice(0, 3000));
    const { status } = await ask(
      method,
      full,
      body && method !== "delete" ? JSON.stringify(body) : undefined,
    );
    return answerOf("key", status, `${method} ${full}`);
  };
  const badFilter = async (random: Random): Promise<Answer> => {
    const filter = random.pick([
      "Name eq 'x' or 1 eq 1",
      ...hostileWords.map((words) => `Name eq ${words.slice(0, 3000)}`),
      "1 eq 1",
      "",
      "Name eq 'x'; DROP TABLE package",
      `${"Name eq 'x' and ".repeat(300)}`,
      "(((",
    ]);
    const path = `/AdminService/wmi/SMS_Package?$filter=${encoded(filter)}`;
    return answerOf("filter", (await ask("GET", path)).status, path);
  };
  const badPath = async (random: Random): Promise<Answer> => {
    const path = `/AdminService/wmi/${random.pick(["SMS_Package(", "constructor", "__proto__", "SMS_Package('x')/AdminService.constructor", "%ff", `${encoded(random.pick(hostileWords).slice(0, 3000))}`])}`;
    const method = random.pick(["GET", "POST", "PATCH", "DELETE", "PUT"]);
    return answerOf(
      "path",
      (await ask(method, path, method === "POST" ? "{}" : undefined)).status,
      `${method} ${path}`,
    );
  };
  const literal = async (random: Random): Promise<Answer> => {
    const Name = random.pick([
      "'; DROP TABLE package; --",
      "' OR '1'='1",
      "\u202ea\u{1f4a3}",
      "{{1}}",
      "\\'\"",
    ]);
    const made = await ask("POST", "/AdminService/wmi/SMS_Package", JSON.stringify({ Name }));
    const one = `/AdminService/wmi/SMS_Package('${made.status === 201 ? instance.parse(JSON.parse(made.text)).PackageID : ""}')`;
    const read = await ask("GET", one);
    const removed = await ask("DELETE", one);
    const isSame = read.status === 200 && instance.parse(JSON.parse(read.text)).Name === Name;
    const verdict = isSame && removed.status === 204 ? "equal" : "accepted";
    return {
      kind: "SQL as a name",
      verdict,
      label: "as it is",
      input: `${Name}: ${made.status} ${read.status} ${removed.status}`,
    };
  };
  return {
    async attack(random) {
      const kinds = [badBody, badBody, badBody, badKey, badFilter, badPath] as const;
      return await Promise.all(
        Array.from({ length: atOnce }, () =>
          (random.chance(0.002) ? literal : random.pick(kinds))(random.fork()),
        ),
      );
    },
    [Symbol.asyncDispose]: () => pool.close(),
  };
}

function operationsIn(document: unknown): Operation[] {
  return Object.entries(documentShape.parse(document).paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      if (!item[method]) return [];
      const { requestBody } = operation.parse(item[method]);
      const body = requestBody && (sampleOf(requestBody.content["application/json"].schema) as object);
      return [{ method: method.toUpperCase(), path, body }];
    }),
  );
}

type Schema = {
  readonly type?: string;
  readonly properties?: Record<string, unknown>;
  readonly items?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly unknown[];
  readonly minimum?: number;
};

/** A value that a schema describes, but for the patterns of its texts. */
function sampleOf(given: unknown): unknown {
  const schema = given as Schema;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return sampleOf(schema.anyOf[0]);
  if (schema.type === "array") return [sampleOf(schema.items)];
  if (schema.type === "integer" || schema.type === "number") return Math.max(1, schema.minimum ?? 1);
  if (schema.type === "boolean") return false;
  if (schema.type === "string") return "text";
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([key, one]) => [key, sampleOf(one)]),
  );
}

function filled(path: string, key: string): string {
  return path.replace(/\{\w+\}/g, () => encoded(key.replaceAll("'", "''")));
}

/** As a path may have it; half a surrogate pair cannot be encoded. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
