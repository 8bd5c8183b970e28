/**
 * `GET /metrics`: the metrics of a site for Prometheus, which shows the administrator's token like anyone who asks.
 * What makes them is loaded when they are asked for first, as a site that nobody scrapes should not pay for it.
 */
import { Router } from "express";
import type { Registry } from "prom-client";

import type { MetricsDeps } from "../metrics/site-registry.ts";

export function metrics(deps: MetricsDeps): Router {
  const router = Router();
  let made: Promise<Registry> | undefined;
  router.get("/", async (_request, response) => {
    made ??= import("../metrics/site-registry.ts").then(({ siteRegistry }) => siteRegistry(deps));
    const registry = await made;
    response.set("Content-Type", registry.contentType).send(await registry.metrics());
  });
  return router;
}
