/**
 * Answers leave once every commit before them is on the disk: who is told that something is done, or how it stands,
 * relies on it from then on.
 */
import type { RequestHandler } from "express";

import type { Place } from "../inboxes/inbox.ts";

export function answerWhenFlushed({ flushed, reporter }: Place): RequestHandler {
  return (request, response, next) => {
    const end = response.end.bind(response);
    const endLater = (...rest: unknown[]) => {
      flushed().then(
        () => end(...(rest as Parameters<typeof end>)),
        (error: unknown) => {
          reporter.error(`cannot answer ${request.method} ${request.path}`, error);
          response.destroy(); // neither yes nor no would be true
        },
      );
      return response;
    };
    response.end = endLater as typeof response.end;
    next();
  };
}
