/**
 * The logs of a site (`/site/logs`), for who cannot look into its folder: which there are, and one of them as it is
 * now, from a byte on, so that a reader asks again for what is new.
 */
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { Router } from "express";
import { z } from "zod";

import { isMissing } from "../inboxes/whole-file.ts";
import { parseBody } from "./parse-body.ts";
import { Refusal } from "./refusal.ts";

/** So much of a log is given at a time. */
const mostBytes = 4 * 1024 * 1024;

const question = z.object({ from: z.coerce.number().int().min(0).default(0) });

export function siteLogs(folder: string): Router {
  const router = Router();
  router.get("/", async (_request, response) => {
    response.json({ logs: await namesIn(folder) });
  });
  router.get("/:name", async (request, response) => {
    const { from } = parseBody(question, request.query);
    const known = await namesIn(folder);
    const { name } = request.params;
    if (!known.includes(name)) throw new Refusal("NOT_FOUND", `log ${name} (known: ${known.join(", ")})`);
    const path = join(folder, `${name}.log`);
    try {
      const { ino } = await stat(path);
      await using file = await open(path);
      const buffer = Buffer.alloc(mostBytes);
      const { bytesRead } = await file.read(buffer, 0, mostBytes, from);
      const whole = buffer.subarray(0, buffer.subarray(0, bytesRead).lastIndexOf("\n") + 1);
      response.json({ text: whole.toString("utf8"), next: from + whole.length, file: String(ino) });
    } catch (error) {
      if (!isMissing(error)) throw error;
      response.json({ text: "", next: 0, file: "" }); // it is being rolled just now
    }
  });
  return router;
}

async function namesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".log"));
  return names.map((name) => name.slice(0, -".log".length)).sort();
}
