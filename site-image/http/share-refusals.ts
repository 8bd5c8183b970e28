/**
 * What becomes of a request that the share refuses: it is logged, its code is a header too, and what is still coming is
 * read a little longer, so that the answer reaches a client that is still sending. The site's handler answers.
 */
import type { ErrorRequestHandler } from "express";

import type { Place } from "../inboxes/inbox.ts";
import { comeAgainAfterSeconds } from "./intake.ts";
import { Refusal } from "./refusal.ts";
import { shareNameOf } from "./share-name.ts";
import { accountOwner, fromOf } from "./site-authentication.ts";
import { refusalCodeHeader } from "./tus-headers.ts";
import { throwAwayRest } from "./unread-body.ts";

type Deps = { readonly place: Place; readonly signal: AbortSignal };

export function shareRefusals({ place, signal }: Deps): ErrorRequestHandler {
  return (error, request, response, next) => {
    place.reporter.diskFailed(error);
    if (error instanceof Refusal) {
      response.set(refusalCodeHeader, error.code);
      if (error.code === "BUSY") response.set("Retry-After", String(comeAgainAfterSeconds));
      const owner = accountOwner(response);
      const stranger = owner ? `a sender with the account of site ${owner}` : "an unknown sender";
      const from = response.locals.from ? `site ${fromOf(response).code}` : stranger;
      if (!signal.aborted && error.code !== "UNKNOWN_UPLOAD") {
        const id = shareNameOf(String(request.params.name))?.request;
        const reporter = id ? place.reporter.about(id) : place.reporter;
        reporter.warn(`Refused ${request.method} ${request.path} of ${from}: ${error.message}`);
      }
    }
    throwAwayRest(request, place.clock);
    next(error);
  };
}
