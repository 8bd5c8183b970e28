/**
 * `GET /events`: the journal as server-sent events. `after` (or Last-Event-ID, as a browser sends it when it comes
 * back) is the last sequence already seen; `follow=0` ends after the last kept event instead of waiting for more.
 */
import express, { type Router } from "express";
import { z } from "zod";

import type { Journal } from "../journal.ts";
import { Refusal } from "./refusal.ts";

const query = z.object({
  after: z.coerce.number().int().min(0).default(0),
  follow: z.enum(["0", "1"]).default("1"),
});

export function events(journal: Journal, stopping: AbortSignal): Router {
  const router = express.Router();
  router.get("/", async (request, response) => {
    const parsed = query.safeParse({ after: request.headers["last-event-id"], ...request.query });
    if (!parsed.success) throw new Refusal("INVALID", "expected after=<sequence> and follow=0 or 1");
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.flushHeaders();
    const signal = AbortSignal.any([gone.signal, stopping]);
    let text = "";
    const leave = () => {
      if (text !== "" && !response.writableEnded) response.write(text);
      text = "";
    };
    for await (const event of journal.events(parsed.data.after, parsed.data.follow === "1", signal)) {
      if (text === "") setImmediate(leave); // what comes in one turn of the event loop leaves in one write
      const id = event.sequence > 0 ? `id: ${event.sequence}\n` : "";
      text += `${id}data: ${JSON.stringify(event)}\n\n`;
      if (!response.writableNeedDrain) continue;
      await new Promise<void>((resolve) => {
        response.once("drain", resolve);
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    leave();
    response.end();
  });
  return router;
}
