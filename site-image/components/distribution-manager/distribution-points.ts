/**
 * The distribution points of this site: content onto them, content off them, and a row of package status for each
 * change, which goes up to the parent in the same transaction.
 */
import type { ServerName, SiteCode } from "../../../domain/identifiers.ts";
import type { PackageDefinition } from "../../../domain/package.ts";
import type { PackageStatus } from "../../../domain/package-status.ts";
import { digestOfListing } from "../../content/folder-digest.ts";
import { listFolder } from "../../content/folder-listing.ts";
import { PackageShare } from "../../content/package-share.ts";
import { addOutboundReplication } from "../../database/outbound-replication.ts";
import { packageStatuses, packageStatusOf, rememberPackageStatus } from "../../database/package-status.ts";
import type { SiteDatabase } from "../../database/site-database.ts";
import type { Place } from "../../inboxes/inbox.ts";
import type { ReplicationOutbox } from "../../inboxes/replication-outbox.ts";

type Deps = {
  place: Place;
  database: SiteDatabase;
  outbox: ReplicationOutbox;
  parent: SiteCode | null;
  servers: readonly ServerName[];
};

/** Writes a version's content into an empty folder. `before` is the folder of the version it replaces, if it does. */
export type Fill = (staging: string, before: string | undefined) => Promise<void>;

export class DistributionPoints {
  readonly #deps: Deps;
  readonly #shares: ReadonlyMap<ServerName, PackageShare>;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#shares = new Map(
      deps.servers.map((server) => [server, new PackageShare(deps.place.folders.packageShare(server))]),
    );
  }

  async recover(): Promise<void> {
    for (const share of this.#shares.values()) await share.sweep();
  }

  /** The folder of a distribution point that holds the version whole, if one does. */
  folderWith({ id, sourceVersion }: PackageDefinition): string | undefined {
    for (const [server, share] of this.#shares) {
      const row = this.#row(id, server);
      if (row?.state === "installed" && row.sourceVersion === sourceVersion) return share.path(id);
    }
    return undefined;
  }

  holds(definition: PackageDefinition, server: ServerName): boolean {
    const row = this.#row(definition.id, server);
    return (
      row?.state === "installed" &&
      row.sourceVersion === definition.sourceVersion &&
      row.redistribution === definition.redistribution
    );
  }

  /** Installs the version on a distribution point, whole; one that has it is no work. Rejects with why it failed. */
  async install(definition: PackageDefinition, server: ServerName, fill: Fill): Promise<void> {
    const { place } = this.#deps;
    const { id, sourceVersion, redistribution } = definition;
    const share = this.#shares.get(server);
    if (!share) throw new Error(`site ${place.site} has no distribution point ${server}`);
    if (this.holds(definition, server)) {
      const installed = await share.installedVersion(id);
      if (installed === sourceVersion) return;
      // A run that died when it had taken the package off left the row as it was.
      if (installed === undefined)
        place.reporter.event({ action: "uninstalled", packages: [id], server, text: "found gone" });
    }
    place.reporter.status(2342, `${id} version ${sourceVersion}, ${server}`, id);
    let digest: string | undefined;
    await share.install(
      id,
      sourceVersion,
      async (staging, before) => {
        await fill(staging, before);
        digest = digestOfListing(await listFolder(staging));
      },
      { redistribution },
    );
    // Without a fill it was in place already: the last run died between the swap and the row.
    place.reporter.event({
      action: digest === undefined ? "recorded" : "installed",
      packages: [id],
      sourceVersion,
      redistribution,
      server,
      file: place.folders.shown(share.path(id)),
      ...(digest === undefined ? { text: "found installed" } : { digest }),
    });
    await this.setStatus(definition, server, "installed", "");
    place.reporter.status(2330, `${id} version ${sourceVersion}, ${server}`, id);
  }

  /**
   * Takes the package off the distribution points that are not among `wanted`. What is there counts as much as the
   * rows: a run that died when it had installed it left no row.
   */
  async uninstallBut(definition: PackageDefinition, wanted: readonly ServerName[]): Promise<void> {
    const { place } = this.#deps;
    for (const server of this.#serversKnown(definition.id)) {
      if (wanted.includes(server)) continue;
      const share = this.#shares.get(server);
      const isThere = (await share?.installedVersion(definition.id)) !== undefined;
      const state = this.#row(definition.id, server)?.state ?? "removed";
      if (state === "removed" && !isThere) continue;
      if (share) {
        await share.remove(definition.id);
        const file = place.folders.shown(share.path(definition.id));
        place.reporter.event({ action: "uninstalled", packages: [definition.id], server, file });
      }
      await this.setStatus(definition, server, "removed", "");
      place.reporter.status(30005, `${definition.id}, ${server}`, definition.id);
    }
  }

  /** Writes a row of this site (`server` empty: its compressed copy) if it says something new, and tells the parent. */
  async setStatus(
    definition: PackageDefinition,
    server: PackageStatus["server"],
    state: PackageStatus["state"],
    reason: string,
  ): Promise<void> {
    const { place, database, outbox, parent } = this.#deps;
    const { id: packageId, sourceVersion, redistribution } = definition;
    const before = this.#row(packageId, server);
    const same =
      before?.state === state &&
      before.sourceVersion === sourceVersion &&
      before.redistribution === redistribution &&
      before.reason === reason;
    if (same) return;
    const changedMs = place.clock.now();
    const row: PackageStatus = {
      packageId,
      site: place.site,
      server,
      state,
      sourceVersion,
      redistribution,
      // By the time, so that a site made anew under its old code is not behind what it once said.
      sequence: Math.max((before?.sequence ?? 0) + 1, Math.floor(changedMs)),
      changedMs,
      reason,
    };
    database.transaction(() => {
      rememberPackageStatus(database, row);
      if (!parent) return;
      const object = { kind: "packageStatus" as const, rows: [row] };
      addOutboundReplication(database, {
        destination: parent,
        priority: "low",
        preferredSender: "*",
        object,
      });
    });
    await outbox.flush(place);
  }

  /** Says why the version is not there: on each distribution point that lacks it, and on the site's own row. */
  async setAllMissing(
    definition: PackageDefinition,
    servers: readonly ServerName[],
    state: "retry" | "failed",
    reason: string,
  ): Promise<void> {
    const missing = servers.filter((server) => !this.holds(definition, server));
    for (const server of ["" as const, ...missing]) await this.setStatus(definition, server, state, reason);
  }

  /** The site's distribution points, and those there is a row of from when they were. */
  #serversKnown(id: PackageDefinition["id"]): Set<ServerName> {
    const { place, database } = this.#deps;
    const own = packageStatuses(database, id).filter(({ site }) => site === place.site);
    return new Set([...this.#shares.keys(), ...own.flatMap(({ server }) => (server === "" ? [] : server))]);
  }

  #row(id: PackageDefinition["id"], server: PackageStatus["server"]): PackageStatus | undefined {
    return packageStatusOf(this.#deps.database, id, this.#deps.place.site, server);
  }
}
