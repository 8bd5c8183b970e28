/**
 * The OpenAPI 3.1 document of the SMS Provider, made from the same classes and schemas that answer the requests.
 */
import { z } from "zod";

import { refusals } from "../refusal.ts";
import type { WmiClass } from "./wmi-class.ts";

const refused = { $ref: "#/components/responses/Refused" };

export function openApiDocument(classes: readonly WmiClass[]): unknown {
  const paths: Record<string, unknown> = {};
  const schemas: Record<string, unknown> = {
    Refusal: {
      type: "object",
      properties: {
        error: {
          type: "object",
          properties: {
            code: { type: "string", enum: [...Object.keys(refusals), "INTERNAL"] },
            message: { type: "string" },
            details: {
              type: "array",
              items: {
                type: "object",
                properties: { target: { type: "string" }, message: { type: "string" } },
              },
            },
          },
        },
      },
    },
  };
  for (const wmiClass of classes) {
    schemas[wmiClass.name] = schemaOf(wmiClass.shape);
    Object.assign(paths, pathsOf(wmiClass));
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Spoolnet SMS Provider",
      version: "1",
      description: "The administrator's face of a primary site.",
    },
    security: [{ administrator: [] }],
    paths,
    components: {
      securitySchemes: { administrator: { type: "http", scheme: "bearer" } },
      schemas,
      responses: {
        Refused: {
          description: "Refused, with every mistake",
          content: json({ $ref: "#/components/schemas/Refusal" }),
        },
      },
    },
  };
}

function pathsOf(wmiClass: WmiClass): Record<string, unknown> {
  const { name, summary, create, update, remove, actions } = wmiClass;
  const instance = { $ref: `#/components/schemas/${name}` };
  const list = { type: "object", properties: { value: { type: "array", items: instance } } };
  const keys = wmiClass.keys.map((key) => (wmiClass.keys.length === 1 ? `'{${key}}'` : `${key}='{${key}}'`));
  const one = `/AdminService/wmi/${name}(${keys.join(",")})`;
  const parameters = wmiClass.keys.map((key) => ({
    name: key,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const filter = {
    name: "$filter",
    in: "query",
    schema: { type: "string" },
    example: "PackageID eq 'CEN00001'",
  };
  const paths: Record<string, unknown> = {
    [`/AdminService/wmi/${name}`]: {
      summary,
      get: { summary, parameters: [filter], responses: { 200: answer(list), 400: refused, 401: refused } },
      ...(create && {
        post: {
          summary: `Make one`,
          requestBody: { required: true, content: json(schemaOf(create.body)) },
          responses: { 201: answer(instance), 400: refused, 401: refused, 404: refused, 409: refused },
        },
      }),
    },
  };
  if (parameters.length > 0) {
    paths[one] = {
      parameters,
      get: { summary: `One of them`, responses: { 200: answer(instance), 401: refused, 404: refused } },
      ...(update && {
        patch: {
          summary: "Change it",
          requestBody: { required: true, content: json(schemaOf(update.body)) },
          responses: { 200: answer(instance), 400: refused, 401: refused, 404: refused, 409: refused },
        },
      }),
      ...(remove && {
        delete: {
          summary: "Remove it",
          responses: { 204: { description: "Done" }, 401: refused, 404: refused, 409: refused },
        },
      }),
    };
  }
  for (const [action, about] of Object.entries(actions ?? {})) {
    paths[`${one}/AdminService.${action}`] = {
      parameters,
      post: {
        summary: about.summary,
        responses: { 204: { description: "Done" }, 401: refused, 404: refused, 409: refused },
      },
    };
  }
  return paths;
}

function answer(schema: unknown): unknown {
  return { description: "OK", content: json(schema) };
}

function json(schema: unknown): unknown {
  return { "application/json": { schema } };
}

function schemaOf(schema: z.ZodType): unknown {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
}
