/**
 * A topology as a graph with words on it: its sites, and what lies between each and its parent. What every format draws.
 */
import type { Address, RasLine } from "../../domain/address.ts";
import { formatByteRate } from "../../domain/quantity.ts";
import { ratePhrase } from "../../domain/rate-limit-words.ts";
import { schedulePhrase } from "../../domain/schedule-words.ts";
import { addressesFrom, type SitePlan, type Topology } from "../topology/plan.ts";
import { counted, dateAndTime, siteWords } from "../words.ts";
import { linkPhrase } from "./link-phrase.ts";

export type HierarchyGraph = {
  readonly name: string;
  /** `3 sites, from Fri 2003-11-07 17:30:00 America/New_York, at scale 60` */
  readonly summary: string;
  /** Parents before their children. */
  readonly sites: readonly GraphSite[];
};

export type GraphSite = {
  readonly code: string;
  readonly parent: string | null;
  /** `CHI Chicago` */
  readonly title: string;
  /** `primary, America/Chicago` */
  readonly kind: string;
  readonly isPrimary: boolean;
  readonly distributionPoints: readonly string[];
  /** Its access link. Undefined where it has none. */
  readonly access: string | undefined;
  /** What lies between the site and its parent: links, then addresses. */
  readonly way: readonly WayLine[];
  /** Whether the way down to it is over a RAS line, where there is a choice over nothing else. */
  readonly isDialled: boolean;
};

export type WayLine = { readonly what: string; readonly words: string };

export function hierarchyGraph(topology: Topology): HierarchyGraph {
  const { name, sites, clock } = topology;
  const timeZone = centralZone(topology);
  const start = `${dateAndTime(clock.startMs, timeZone)} ${timeZone}`;
  return {
    name,
    summary: `${counted(sites.length, "site")}, from ${start}, at scale ${clock.scale}`,
    sites: sites.map((site) => graphSite(topology, site)),
  };
}

/** The points of a site, or that there are none. */
export function pointsPhrase({ distributionPoints }: GraphSite): string {
  return distributionPoints.length === 0 ? "no distribution points" : distributionPoints.join(", ");
}

/** The sites directly below `code`; with null, the central site. */
export function sitesBelow({ sites }: HierarchyGraph, code: string | null): GraphSite[] {
  return sites.filter(({ parent }) => parent === code);
}

function graphSite(topology: Topology, site: SitePlan): GraphSite {
  const { code, parent } = site;
  const down = parent === null ? [] : addressesFrom(topology, parent, code);
  return {
    code,
    parent,
    title: inLine(siteWords(site)),
    kind: `${site.type}, ${site.timeZone}`,
    isPrimary: site.type === "primary",
    distributionPoints: site.distributionPoints,
    access: accessPhrase(topology, site),
    way: [...linkLines(topology, site), ...addressLines(topology, site)],
    isDialled: down.length > 0 && down.every(({ line }) => line !== null),
  };
}

function accessPhrase(topology: Topology, { code }: SitePlan): string | undefined {
  const links = topology.links.get(code);
  const [up, down] = [links?.up, links?.down].map((link) => linkPhrase(link, told(topology)));
  if (up === down) return up;
  return `up ${up ?? "unlimited"}; down ${down ?? "unlimited"}`;
}

function linkLines(topology: Topology, { code, parent }: SitePlan): WayLine[] {
  if (parent === null) return [];
  const [down, up] = [topology.links.get(parent)?.to[code], topology.links.get(code)?.to[parent]].map(
    (link) => linkPhrase(link, told(topology)),
  );
  if (down === undefined && up === undefined) return [];
  if (down === up) return [{ what: "link", words: down ?? "" }];
  return [
    { what: "link down", words: down ?? "unlimited" },
    { what: "link up", words: up ?? "unlimited" },
  ];
}

/** What is the same in both directions is said once. */
function addressLines(topology: Topology, { code, parent }: SitePlan): WayLine[] {
  if (parent === null) return [];
  const [down = [], up = []] = [
    addressesFrom(topology, parent, code),
    addressesFrom(topology, code, parent),
  ].map((addresses) => addresses.map(addressPhrase));
  const lines = (what: string, phrases: readonly string[]) =>
    phrases.map((words, at) => ({ what: phrases.length === 1 ? what : `${what} ${at + 1}`, words }));
  if (down.join("\n") === up.join("\n")) return lines("each way", down);
  return [...lines("down", down), ...lines("up", up)];
}

function addressPhrase({ sender, schedule, rateLimit, line }: Address): string {
  const by = line === null ? sender : `${sender} over ${linePhrase(line)}`;
  return [by, schedulePhrase(schedule), ratePhrase(rateLimit)].join(" · ");
}

function linePhrase({ bytesPerSecond, busy, noAnswer, dropPerMinute }: RasLine): string {
  const percent = (chance: number) => `${Number((chance * 100).toPrecision(6))}%`;
  const mishaps = [
    busy > 0 ? `busy ${percent(busy)}` : [],
    noAnswer > 0 ? `no answer ${percent(noAnswer)}` : [],
    dropPerMinute > 0 ? `drops ${percent(dropPerMinute)} a minute` : [],
  ].flat();
  const speed = formatByteRate(bytesPerSecond);
  return mishaps.length === 0 ? speed : `${speed} (${mishaps.join(", ")})`;
}

const told = (topology: Topology) => ({ timeZone: centralZone(topology), startMs: topology.clock.startMs });

/** Of the central site: what is not a site's own is told on its clock. */
const centralZone = ({ sites }: Topology) => sites[0]?.timeZone ?? "Etc/UTC";

/** A name may be any text, and a drawing has one line for it. */
const inLine = (text: string) => text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
