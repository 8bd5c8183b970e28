/**
 * SMS Provider: the administrator's face of a primary site, `/AdminService/wmi/<class>` as the AdminService shows the
 * public WMI classes, with its OpenAPI document at `/AdminService/openapi.json`.
 */
import express, { type Router } from "express";

import { parseBody } from "../parse-body.ts";
import { Refusal } from "../refusal.ts";
import { openApiDocument } from "./open-api.ts";
import { filtered, type Instance, keysOf, partsOf, type WmiClass } from "./wmi-class.ts";

export function smsProvider(classes: readonly WmiClass[]): Router {
  const router = express.Router();
  router.use(express.json({ limit: "2mb" }));
  router.get("/openapi.json", (_request, response) => {
    response.json(openApiDocument(classes));
  });
  router.get("/wmi", (_request, response) => {
    response.json({ value: classes.map(({ name, summary }) => ({ name, url: name, summary })) });
  });

  router.all("/wmi/:segment", async (request, response) => {
    const { name, keys } = partsOf(request.params.segment);
    const wmiClass = classOf(classes, name);
    if (keys === undefined) {
      if (request.method === "GET") {
        const instances = filtered(await wmiClass.list(), request.query.$filter);
        response.json({ value: instances });
      } else if (request.method === "POST" && wmiClass.create) {
        const made = await wmiClass.create.run(parseBody(wmiClass.create.body, request.body) as never);
        response.status(201).json(made);
      } else throw notAllowed(wmiClass, request.method);
      return;
    }
    const found = keysOf(wmiClass, keys);
    if (request.method === "GET") {
      response.json(await instanceWith(wmiClass, found));
    } else if (request.method === "PATCH" && wmiClass.update) {
      response.json(await wmiClass.update.run(found, parseBody(wmiClass.update.body, request.body) as never));
    } else if (request.method === "DELETE" && wmiClass.remove) {
      await wmiClass.remove(found);
      response.status(204).end();
    } else throw notAllowed(wmiClass, request.method);
  });

  router.post("/wmi/:segment/:action", async (request, response) => {
    const { name, keys } = partsOf(request.params.segment);
    const wmiClass = classOf(classes, name);
    const asked = request.params.action.replace(/^AdminService\./, "");
    const action = Object.hasOwn(wmiClass.actions ?? {}, asked) ? wmiClass.actions?.[asked] : undefined;
    if (!action || keys === undefined) {
      const known = Object.keys(wmiClass.actions ?? {}).map((known) => `AdminService.${known}`);
      throw new Refusal("NOT_FOUND", `${request.params.action} (known: ${known.join(", ") || "none"})`);
    }
    await action.run(keysOf(wmiClass, keys));
    response.status(204).end();
  });
  return router;
}

function classOf(classes: readonly WmiClass[], name: string): WmiClass {
  const found = classes.find((wmiClass) => wmiClass.name === name);
  if (found) return found;
  throw new Refusal(
    "NOT_FOUND",
    `no class ${name} (known: ${classes.map((known) => known.name).join(", ")})`,
  );
}

async function instanceWith(wmiClass: WmiClass, keys: Readonly<Record<string, string>>): Promise<Instance> {
  const found = (await wmiClass.list()).find((instance) =>
    wmiClass.keys.every((key) => instance[key] === keys[key]),
  );
  if (found) return found;
  throw new Refusal("NOT_FOUND", `no ${wmiClass.name} with ${Object.values(keys).join(", ")}`);
}

function notAllowed({ name }: WmiClass, method: string): Refusal {
  return new Refusal("METHOD_NOT_ALLOWED", `${method} ${name}`);
}
