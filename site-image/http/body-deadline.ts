/**
 * Closes the connection of a request whose body does not come in time. For the faces whose bodies are small documents;
 * the share takes as long as the line needs and gives up only on silence (receive-body.ts).
 */
import type { RequestHandler } from "express";

import type { Clock } from "../../domain/clock.ts";

/** In real milliseconds: the largest document, 2 MB, at 0.5 Mbit/s. */
export const bodyWithinMs = 30_000;

export function bodyWithin(clock: Pick<Clock, "sleepReal">, withinMs = bodyWithinMs): RequestHandler {
  return (request, response, next) => {
    const hasBody = request.headers["transfer-encoding"] !== undefined || request.headers["content-length"];
    if (hasBody && hasBody !== "0") {
      const hasCome = new AbortController();
      for (const end of ["end", "close"]) request.once(end, () => hasCome.abort());
      response.once("close", () => hasCome.abort());
      void clock.sleepReal(withinMs, hasCome.signal).then(() => {
        if (!hasCome.signal.aborted) request.destroy();
      });
    }
    next();
  };
}
