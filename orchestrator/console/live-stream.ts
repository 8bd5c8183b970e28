/**
 * A live state as server-sent events: `snapshot` once, then `changes`, each with an id that a browser shows again when
 * it comes back. Who reads slowly gets several batches at once, and holds nobody up.
 */
import type { Request, Response } from "express";

import type { WallClock } from "../wall-clock.ts";
import type { LiveState } from "./live-state.ts";

/** A comment is sent so often where there is nothing else, so that a lost connection is noticed at both ends. */
const sayNothingEveryMs = 15_000;

export async function streamTo(
  request: Request,
  response: Response,
  state: LiveState<object>,
  wallClock: WallClock,
  stopping: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const signal = AbortSignal.any([gone.signal, stopping]);
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  response.write("retry: 1000\n\n");
  using _watching = state.watch();
  let id = request.get("last-event-id");
  while (!signal.aborted) {
    const messages = state.since(id);
    for (const message of messages) {
      id = message.id;
      const data = `{"realMs":${wallClock.now()},"entries":${message.text}}`;
      const isRoomy = response.write(`id: ${id}\nevent: ${message.kind}\ndata: ${data}\n\n`);
      if (!isRoomy) await drained(response, signal);
      if (signal.aborted) break;
    }
    if (messages.length > 0) continue; // there may be more by now
    const patience = new AbortController();
    const either = AbortSignal.any([signal, patience.signal]);
    const changed = state.changed(either).then(() => true);
    const isChanged = await Promise.race([
      changed,
      wallClock.sleep(sayNothingEveryMs, either).then(() => false),
    ]);
    patience.abort();
    if (!isChanged && !signal.aborted) response.write(":\n\n");
  }
  response.end();
}

async function drained(response: Response, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    response.once("drain", resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
