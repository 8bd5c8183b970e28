/**
 * What is known of a run from the journals of its sites: transfers on their way, what has arrived where, and what
 * went wrong last. Told events in any order between sites; no I/O and no clock.
 */
import type { PackageId, RequestId, ServerName, SiteCode } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";

export type Transfer = {
  readonly request: RequestId;
  readonly from: SiteCode;
  readonly to: SiteCode;
  readonly packages: readonly PackageId[];
  /** The compressed copy of a package; otherwise only words between sites. */
  readonly isContent: boolean;
  state: "sending" | "completed" | "failed";
  bytes: number;
  /** Bytes the receiver has. */
  offset: number;
  /** Where and when the sending under way began: what the rate is counted from. */
  start: { readonly offset: number; readonly emulatedMs: number; readonly realMs: number };
  last: { readonly emulatedMs: number; readonly realMs: number };
};

export type Arrival = {
  readonly packageId: PackageId;
  readonly sourceVersion: number;
  readonly site: SiteCode;
  readonly server: ServerName;
  readonly emulatedMs: number;
  /** When it was installed last: later than that where the same version was installed again. */
  readonly installedMs: number;
  /** Of the compressed copy at the site; undefined where it needed none. */
  readonly compressedBytes: number | undefined;
};

export class Board {
  /** By request, in the order in which they began. */
  readonly transfers = new Map<RequestId, Transfer>();
  /** The newest version on each distribution point, by `arrivalKey`. */
  readonly arrivals = new Map<string, Arrival>();
  /** What each site is waiting for or failed at, until it goes on with something. */
  readonly troubles = new Map<SiteCode, JournalEvent>();
  /** Jobs that carry content; what a sender says names only the job. */
  readonly #contentJobs = new Set<string>();
  /** Sizes of the compressed copies of sites, by site, package and version. */
  readonly #compressedBytes = new Map<string, number>();

  apply(event: JournalEvent): void {
    const { site, action, job } = event;
    if (action === "created" && event.file?.endsWith(".JOB") && event.sourceVersion !== undefined) {
      this.#contentJobs.add(`${site} ${job}`);
    }
    if (action === "failed") this.troubles.set(site, event);
    else if (["completed", "installed", "stored", "withdrawn"].includes(action)) this.troubles.delete(site);
    const { request } = event;
    if (request?.endsWith(site)) this.#applyToTransfer(event, request);
    if (action === "compressed" || action === "stored") {
      for (const id of event.packages ?? [])
        this.#compressedBytes.set(`${site} ${id} ${event.sourceVersion}`, event.bytes ?? 0);
    }
    if (isInstalled(event)) this.#applyInstalled(event);
    if (action === "uninstalled" && event.server) {
      for (const id of event.packages ?? []) this.arrivals.delete(arrivalKey(id, event.server));
    }
  }

  arrivalOf(id: PackageId, server: ServerName): Arrival | undefined {
    return this.arrivals.get(arrivalKey(id, server));
  }

  sending(): Transfer[] {
    return [...this.transfers.values()].filter((transfer) => transfer.state === "sending");
  }

  #applyToTransfer(event: JournalEvent, request: RequestId): void {
    const { action, peer, emulatedMs, realMs } = event;
    const known = this.transfers.get(request);
    const now = { emulatedMs, realMs };
    if (action === "sending" && peer) {
      const offset = event.offset ?? 0;
      this.transfers.set(request, {
        request,
        from: event.site,
        to: peer,
        packages: event.packages ?? [],
        isContent: this.#contentJobs.has(`${event.site} ${event.job}`),
        state: "sending",
        bytes: event.bytes ?? known?.bytes ?? 0,
        offset,
        start: { offset, ...now },
        last: now,
      });
    } else if (known && action === "progress") {
      known.offset = event.offset ?? known.offset;
      known.last = now;
    } else if (known && action === "completed") {
      Object.assign(known, { state: "completed", offset: known.bytes, last: now });
    } else if (known && (action === "failed" || action === "released" || action === "withdrawn")) {
      Object.assign(known, { state: "failed", last: now });
    }
  }

  #applyInstalled(event: JournalEvent): void {
    const { site, server, sourceVersion = 0, emulatedMs } = event;
    if (!server) return;
    for (const packageId of event.packages ?? []) {
      const known = this.arrivalOf(packageId, server);
      if (known && known.sourceVersion >= sourceVersion) {
        // The same version installed again, after a restart or a redistribution, had arrived before.
        const again = known.sourceVersion === sourceVersion;
        if (again) this.arrivals.set(arrivalKey(packageId, server), { ...known, installedMs: emulatedMs });
        continue;
      }
      const compressedBytes = this.#compressedBytes.get(`${site} ${packageId} ${sourceVersion}`);
      const arrival = {
        ...{ packageId, sourceVersion, site, server, emulatedMs, compressedBytes },
        installedMs: emulatedMs,
      };
      this.arrivals.set(arrivalKey(packageId, server), arrival);
    }
  }
}

/** Also a version found in place by a site that died before it could say so: it then only records it. */
export function isInstalled({ action, server, peer, sourceVersion }: JournalEvent): boolean {
  if (server === undefined || sourceVersion === undefined) return false;
  return action === "installed" || (action === "recorded" && peer === undefined);
}

export function arrivalKey(id: PackageId, server: ServerName): string {
  return `${id} ${server}`;
}

/** Bytes per emulated second since the sending began; undefined before there is anything to count. */
export function rateOf({ offset, start, last }: Transfer): number | undefined {
  const seconds = (last.emulatedMs - start.emulatedMs) / 1000;
  return seconds > 0 && offset > start.offset ? (offset - start.offset) / seconds : undefined;
}
