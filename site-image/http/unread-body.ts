/**
 * What becomes of a body that was refused before it was read. Closing a connection with unread bytes in it resets the
 * connection, and the answer may be lost with it. So a little of the rest is read and thrown away; a client that
 * still sends after that finds nobody reading, and after a while no connection.
 */
import type { IncomingMessage } from "node:http";

import type { Clock } from "../../domain/clock.ts";

const mostBytes = 1024 * 1024;
/** Real milliseconds. */
const longestMs = 2000;

/** Call it with the answer. Returns at once; what it starts ends by itself. */
export function throwAwayRest(request: IncomingMessage, clock: Clock): void {
  if (request.readableEnded || request.destroyed) return;
  const over = new AbortController();
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostBytes) request.pause();
  });
  request.on("error", () => {}); // the other side may well hang up now
  request.on("end", () => over.abort()).on("close", () => over.abort());
  request.resume();
  void clock.sleepReal(longestMs, over.signal).then(() => {
    if (!over.signal.aborted) request.destroy();
  });
}
