/**
 * The packages of a hierarchy and where each should be, as the SMS Providers of their sites know it; what has arrived
 * is on the board sooner, and that counts. A Provider is asked when its site has told of a change, and again as long as
 * a copy is waited for, since only it knows why one is late.
 */
import { type PackageId, type SiteCode, siteOfPackage } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import type { Board } from "../progress/board.ts";
import type { CopyStatus, ListedPackage } from "../sms-provider.ts";
import type { Topology } from "../topology/plan.ts";
import type { CopyEntry, HierarchyEntries, PackageEntry } from "./live-entries.ts";
import type { LiveState } from "./live-state.ts";

type Deps = {
  readonly hierarchy: RunningHierarchy;
  readonly topology: Topology;
  readonly board: Board;
  readonly state: LiveState<HierarchyEntries>;
};

type Known = { readonly listed: ListedPackage; copies: readonly CopyStatus[] };

export class PackageWatch {
  readonly #deps: Deps;
  readonly #known = new Map<PackageId, Known>();
  /** Sites whose Provider has something new to tell. */
  readonly #changed: Set<SiteCode>;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#changed = new Set(
      deps.topology.sites.flatMap(({ code, type }) => (type === "primary" ? [code] : [])),
    );
  }

  told({ site, component, packages, action }: JournalEvent): void {
    if (component === "SMS_PROVIDER") this.#changed.add(site);
    if (action === "uninstalled") for (const id of packages ?? []) this.#changed.add(siteOfPackage(id));
  }

  /** The sites where it should be. */
  sitesOf(id: PackageId): ReadonlySet<SiteCode> {
    return new Set(this.#known.get(id)?.copies.map(({ site }) => site));
  }

  /** The folders that packages are made of. */
  sources(): string[] {
    return [...new Set([...this.#known.values()].map(({ listed }) => listed.PkgSourcePath))].filter(
      (source) => source !== "",
    );
  }

  /** Asks what there is to be asked. What cannot be asked now is asked the next time. */
  async ask(): Promise<void> {
    for (const code of this.#changed) {
      this.#changed.delete(code);
      try {
        await this.#askSite(code);
      } catch {
        this.#changed.add(code); // it is down, and says so elsewhere
        break;
      }
    }
    for (const [id, known] of this.#known) {
      if (known.copies.length > 0 && known.copies.every((copy) => this.#isDone(copy, known.listed))) continue;
      known.copies = await this.#copiesOf(id).catch(() => known.copies);
    }
  }

  async #askSite(code: SiteCode): Promise<void> {
    const { hierarchy } = this.#deps;
    const listed = (await hierarchy.site(code).provider.packages()).filter(
      ({ PackageID: id }) => siteOfPackage(id) === code,
    );
    const copies = await Promise.all(listed.map(({ PackageID: id }) => this.#copiesOf(id)));
    for (const id of this.#known.keys()) if (siteOfPackage(id) === code) this.#known.delete(id);
    for (const [index, one] of listed.entries())
      this.#known.set(one.PackageID, { listed: one, copies: copies[index] ?? [] });
  }

  async #copiesOf(id: PackageId): Promise<CopyStatus[]> {
    return await this.#deps.hierarchy.site(siteOfPackage(id)).provider.copies(id);
  }

  #isDone({ state, sourceVersion }: CopyStatus, { SourceVersion: wanted }: ListedPackage): boolean {
    return state === "installed" && sourceVersion >= wanted;
  }

  show(): void {
    const { state } = this.#deps;
    const shown = new Set<string>();
    for (const { listed, copies } of this.#known.values()) {
      const entries = copies.map((copy) => this.#copyEntry(listed, copy));
      for (const entry of entries) {
        const key = `copy:${entry.packageId}/${entry.server}` as const;
        shown.add(key);
        state.set(key, entry);
      }
      const key = `package:${listed.PackageID}` as const;
      shown.add(key);
      state.set(key, packageEntry(listed, entries));
    }
    state.keepOnly("package:", shown);
    state.keepOnly("copy:", shown);
  }

  #copyEntry({ SourceVersion: wanted }: ListedPackage, copy: CopyStatus): CopyEntry {
    const { packageId, site, server, reason } = copy;
    const arrival = this.#deps.board.arrivalOf(packageId, server);
    const isThere = (arrival?.sourceVersion ?? 0) >= wanted && copy.state !== "removal pending";
    return {
      packageId,
      site,
      server,
      state: isThere
        ? "installed"
        : copy.state === "installed" && copy.sourceVersion < wanted
          ? "pending"
          : copy.state,
      sourceVersion: arrival?.sourceVersion ?? null,
      arrivedMs: arrival?.emulatedMs ?? null,
      reason: isThere ? "" : reason,
    };
  }
}

function packageEntry(listed: ListedPackage, copies: readonly CopyEntry[]): PackageEntry {
  const count = (wanted: CopyEntry["state"]) => copies.filter(({ state }) => state === wanted).length;
  return {
    id: listed.PackageID,
    name: listed.Name,
    site: siteOfPackage(listed.PackageID),
    sourceVersion: listed.SourceVersion,
    source: listed.PkgSourcePath,
    points: copies.length,
    arrived: count("installed"),
    failed: count("failed"),
  };
}
