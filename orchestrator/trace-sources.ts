/**
 * Where a trace reads from: the folders of sites on this machine, or running sites over HTTP.
 */
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { z } from "zod";

import { type PackageId, packageId, type SiteCode } from "../domain/identifiers.ts";
import type { JournalEvent } from "../domain/journal.ts";
import { Failure } from "./failure.ts";
import type { FoundHierarchy } from "./found-hierarchy.ts";
import { readRecord } from "./hierarchy-record.ts";
import { journalEvents, sitesWithJournal } from "./journal-files.ts";
import { allHierarchies } from "./running-hierarchies.ts";
import { noHierarchy, type SiteAt } from "./running-sites.ts";
import { SiteClient } from "./site-client.ts";
import type { WallClock } from "./wall-clock.ts";

export type TraceSource = {
  readonly events: readonly JournalEvent[];
  readonly names: ReadonlyMap<PackageId, string>;
  readonly timeZones: ReadonlyMap<SiteCode, string>;
};

/**
 * The hierarchy of that name, or the one this user started last: over HTTP while it runs, else from its folder.
 * Undefined before the first.
 */
export async function fromHierarchy(wallClock: WallClock, name?: string): Promise<TraceSource | undefined> {
  const all = await allHierarchies(wallClock);
  const found = all.find((one) => name === undefined || one.name === name);
  if (name !== undefined && !found) {
    const known = all.map((one) => one.name).join(", ") || "none";
    throw new Failure("usage", `expected the name of a hierarchy, found "${name}" (known: ${known})`);
  }
  return found && (await fromFound(found, wallClock));
}

async function fromFound(found: FoundHierarchy, wallClock: WallClock): Promise<TraceSource> {
  const { name, root, isRunning, sites, token } = found;
  if (!isRunning && root !== undefined) return await fromFolder(root);
  if (!token)
    throw new Failure(
      "environment",
      `the hierarchy "${name}" is not whole: spoolnet down ${name} removes it`,
    );
  return { ...(await fromSites(sites, token, wallClock)), timeZones: zonesOf(found) };
}

/** The journals under a root, whether or not its hierarchy runs. */
export async function fromFolder(folder: string): Promise<TraceSource> {
  const root = resolve(folder);
  const sites = await sitesWithJournal(root);
  if (sites.length === 0) {
    noHierarchy(`${root}: expected folders of sites with a journal.jsonl, found none`);
  }
  const record = await readRecord(root);
  const events = await Promise.all(sites.map((site) => Array.fromAsync(journalEvents(root, site))));
  const names = await Promise.all(sites.map((site) => namesAt(join(root, site, "SMS/Inboxes/Pkginfo.box"))));
  return {
    events: events.flat(),
    names: new Map(names.flat()),
    timeZones: record ? zonesOf(record) : new Map(),
  };
}

export async function fromSites(
  sites: readonly SiteAt[],
  administratorToken: string,
  wallClock: WallClock,
): Promise<TraceSource> {
  const read = await Promise.all(
    sites.map(async (at) => {
      await using site = new SiteClient({ ...at, administratorToken, wallClock });
      const events = await site.keptEvents();
      // A secondary site has no Provider; the primary above it knows the name as well.
      const packages = (await site.describe()).type === "primary" ? await site.provider.packages() : [];
      return { events, names: packages.map(({ PackageID, Name }) => [PackageID, Name] as const) };
    }),
  );
  return {
    events: read.flatMap(({ events }) => events),
    names: new Map(read.flatMap(({ names }) => names)),
    timeZones: new Map(),
  };
}

/** The package meant by an id in any letters, or by a name. */
export function packageIn({ events, names }: TraceSource, wanted: string): PackageId {
  const known = new Set([...events.flatMap((event) => event.packages ?? []), ...names.keys()]);
  const id = packageId.safeParse(wanted.toUpperCase());
  if (id.success && known.has(id.data)) return id.data;
  const named = [...names].filter(([, name]) => name.toLowerCase() === wanted.toLowerCase());
  const [first] = named;
  if (first && named.length === 1) return first[0];
  if (named.length > 1) {
    throw new Failure(
      "usage",
      `"${wanted}" is the name of ${named.map(([id]) => id).join(" and ")}: give an id`,
    );
  }
  const list = [...known].map((id) => `${id}${names.has(id) ? ` "${names.get(id)}"` : ""}`).join(", ");
  throw new Failure(
    "usage",
    `expected the id or name of a package, found "${wanted}" (known: ${list || "none yet"})`,
  );
}

function zonesOf({
  sites,
}: {
  readonly sites: readonly { code: SiteCode; timeZone: string }[];
}): Map<SiteCode, string> {
  return new Map(sites.map(({ code, timeZone }) => [code, timeZone]));
}

const packageInformation = z.object({ packageId, name: z.string() });

/** Names from what a site tells its clients: one document a package. */
async function namesAt(folder: string): Promise<(readonly [PackageId, string])[]> {
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".PKG"));
  const found = await Promise.all(
    files.map(async (name) => {
      try {
        const read = packageInformation.parse(JSON.parse(await readFile(join(folder, name), "utf8")));
        return [read.packageId, read.name] as const;
      } catch {
        return undefined; // deleted meanwhile
      }
    }),
  );
  return found.filter((entry) => entry !== undefined);
}
