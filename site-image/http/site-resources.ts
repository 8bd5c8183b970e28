/**
 * What the site's process has used, for who measures: `GET /site/resources`. Sites in one process all answer for it.
 */
import { hostname } from "node:os";

import type { RequestHandler } from "express";

import type { SiteResources } from "../../domain/site-face.ts";

export const siteResources: RequestHandler = (_request, response) => {
  const { user, system } = process.cpuUsage();
  const used: SiteResources = {
    process: `${hostname()}/${process.pid}`,
    cpuSeconds: (user + system) / 1e6,
    residentBytes: process.memoryUsage.rss(),
  };
  response.json(used);
};
