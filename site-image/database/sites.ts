/**
 * The sites known here, and the neighbours this site exchanged keys with.
 */
import { z } from "zod";
import { type Address, address, type SiteShare, siteShare } from "../../domain/address.ts";
import type { SiteInformation } from "../../domain/hierarchy.ts";
import type { SiteCode } from "../../domain/identifiers.ts";
import type { Relation } from "../../domain/site-face.ts";
import type { SiteDatabase } from "./site-database.ts";

type SiteRow = Omit<SiteInformation, "distributionPoints"> & { distribution_points: string };

export function knownSites(database: SiteDatabase): SiteInformation[] {
  return database
    .all<SiteRow>("SELECT code, name, type, parent, distribution_points FROM site ORDER BY code")
    .map(({ distribution_points, ...site }) => ({
      ...site,
      distributionPoints: JSON.parse(distribution_points),
    }));
}

/** Keeps what a site says of itself. True if it is news. */
export function rememberSite(database: SiteDatabase, site: SiteInformation): boolean {
  return (
    database.run(
      `INSERT INTO site (code, name, type, parent, distribution_points) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (code) DO UPDATE SET name = ?2, type = ?3, parent = ?4, distribution_points = ?5
       WHERE (name, type, coalesce(parent, ''), distribution_points) IS NOT (?2, ?3, coalesce(?4, ''), ?5)`,
      site.code,
      site.name,
      site.type,
      site.parent,
      JSON.stringify(site.distributionPoints),
    ) > 0
  );
}

/** A site this one sends to and takes from. */
export type KnownNeighbour = {
  readonly code: SiteCode;
  readonly relation: Relation;
  readonly publicKey: string;
  readonly share: SiteShare;
  /** In the order of relative priority; at least one. */
  readonly addresses: readonly Address[];
  readonly acceptsAccount: string;
  /** Only the SHA-256 of the secret is kept: it is 256 random bits, so a plain hash is enough. */
  readonly acceptsSecretSha256: string;
};

const neighbourColumns = `code, relation, public_key AS publicKey, share, addresses, accepts_account AS acceptsAccount,
  accepts_secret_sha256 AS acceptsSecretSha256`;

type NeighbourRow = Omit<KnownNeighbour, "share" | "addresses"> & { share: string; addresses: string };

/** Parsed once for each text: a schedule of 168 hours is long, and every request that waits asks for its address. */
const parsedAddresses = new Map<string, readonly Address[]>();
const mostParsed = 1000;

function neighbourOf(row: NeighbourRow): KnownNeighbour {
  const addresses = parsedAddresses.get(row.addresses) ?? z.array(address).parse(JSON.parse(row.addresses));
  if (parsedAddresses.size >= mostParsed) parsedAddresses.clear();
  parsedAddresses.set(row.addresses, addresses);
  return { ...row, share: siteShare.parse(JSON.parse(row.share)), addresses };
}

export function neighbours(database: SiteDatabase): KnownNeighbour[] {
  return database
    .all<NeighbourRow>(`SELECT ${neighbourColumns} FROM neighbour ORDER BY code`)
    .map(neighbourOf);
}

export function neighbourByCode(database: SiteDatabase, code: SiteCode): KnownNeighbour | undefined {
  const row = database.one<NeighbourRow>(`SELECT ${neighbourColumns} FROM neighbour WHERE code = ?`, code);
  return row && neighbourOf(row);
}

export function neighbourByAccount(database: SiteDatabase, account: string): KnownNeighbour | undefined {
  const row = database.one<NeighbourRow>(
    `SELECT ${neighbourColumns} FROM neighbour WHERE accepts_account = ?`,
    account,
  );
  return row && neighbourOf(row);
}

export function rememberNeighbour(database: SiteDatabase, neighbour: KnownNeighbour): void {
  database.run(
    `INSERT INTO neighbour (code, relation, public_key, share, addresses, accepts_account, accepts_secret_sha256)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
     ON CONFLICT (code) DO UPDATE SET relation = ?2, public_key = ?3, share = ?4, addresses = ?5,
       accepts_account = ?6, accepts_secret_sha256 = ?7, revision = revision + 1`,
    neighbour.code,
    neighbour.relation,
    neighbour.publicKey,
    JSON.stringify(neighbour.share),
    JSON.stringify(neighbour.addresses),
    neighbour.acceptsAccount,
    neighbour.acceptsSecretSha256,
  );
}

/**
 * For a site that was made anew under its old code: it counts its requests anew and holds nothing of what it was
 * sent, so it is told of every package again.
 */
export function forgetHistoryWith(database: SiteDatabase, site: SiteCode): void {
  database.transaction(() => {
    database.run("DELETE FROM received_request WHERE site = ?", site);
    database.run("DELETE FROM upload WHERE site = ?", site);
    database.run("DELETE FROM status_tally WHERE site = ?", site);
    database.run("INSERT INTO wakeup (package_id) SELECT package_id FROM replicated WHERE site = ?", site);
    database.run("DELETE FROM replicated WHERE site = ?", site);
  });
}

/** Rises whenever an address is made or changed. */
export function addressRevision(database: SiteDatabase): number {
  return (
    database.kept<{ revision: number }>(
      "neighbour",
      "SELECT coalesce(sum(revision), 0) AS revision FROM neighbour",
    )?.revision ?? 0
  );
}
