/**
 * This end of the emulated WAN for what other sites send here: a request takes the latency of the access link to come
 * in, its body is read as fast as the link carries it, together with all others, and an outage cuts it off without an
 * answer. What came over a RAS line did not come over the WAN.
 */
import type { RequestHandler, Response } from "express";

import type { Pace } from "../senders/pace.ts";
import type { Wan, WayIn } from "../senders/wan.ts";
import { fromOf } from "./site-authentication.ts";
import { senderHeader } from "./tus-headers.ts";

/** After authentication. Answers nothing while the way is down: the connection breaks, as it would. */
export function overWan(wan: Wan, signal: AbortSignal): RequestHandler {
  return async (request, response, next) => {
    if ((request.get(senderHeader) ?? "LAN") !== "LAN") return next();
    const way = wan.wayInFrom(fromOf(response).code);
    response.locals.way = way;
    const cut = () => request.socket.destroy();
    if (way.up.aborted) return void cut();
    way.up.addEventListener("abort", cut);
    response.once("close", () => way.up.removeEventListener("abort", cut));
    await way.delay(AbortSignal.any([signal, way.up]));
    if (!request.socket.destroyed) next();
  };
}

/** How fast the body of a request may be read; undefined where it comes at once. */
export function paceIn(response: Response): Pace | undefined {
  return (response.locals.way as WayIn | undefined)?.pace;
}
