/**
 * What each site is told of the WAN around it (domain/link.ts), made of the links and access links of a topology file.
 */
import type { SiteCode } from "../../domain/identifiers.ts";
import { type Link, type Outage, openLink, type SiteLinks } from "../../domain/link.ts";
import { bytesPerSecondOf, type Circuits, circuitNamed, type Speed } from "./circuits.ts";
import { pairsOf } from "./expansion.ts";
import type { AccessWords, EachWay, LinkQuality, OutageWords } from "./link-words.ts";
import { momentMs } from "./moment.ts";
import type { TopologyFile } from "./schema.ts";
import { sitesNamed } from "./site-codes.ts";

type Seen = {
  readonly circuits: Circuits;
  readonly startMs: number;
  /** Of the central site: days and dates are read on its clock. */
  readonly timeZone: string;
};

type SiteAccess = {
  readonly code: SiteCode;
  readonly parent: SiteCode | null;
  readonly access: AccessWords | undefined;
};

/** The links of every site of `sites`, by its code. Takes what the rules have passed. */
export function siteLinksOf(
  topology: TopologyFile,
  sites: readonly SiteAccess[],
  seen: Seen,
  seed: string,
): Map<SiteCode, SiteLinks> {
  const others = topology.defaults?.link ?? {};
  const to = new Map(sites.map(({ code }): [string, Partial<Record<SiteCode, Link>>] => [code, {}]));
  for (const { between, ...own } of topology.links) {
    const [one = "", other = ""] = between;
    for (const pair of pairsOf(one, other)) {
      for (const [from, target] of [
        [pair.from, pair.to],
        [pair.to, pair.from],
      ] as const) {
        const links = to.get(from);
        if (links) links[target as SiteCode] = linkFrom(from, own, others, seen);
      }
    }
  }
  // Who sends to a site with an access link is told that the way ends in a link, so that it keeps little on its way.
  for (const { code, parent, access } of sites) {
    const neighbours = [parent, ...sites.filter((site) => site.parent === code).map((child) => child.code)];
    for (const neighbour of access ? neighbours : []) {
      const links = neighbour && to.get(neighbour);
      if (links) links[code] ??= openLink;
    }
  }
  return new Map(
    sites.map(({ code, access }) => [
      code,
      // Each site draws its own delays: what it meets does not depend on how many others there are.
      { ...accessLinks(access, seen), to: to.get(code) ?? {}, seed: `${seed}/${code}` },
    ]),
  );
}

/** One way of a link, the one that comes from `from`. What the link says goes before what is said for every link. */
function linkFrom(from: string, own: LinkQuality, others: LinkQuality, seen: Seen): Link {
  const [said, otherwise] = [own, others].map(({ circuit, bandwidth, latency, jitter }) => {
    const line = circuit === undefined ? undefined : circuitNamed(circuit, seen.circuits);
    const speed = wayFrom(from, bandwidth);
    return {
      bytesPerSecond: speed ? bytesPerSecondOf(speed, seen.circuits) : line?.bytesPerSecond,
      latencyMs: wayFrom(from, latency) ?? line?.latencyMs,
      jitterMs: wayFrom(from, jitter) ?? line?.jitterMs,
    };
  });
  return linkOf(
    said?.bytesPerSecond ?? otherwise?.bytesPerSecond,
    said?.latencyMs ?? otherwise?.latencyMs,
    said?.jitterMs ?? otherwise?.jitterMs,
    outagesOf(own.outages ?? others.outages, seen),
  );
}

/** What holds both ways, or what is said of the way from one site. */
function wayFrom<Value>(from: string, said: EachWay<Value> | undefined): Value | undefined {
  if (said === undefined || "both" in said) return said?.both;
  const found = Object.entries(said.from).find(([key]) => sitesNamed(key)?.some(({ code }) => code === from));
  return found?.[1];
}

function accessLinks(access: AccessWords = {}, seen: Seen): Pick<SiteLinks, "up" | "down"> {
  const line = access.circuit === undefined ? undefined : circuitNamed(access.circuit, seen.circuits);
  const way = (speed: Speed | undefined): Link =>
    linkOf(
      speed ? bytesPerSecondOf(speed, seen.circuits) : line?.bytesPerSecond,
      access.latency ?? line?.latencyMs,
      access.jitter ?? line?.jitterMs,
      outagesOf(access.outages, seen),
    );
  return { up: way(access.up), down: way(access.down) };
}

function linkOf(
  bytesPerSecond: number | undefined,
  latencyMs = 0,
  jitterMs = 0,
  outages: readonly Outage[] = [],
): Link {
  const link = { latencyMs, jitterMs, outages, isCut: false };
  return bytesPerSecond === undefined ? link : { ...link, bytesPerSecond };
}

function outagesOf(words: readonly OutageWords[] | undefined, { startMs, timeZone }: Seen): Outage[] {
  return (words ?? []).map(({ at, for: lasts }) => {
    const fromMs = momentMs(at, startMs, timeZone);
    return { fromMs, untilMs: fromMs + lasts };
  });
}
