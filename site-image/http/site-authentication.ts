/**
 * Who sends: the account and secret that a neighbour shows (RFC 7617) tell which site it is. An address's account is
 * one site's alone, and what is kept of its secret is a digest.
 */
import type { RequestHandler, Response } from "express";

import type { SiteCode } from "../../domain/identifiers.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import { type KnownNeighbour, neighbourByAccount } from "../database/sites.ts";
import { basicCredentials, isSecret, sha256Of } from "../security/secrets.ts";
import { isNoStranger } from "./connections.ts";
import { Refusal } from "./refusal.ts";

/** Compared with what is shown for an account that nobody has, so that it takes as long as one that somebody has. */
const nobodysSecretSha256 = sha256Of("nobody");

/** Lets through only who shows the account and secret of an attached site. */
export function siteAuthentication({ database }: { readonly database: SiteDatabase }): RequestHandler {
  return (request, response, next) => {
    const shown = basicCredentials(request.get("Authorization"));
    const neighbour = shown && neighbourByAccount(database, shown.account);
    const isRight = isSecret(shown?.secret ?? "", neighbour?.acceptsSecretSha256 ?? nobodysSecretSha256);
    if (!neighbour || !isRight) {
      response.set("WWW-Authenticate", 'Basic realm="SMS_SITE"');
      response.locals.accountOf = neighbour?.code;
      throw new Refusal("NOT_ATTACHED", shown ? accountWords(shown.account) : "");
    }
    response.locals.from = neighbour;
    isNoStranger(request);
    next();
  };
}

/**
 * An account in words that tell nothing to who does not know it, the log included: who mistakes one for the other
 * shows the secret in its place. `printf %s ACCOUNT | sha256sum` tells whether it is this one.
 */
function accountWords(account: string): string {
  return `an account whose SHA-256 begins with ${sha256Of(account).slice(0, 8)}`;
}

/** Whose account was shown by who was not let through; undefined where it is nobody's. */
export function accountOwner(response: Response): SiteCode | undefined {
  return response.locals.accountOf;
}

/** The sending site of a request that was let through. */
export function fromOf(response: Response): KnownNeighbour {
  return response.locals.from as KnownNeighbour;
}
