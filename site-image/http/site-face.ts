/**
 * The face an orchestrator uses: who the site is, its clock, the links around it, its neighbours.
 * `PUT /site/neighbours/<code>` on both sites attaches a child to its parent: each then has the other's public key, an
 * address, and the secret it accepts; `DELETE` on both parts them. What the site is sending is here as well, since a
 * secondary site has no SMS Provider.
 */
import express, { type Router } from "express";

import { type ClockTimeline, clockTimeline } from "../../domain/clock.ts";
import { subtreeOf } from "../../domain/hierarchy.ts";
import { type SiteCode, siteCode } from "../../domain/identifiers.ts";
import { type SiteLinks, siteLinks } from "../../domain/link.ts";
import type { Priority } from "../../domain/priority.ts";
import type { ReplicationObject } from "../../domain/replication.ts";
import { requestAction } from "../../domain/send-request.ts";
import { type Neighbour, neighbour, type SiteDescription } from "../../domain/site-face.ts";
import { addOutboundReplication } from "../database/outbound-replication.ts";
import { packageStatuses } from "../database/package-status.ts";
import { forgetRemoval, isRemoved, lastChangeMs, removeSites } from "../database/removed-sites.ts";
import type { SiteDatabase } from "../database/site-database.ts";
import {
  forgetHistoryWith,
  knownSites,
  neighbourByCode,
  neighbours,
  rememberNeighbour,
} from "../database/sites.ts";
import type { Place } from "../inboxes/inbox.ts";
import type { ReplicationOutbox } from "../inboxes/replication-outbox.ts";
import { inboxDepths } from "../inboxes/send-request-files.ts";
import type { Journal } from "../journal.ts";
import { sha256Of } from "../security/secrets.ts";
import type { SiteKey } from "../security/site-key.ts";
import type { Wan } from "../senders/wan.ts";
import type { SiteConfig } from "../site-config.ts";
import { parseBody } from "./parse-body.ts";
import { Refusal } from "./refusal.ts";
import type { RequestControl } from "./request-control.ts";

type Deps = {
  config: SiteConfig;
  place: Place;
  database: SiteDatabase;
  journal: Journal;
  key: SiteKey;
  outbox: ReplicationOutbox;
  requests: RequestControl;
  /** The clock the site runs by, null while it waits to be told. */
  clock: () => ClockTimeline | null;
  setClock: (timeline: ClockTimeline) => void;
  wan: Wan;
  setLinks: (links: SiteLinks) => void;
};

export function siteFace(deps: Deps): Router {
  const router = express.Router();
  router.use(express.json({ limit: "1mb" }));
  router.get("/", (_request, response) => {
    response.json(describe(deps));
  });
  router.put("/clock", (request, response) => {
    deps.setClock(parseBody(clockTimeline, request.body));
    response.status(204).end();
  });
  router.put("/links", (request, response) => {
    deps.setLinks(parseBody(siteLinks, request.body));
    response.status(204).end();
  });
  router.put("/neighbours/:code", async (request, response) => {
    const told = parseBody(neighbour, request.body);
    if (told.code !== request.params.code)
      throw new Refusal("INVALID", `code: expected ${request.params.code}`);
    attach(deps, told);
    await deps.outbox.flush(deps.place);
    response.status(204).end();
  });
  router.delete("/neighbours/:code", async (request, response) => {
    detach(deps, parseBody(siteCode, request.params.code));
    await deps.outbox.flush(deps.place);
    response.status(204).end();
  });
  router.get("/send-requests", async (_request, response) => {
    response.json({ requests: await deps.requests.list() });
  });
  router.post("/send-requests/:id/:action", async (request, response) => {
    await deps.requests.act(parseBody(requestAction, request.params.action), request.params.id);
    response.status(204).end();
  });
  router.get("/inboxes", async (_request, response) => {
    response.json({ inboxes: await inboxDepths(deps.place.folders) });
  });
  return router;
}

function describe({ config, database, journal, key, clock, place, wan }: Deps): SiteDescription {
  const timeline = clock();
  return {
    code: config.code,
    name: config.name,
    type: config.type,
    parent: config.parent,
    distributionPoints: config.distributionPoints,
    timeZone: config.timeZone,
    publicKey: key.publicKey,
    clock: timeline,
    emulatedMs: timeline && place.clock.now(),
    links: wan.links,
    lastEventMs: journal.last?.emulatedMs ?? null,
    neighbours: neighbours(database).map(({ code, relation, share, addresses }) => ({
      code,
      relation,
      url: share.url,
      addresses,
    })),
    sites: knownSites(database),
  };
}

function attach({ config, place, database }: Deps, told: Neighbour): void {
  const code = siteCode.parse(told.code);
  if (code === config.code) throw new Refusal("INVALID", "code: a site is not its own neighbour");
  if (told.relation === "child" && config.type === "secondary") {
    throw new Refusal("CONFLICT", `only primary sites have children, and ${config.code} is a secondary site`);
  }
  if (told.relation === "parent" && told.code !== config.parent) {
    throw new Refusal(
      "CONFLICT",
      `the parent of ${config.code} is ${config.parent ?? "nobody: it is a central site"}`,
    );
  }
  database.transaction(() => {
    const before = neighbourByCode(database, code);
    if (before && before.publicKey !== told.publicKey) forgetHistoryWith(database, code); // made anew
    forgetRemoval(database, code);
    rememberNeighbour(database, {
      code,
      relation: told.relation,
      publicKey: told.publicKey,
      share: told.share,
      addresses: told.addresses,
      acceptsAccount: told.accepts.account,
      acceptsSecretSha256: sha256Of(told.accepts.secret),
    });
    if (told.relation === "child") return;
    // The parent learns of this site, and of those below it that attached before it did.
    const below = subtreeOf(knownSites(database), config.code);
    const sites = knownSites(database).filter((site) => below.has(site.code));
    const tell = (priority: Priority, object: ReplicationObject) =>
      addOutboundReplication(database, { destination: code, priority, preferredSender: "*", object });
    tell("high", { kind: "sites", sites, atMs: place.clock.now() });
    // One that was removed and is back knows nothing more of what is held here and below.
    const rows = packageStatuses(database);
    if (!before && rows.length > 0) tell("low", { kind: "packageStatus", rows });
  });
  place.reporter.event({ action: "attached", peer: code, text: `${told.relation} at ${told.share.url}` });
  place.reporter.info(`Exchanged keys with ${told.relation} site ${code}, address ${told.share.url}`);
}

/** Done again, it changes nothing more. */
function detach({ config, place, database }: Deps, code: SiteCode): void {
  const found = neighbourByCode(database, code);
  if (!found && isRemoved(database, code)) return;
  if (!found) throw new Refusal("NOT_FOUND", `site ${code} is no neighbour of site ${config.code}`);
  const codes = found.relation === "child" ? [...subtreeOf(knownSites(database), code)] : [code];
  const atMs = Math.max(place.clock.now(), lastChangeMs(database, codes)); // clocks of machines differ a little
  database.transaction(() => {
    const sites = removeSites(database, config.code, codes, atMs);
    if (!config.parent || found.relation === "parent") return;
    const object = { kind: "sitesRemoved" as const, sites, atMs };
    const destination = config.parent;
    addOutboundReplication(database, { destination, priority: "high", preferredSender: "*", object });
  });
  place.reporter.event({
    action: "detached",
    peer: code,
    text: `${found.relation} site ${code} was removed`,
  });
  place.reporter.info(`Removed ${found.relation} site ${code}: nothing is sent there any more`);
}
