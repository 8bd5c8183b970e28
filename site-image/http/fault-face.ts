/**
 * Where a site is told what shall go wrong with it (`/site/faults`), and what of that holds now.
 */
import express, { type Router } from "express";

import { corruption, shareQuota } from "../../domain/fault.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import type { Faults } from "../faults.ts";
import { parseBody } from "./parse-body.ts";

type Deps = {
  readonly faults: Faults;
  /** Drops every RAS line that is up; returns to which sites they were. */
  readonly dropLines: () => readonly SiteCode[];
};

export function faultFace({ faults, dropLines }: Deps): Router {
  const router = express.Router();
  router.use(express.json());
  router.get("/", (_request, response) => {
    response.json(faults.all);
  });
  router.delete("/", (_request, response) => {
    faults.end();
    response.status(204).end();
  });
  router.put("/quota", (request, response) => {
    faults.limitShare(parseBody(shareQuota, request.body).quotaBytes);
    response.status(204).end();
  });
  router.post("/corrupt", (request, response) => {
    faults.corruptNextFrom(parseBody(corruption, request.body).from);
    response.status(204).end();
  });
  router.post("/drop", (_request, response) => {
    response.json({ dropped: dropLines() });
  });
  return router;
}
