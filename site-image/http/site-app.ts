/**
 * The HTTP faces of a site, all at one port.
 */
import express, { type Express } from "express";

import type { SiteDatabase } from "../database/site-database.ts";
import type { Place } from "../inboxes/inbox.ts";
import type { Journal } from "../journal.ts";
import type { MetricsDeps } from "../metrics/site-registry.ts";
import type { SiteConfig } from "../site-config.ts";
import { addressFace } from "./address-face.ts";
import { administratorOnly } from "./administrator.ts";
import { answerWhenFlushed } from "./answer-when-flushed.ts";
import { bodyWithin } from "./body-deadline.ts";
import { events } from "./events.ts";
import { faultFace } from "./fault-face.ts";
import { metrics } from "./metrics.ts";
import { Refusal, refusalHandler } from "./refusal.ts";
import { RequestControl } from "./request-control.ts";
import { siteFace } from "./site-face.ts";
import { siteLogs } from "./site-logs.ts";
import { siteResources } from "./site-resources.ts";
import { siteSystems } from "./site-systems.ts";
import { wmiClasses } from "./sms-provider/classes.ts";
import { Packages } from "./sms-provider/packages.ts";
import { smsProvider } from "./sms-provider/sms-provider.ts";
import { smsSiteShare } from "./sms-site-share.ts";
import { statusMessageFace } from "./status-message-face.ts";

export type SiteHealth = "starting" | "waiting for a clock" | "healthy" | "stopping";

type Deps = Omit<Parameters<typeof siteFace>[0], "requests"> &
  Parameters<typeof faultFace>[0] &
  Omit<MetricsDeps, "place"> & {
    config: SiteConfig;
    database: SiteDatabase;
    journal: Journal;
    /** Each face reports under a component's name of its own. */
    places: { site: Place; share: Place; provider: Place; scheduler: Place };
    health: () => SiteHealth;
    signal: AbortSignal;
  };

export function siteApp(deps: Deps): Express {
  const { config, database, journal, places, health, signal } = deps;
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.get("/health", (_request, response) => {
    const status = health();
    const isUp = status === "healthy" || status === "waiting for a clock";
    const reason = places.site.disk.words;
    // Degraded is 200 all the same: it goes on by itself, and to be restarted or replaced would not help it.
    const told = isUp && reason ? { status: "degraded", reason } : { status };
    response.status(isUp ? 200 : 503).json({ ...told, site: config.code });
  });
  const answering = answerWhenFlushed(places.site);
  app.use("/SMS_SITE", answering, smsSiteShare({ ...deps, place: places.share, intake: config.intake }));
  app.use("/SiteSystems", siteSystems(places.site.folders.siteSystems));
  const requests = new RequestControl({ place: places.scheduler, database });
  const administrator = administratorOnly(config.administratorToken);
  // Who only looks is answered also while the disk takes nothing.
  app.use((request, response, next) =>
    request.method === "GET" ? next() : answering(request, response, next),
  );
  app.use(bodyWithin(places.site.clock));
  app.use("/site/faults", administrator, faultFace(deps));
  app.use("/site/addresses", administrator, addressFace(database));
  app.use("/site/status-messages", administrator, statusMessageFace(database));
  app.use("/site/logs", administrator, siteLogs(places.site.folders.logs));
  app.get("/site/resources", administrator, siteResources);
  app.use("/site", administrator, siteFace({ ...deps, requests }));
  app.use("/metrics", administrator, metrics({ ...deps, place: places.site }));
  app.use("/events", administrator, events(journal, signal));
  app.use("/AdminService", administrator, providerFor(deps, requests));
  app.use((request) => {
    throw new Refusal("NOT_FOUND", request.path);
  });
  app.use(refusalHandler(places.site.reporter));
  return app;
}

/** The SMS Provider of a primary site; a secondary site says where to look instead. */
function providerFor({ config, database, places }: Deps, requests: RequestControl): express.Router {
  if (config.type === "primary") {
    const packages = new Packages({ place: places.provider, database });
    return smsProvider(wmiClasses({ packages, database, requests, site: config.code }));
  }
  const router = express.Router();
  router.use(() => {
    throw new Refusal("NOT_PRIMARY", `ask site ${config.parent}`);
  });
  return router;
}
