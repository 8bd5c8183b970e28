/**
 * Lets through who shows the administrator's token, on every face but the SMS_SITE share, the package shares and
 * `/health`.
 */
import type { RequestHandler } from "express";

import { bearerToken, isSecret, sha256Of } from "../security/secrets.ts";
import { isNoStranger } from "./connections.ts";
import { Refusal } from "./refusal.ts";

export function administratorOnly(token: string): RequestHandler {
  const sha256 = sha256Of(token);
  return (request, response, next) => {
    const shown = bearerToken(request.headers.authorization);
    if (shown !== undefined && isSecret(shown, sha256)) {
      isNoStranger(request);
      return next();
    }
    response.setHeader("WWW-Authenticate", 'Bearer realm="spoolnet"');
    throw new Refusal("NOT_ADMINISTRATOR");
  };
}
