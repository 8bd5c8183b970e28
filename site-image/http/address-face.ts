/**
 * The addresses to one neighbour, changed while the site runs (`PUT /site/addresses/<code>`). Account, secret and key
 * stay as they are, so what is being sent goes on under what is new.
 */
import express, { type Router } from "express";
import { z } from "zod";

import { address, mostAddresses } from "../../domain/address.ts";
import { siteCode } from "../../domain/identifiers.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import { neighbourByCode, rememberNeighbour } from "../database/sites.ts";
import { parseBody } from "./parse-body.ts";
import { Refusal } from "./refusal.ts";

/** In the order of relative priority. */
const addresses = z.array(address).min(1).max(mostAddresses).readonly();

export function addressFace(database: SiteDatabase): Router {
  const router = express.Router();
  router.use(express.json());
  router.put("/:code", (request, response) => {
    const told = parseBody(addresses, request.body);
    database.transaction(() => {
      const known = neighbourByCode(database, parseBody(siteCode, request.params.code));
      if (!known) throw new Refusal("NOT_FOUND", `no neighbour ${request.params.code}`);
      rememberNeighbour(database, { ...known, addresses: told });
    });
    response.status(204).end();
  });
  return router;
}
