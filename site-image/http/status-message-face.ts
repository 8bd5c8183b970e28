/**
 * `GET /site/status-messages`: the status messages of a site, oldest first. `since` is emulated milliseconds since the
 * Unix epoch, `after` the last sequence already seen, `severity` one of the three, `limit` the newest so many.
 */
import { Router } from "express";
import { z } from "zod";

import { severity } from "../../domain/status-messages.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import { statusMessagesOf } from "../database/status-messages.ts";
import { parseBody } from "./parse-body.ts";

const question = z.object({
  since: z.coerce.number().optional(),
  after: z.coerce.number().int().min(0).optional(),
  severity: severity.optional(),
  limit: z.coerce.number().int().min(1).max(20_000).default(1_000),
});

export function statusMessageFace(database: SiteDatabase): Router {
  const router = Router();
  router.get("/", (request, response) => {
    const { since: sinceMs, ...rest } = parseBody(question, request.query);
    response.json({ messages: statusMessagesOf(database, { sinceMs, ...rest }) });
  });
  return router;
}
