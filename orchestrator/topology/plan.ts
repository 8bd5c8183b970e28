/**
 * A topology file that is right, as a plan that can be carried out: ranges and defaults filled in, paths absolute,
 * parents before their children.
 */
import { dirname, resolve } from "node:path";

import type { Address } from "../../domain/address.ts";
import { childrenOf, type SiteInformation } from "../../domain/hierarchy.ts";
import { type ServerName, type SiteCode, serverName } from "../../domain/identifiers.ts";
import type { IntakeLimits } from "../../domain/intake-limits.ts";
import type { SiteLinks } from "../../domain/link.ts";
import type { DistributionPoint, PackageDefinition, Program } from "../../domain/package.ts";
import type { Priority } from "../../domain/priority.ts";
import type { Expectation } from "../expectations/expectation.ts";
import { addressOf } from "./address-words.ts";
import { expandSites, pairsOf } from "./expansion.ts";
import { expectationsOf } from "./expect-plan.ts";
import { type ScenarioPlan, scenarioOf } from "./scenario-plan.ts";
import type { TopologyFile } from "./schema.ts";
import { type SendersPlan, sendersOf } from "./sender-words.ts";
import { intakeOf } from "./share-words.ts";
import { filled } from "./site-codes.ts";
import { siteLinksOf } from "./site-links.ts";
import { targetServers } from "./targets.ts";
import { type TlsPlan, tlsOf } from "./tls-words.ts";

export type SitePlan = SiteInformation & {
  readonly timeZone: string;
  readonly clientAccessPoints: readonly ServerName[];
  readonly managementPoints: readonly ServerName[];
  readonly senders: SendersPlan;
  /** Undefined where its share has the standard limits. */
  readonly intake?: IntakeLimits | undefined;
  /** Undefined where sites speak HTTP. */
  readonly tls?: TlsPlan | undefined;
};

export type PackagePlan = Pick<
  PackageDefinition,
  "name" | "version" | "manufacturer" | "language" | "description"
> & {
  readonly site: SiteCode;
  /** Absolute. Empty for a package that is given by its size alone, until its source is made (made-sources.ts). */
  readonly sourceFolder: string;
  /** The size of the source to make. Undefined where there is one. */
  readonly madeBytes?: number | undefined;
  readonly priority: Priority;
  readonly compressed: boolean;
  /** Absolute. */
  readonly iconFile: string | undefined;
  readonly programs: readonly Program[];
  readonly distributionPoints: readonly DistributionPoint[];
};

/** How one site reaches its parent or its child. */
export type AddressesPlan = {
  readonly from: SiteCode;
  readonly to: SiteCode;
  /** In the order of relative priority; at least one. */
  readonly addresses: readonly Address[];
};

export type Topology = {
  readonly file: string;
  readonly name: string;
  /** What everything random is drawn from. */
  readonly seed: string;
  /** How the sites run where the command does not say. */
  readonly driver: "embedded" | "docker" | "swarm" | undefined;
  /** `startMs` is on the emulated calendar, milliseconds since the Unix epoch. */
  readonly clock: { readonly startMs: number; readonly scale: number };
  /** Parents before their children. */
  readonly sites: readonly SitePlan[];
  /** For each child in the order of `sites`: from its parent down to it, and up again. */
  readonly addresses: readonly AddressesPlan[];
  /** What each site is told of the WAN around it. */
  readonly links: ReadonlyMap<SiteCode, SiteLinks>;
  readonly packages: readonly PackagePlan[];
  readonly scenario: ScenarioPlan;
  readonly expectations: readonly Expectation[];
};

/** `source` is the folder sent instead of the first package's own. Takes what the rules have passed. */
export function planOf(file: string, topology: TopologyFile, source: string | undefined): Topology {
  const startMs = Date.parse(topology.clock.start);
  const circuits = topology.circuits ?? {};
  const seed = String(topology.seed ?? topology.name);
  const written = expandSites(topology.sites, topology.defaults?.site);
  const sites = written.map((one) => sitePlan(file, topology, one));
  const parentsFirst = inOrder(sites);
  const accessOf = new Map(written.map(({ code, site }) => [code, site.access]));
  const seen = { circuits, startMs, timeZone: parentsFirst[0]?.timeZone ?? "Etc/UTC" };
  const packages = topology.packages.map((words, index) =>
    packagePlan(file, words, sites, index === 0 ? source : undefined),
  );
  return {
    file,
    name: topology.name,
    seed,
    driver: topology.driver,
    clock: { startMs, scale: topology.clock.scale },
    sites: parentsFirst,
    addresses: addressPlans(topology, parentsFirst),
    links: siteLinksOf(
      topology,
      parentsFirst.map(({ code, parent }) => ({ code, parent, access: accessOf.get(code) })),
      seen,
      seed,
    ),
    packages,
    scenario: scenarioOf(topology.scenario, topology.chaos, seen),
    expectations: topology.expect.flatMap((words) =>
      expectationsOf(words, {
        startMs,
        timeZone: seen.timeZone,
        pointsOf: (wanted) => pointsOf(sites, wanted),
        sentTo: (name) => packages.find((pkg) => pkg.name === name)?.distributionPoints ?? [],
      }),
    ),
  };
}

function sitePlan(
  file: string,
  { defaults }: TopologyFile,
  { code, key, number, site }: ReturnType<typeof expandSites<TopologyFile["sites"][string]>>[number],
): SitePlan {
  const fill = (servers: readonly string[] = []) =>
    servers.map((server) => serverName.parse(filled(server, { code, number })));
  if (site.type === undefined) throw new Error(`site ${key} has no type, and the rules should have said so`);
  return {
    code,
    name: filled(site.name ?? code, { code, number }),
    type: site.type,
    parent: site.parent ?? null,
    timeZone: site.timeZone ?? "Etc/UTC",
    distributionPoints: fill(site.distributionPoints),
    clientAccessPoints: fill(site.clientAccessPoints ?? ["{site}CAP"]),
    managementPoints: fill(site.managementPoints),
    senders: sendersOf(site.senders, defaults?.site?.senders),
    intake: intakeOf(site.share, defaults?.site?.share),
    tls: tlsOf(site.tls, defaults?.site?.tls, { code, number }, dirname(file)),
  };
}

function packagePlan(
  file: string,
  words: TopologyFile["packages"][number],
  sites: readonly SitePlan[],
  replacement: string | undefined,
): PackagePlan {
  const { source, size, icon, distributionPoints, ...definition } = words;
  const folder = source === undefined ? "" : resolve(dirname(file), source);
  const reach = new Set(withDescendants(sites, definition.site).map(({ code }) => code));
  return {
    ...definition,
    sourceFolder: replacement ?? folder,
    madeBytes: replacement === undefined ? size : undefined,
    iconFile: icon === undefined ? undefined : resolve(folder, icon),
    distributionPoints: pointsOf(sites, distributionPoints).filter(({ site }) => reach.has(site)),
  };
}

function pointsOf(sites: readonly SitePlan[], wanted: "all" | readonly string[]): DistributionPoint[] {
  const byCode = Object.fromEntries(sites.map((site) => [site.code, site]));
  return targetServers({ sites: byCode }, wanted).map(({ site, server }) => ({
    site: site as SiteCode,
    server,
  }));
}

function addressPlans(
  { addresses, defaults, circuits }: TopologyFile,
  sites: readonly SitePlan[],
): AddressesPlan[] {
  const others = defaults?.address ?? {};
  const given = Map.groupBy(
    addresses.flatMap((words) => pairsOf(words.from, words.to).map(({ from, to }) => ({ from, to, words }))),
    ({ from, to }) => `${from} ${to}`,
  );
  const way = (from: SiteCode, to: SiteCode): AddressesPlan => {
    const words = given.get(`${from} ${to}`)?.map((one) => one.words) ?? [{}];
    return { from, to, addresses: words.map((own) => addressOf(own, others, circuits ?? {})) };
  };
  return sites.flatMap(({ code, parent }) => (parent === null ? [] : [way(parent, code), way(code, parent)]));
}

function inOrder(sites: readonly SitePlan[]): SitePlan[] {
  return sites.filter((site) => site.parent === null).flatMap((root) => withDescendants(sites, root.code));
}

/** How `from` reaches `to`, its parent or its child. Throws where it is neither. */
export function addressesFrom(topology: Topology, from: SiteCode, to: SiteCode): readonly Address[] {
  const plan = topology.addresses.find((one) => one.from === from && one.to === to);
  if (!plan) throw new Error(`there is no way from site ${from} to site ${to} in this topology`);
  return plan.addresses;
}

/** A site and all below it, each parent before its children. */
function withDescendants(sites: readonly SitePlan[], code: SiteCode): SitePlan[] {
  const site = sites.find((candidate) => candidate.code === code);
  return [
    ...(site ? [site] : []),
    ...childrenOf(sites, code).flatMap((child) => withDescendants(sites, child.code)),
  ];
}
