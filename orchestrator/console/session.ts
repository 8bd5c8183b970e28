/**
 * Who may use the console: who was given the address that was printed. Its fragment is a token, which the page
 * exchanges once for a cookie; a program shows it as a bearer token. Another page in the same browser has neither, and
 * what it asks under a name of its own (DNS rebinding) or from elsewhere (its Origin) is refused before it is read.
 */
import { createHash, timingSafeEqual } from "node:crypto";

import type { Request, RequestHandler } from "express";

import { freshToken } from "../administrator-token.ts";

/** Names of this machine, whatever the port: a container's is published under another. */
const ownHosts: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

export class Session {
  readonly token = freshToken();
  readonly #cookie = `spoolnet-${digestOf(this.token).toString("hex").slice(0, 8)}`;

  /** Refuses what another site's page may have asked. For every path. */
  readonly fromHere: RequestHandler = (request, response, next) => {
    const { host = "", origin } = request.headers;
    if (!ownHosts.has(host.replace(/:\d+$/, ""))) {
      refuse(response, 421, `expected the host localhost or 127.0.0.1, found "${host}"`);
    } else if (origin !== undefined && origin !== `http://${host}`) {
      refuse(response, 403, `expected a request of this console's own page, found one of ${origin}`);
    } else next();
  };

  /** Takes the token, gives the cookie. */
  readonly open: RequestHandler = (request, response) => {
    if (!this.#isToken(bearerOf(request))) return refuse(response, 401, unknownToken);
    response.setHeader("Set-Cookie", `${this.#cookie}=${this.token}; HttpOnly; SameSite=Strict; Path=/`);
    response.status(204).end();
  };

  /** Lets through who has the cookie or the token. A change that comes with the cookie says where it comes from. */
  readonly known: RequestHandler = (request, response, next) => {
    if (this.#isToken(bearerOf(request))) return next();
    const isChange = request.method !== "GET" && request.method !== "HEAD";
    if (this.#isToken(cookieOf(request, this.#cookie)) && (!isChange || request.headers.origin !== undefined))
      return next();
    refuse(response, 401, unknownToken);
  };

  #isToken(shown: string | undefined): boolean {
    return shown !== undefined && timingSafeEqual(digestOf(shown), digestOf(this.token));
  }
}

const unknownToken =
  "expected the token of this console: open the whole address that spoolnet printed, with what is after the #";

function refuse(response: Parameters<RequestHandler>[1], status: number, message: string): void {
  response.status(status).json({ error: { message } });
}

function bearerOf(request: Request): string | undefined {
  return /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
}

function cookieOf(request: Request, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim().split("="));
  return pairs.find(([key]) => key === name)?.[1];
}

/** Of one length, so that a comparison takes one time. */
function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
