/**
 * What sites tell each other of themselves and of packages, once this site believes it: what is news is kept and, where
 * it should know too, told to the parent. What later news has overtaken is none.
 */
import type { SiteCode } from "../../../domain/identifiers.ts";
import type { Priority } from "../../../domain/priority.ts";
import type { ReplicationObject } from "../../../domain/replication.ts";
import { addOutboundReplication } from "../../database/outbound-replication.ts";
import { rememberPackageStatus } from "../../database/package-status.ts";
import { forgetSentContent, rememberHeldContent } from "../../database/packages.ts";
import { isOutdated, isRemoved, isThereSince, removeSites } from "../../database/removed-sites.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import { rememberSite } from "../../database/sites.ts";
import { rememberStatusTally } from "../../database/status-messages.ts";
import type { Place } from "../../inboxes/inbox.ts";

type Deps = { place: Place; database: SiteDatabase; parent: SiteCode | null };

/** Definitions and compressed copies come in another way. */
type News = Exclude<ReplicationObject, { kind: "package" | "content" }>;

/** News of sites without those of which later news has come on another way. */
export function withoutOutdated(database: SiteDatabase, object: ReplicationObject): ReplicationObject {
  switch (object.kind) {
    case "packageStatus":
      return { ...object, rows: object.rows.filter(({ site }) => !isRemoved(database, site)) };
    case "sites":
      return {
        ...object,
        sites: object.sites.filter(({ code }) => !isOutdated(database, code, object.atMs)),
      };
    case "sitesRemoved":
      return { ...object, sites: object.sites.filter((code) => !isOutdated(database, code, object.atMs)) };
    default:
      return object;
  }
}

/** Keeps what is news, and tells the parent what it should know too. In a transaction of the caller. */
export function keepNews({ place, database, parent }: Deps, object: News): void {
  const tellParent = (priority: Priority, news: ReplicationObject) => {
    if (!parent) return;
    addOutboundReplication(database, { destination: parent, priority, preferredSender: "*", object: news });
  };
  switch (object.kind) {
    case "packageStatus": {
      const rows = object.rows.filter(
        (row) => !isRemoved(database, row.site) && rememberPackageStatus(database, row),
      );
      if (rows.length > 0) tellParent("low", { kind: "packageStatus", rows });
      for (const row of rows) {
        const { site, server, state, sourceVersion } = row;
        place.reporter.event({
          action: "recorded",
          packages: [row.packageId],
          sourceVersion,
          peer: site,
          ...(server && { server }),
          text: `site ${site}${server && `, ${server}`}: ${state}`,
        });
      }
      return;
    }
    case "statusTally": {
      // The summarizer tells the parent in its own time.
      for (const row of object.rows)
        if (row.site !== place.site && !isRemoved(database, row.site)) rememberStatusTally(database, row);
      return;
    }
    case "sites": {
      const { atMs } = object;
      const sites = object.sites.filter(
        (site) => isThereSince(database, site.code, atMs) && rememberSite(database, site),
      );
      if (sites.length > 0) tellParent("high", { kind: "sites", sites, atMs });
      for (const site of sites) {
        place.reporter.event({
          action: "recorded",
          peer: site.code,
          text: `site ${site.code} is below ${site.parent}`,
        });
      }
      return;
    }
    case "sitesRemoved": {
      const { atMs } = object;
      const sites = removeSites(database, place.site, object.sites, atMs);
      if (sites.length > 0) tellParent("high", { kind: "sitesRemoved", sites, atMs });
      for (const code of sites)
        place.reporter.event({ action: "recorded", peer: code, text: `site ${code} was removed` });
      return;
    }
    case "contentRequest": {
      const { packageId, site, sourceVersion, holds = 0 } = object;
      rememberHeldContent(database, packageId, site, holds);
      if (!forgetSentContent(database, packageId, site, sourceVersion)) return;
      place.reporter.info(`Site ${site} holds no content of package ${packageId} version ${sourceVersion}`);
      return;
    }
  }
}
