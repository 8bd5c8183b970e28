/**
 * What tus asks of every request and every answer, whatever is done with an upload: the version, the method, a body
 * only where one belongs.
 */
import type { Request, RequestHandler } from "express";

import { Refusal } from "./refusal.ts";
import { checksumAlgorithm, pieceType, tusExtensions, tusVersion } from "./tus-headers.ts";

/** Every answer names the version, and every request but OPTIONS must. */
export const tusRequest: RequestHandler = (request, response, next) => {
  response.set({ "Tus-Resumable": tusVersion, "Cache-Control": "no-store" });
  const override = request.get("X-HTTP-Method-Override");
  if (override) request.method = override.toUpperCase(); // tus: for clients that cannot send PATCH or DELETE
  if (request.method !== "OPTIONS" && request.get("Tus-Resumable") !== tusVersion) {
    response.set("Tus-Version", tusVersion);
    throw new Refusal("UNSUPPORTED_VERSION", `got ${JSON.stringify(request.get("Tus-Resumable") ?? null)}`);
  }
  if (hasBody(request) && request.method !== "POST" && request.method !== "PATCH") {
    throw new Refusal("METADATA_REFUSED", `${request.method} takes no body`);
  }
  next();
};

/** OPTIONS: what the server can do. */
export function tusOptions(maxBytes: number | undefined): RequestHandler {
  return (_request, response) => {
    response.set({
      "Tus-Version": tusVersion,
      "Tus-Extension": tusExtensions,
      "Tus-Checksum-Algorithm": checksumAlgorithm,
    });
    if (maxBytes !== undefined) response.set("Tus-Max-Size", String(maxBytes));
    response.status(204).end();
  };
}

export function hasBody(request: Request): boolean {
  return Number(request.get("Content-Length") ?? 0) > 0 || request.get("Transfer-Encoding") !== undefined;
}

/** Ends a body that is still coming; a request without one is soon done by itself. */
export function stopBody(request: Request): void {
  if (hasBody(request)) request.destroy();
}

/** Refuses a body that does not say that it is a piece of an upload. */
export function assertPiece(request: Request): void {
  const type = request.get("Content-Type");
  if (type !== pieceType) throw new Refusal("WRONG_TYPE", `got ${JSON.stringify(type ?? null)}`);
}
