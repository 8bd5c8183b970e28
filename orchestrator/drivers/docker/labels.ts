/**
 * The labels of what belongs to a hierarchy in an engine: containers, networks, volumes, services, secrets. They are
 * all the state there is; any later command finds a hierarchy by them. Pure.
 */
import { type SiteCode, siteCode } from "../../../domain/identifiers.ts";
import type { FoundSite } from "../../found-hierarchy.ts";
import type { SitePlan, Topology } from "../../topology/plan.ts";

export const labels = {
  hierarchy: "spoolnet.hierarchy",
  /** The driver that made it. */
  driver: "spoolnet.driver",
  topology: "spoolnet.topology",
  site: "spoolnet.site",
  timeZone: "spoolnet.time-zone",
  /** Of the engine's machine, where the site's HTTP faces are. */
  port: "spoolnet.port",
  /** PEM of who may have made its certificate, where it has one; empty for those that Node knows. */
  authorities: "spoolnet.authorities",
} as const;

export type Labels = Readonly<Record<string, string>>;

export type EngineDriver = "docker" | "swarm";

export function hierarchyLabels({ name, file }: Topology, driver: EngineDriver): Record<string, string> {
  return { [labels.hierarchy]: name, [labels.driver]: driver, [labels.topology]: file };
}

export function siteLabels(
  { code, timeZone, tls }: SitePlan,
  port: number,
  authorities?: string,
): Record<string, string> {
  return {
    [labels.site]: code,
    [labels.timeZone]: timeZone,
    [labels.port]: String(port),
    ...(tls && { [labels.authorities]: authorities ?? "" }),
  };
}

/** For an engine's list of anything: of one hierarchy, or of all that a driver made. */
export function filtersFor(driver: EngineDriver, name?: string): { label: string[] } {
  const which = name === undefined ? labels.hierarchy : `${labels.hierarchy}=${name}`;
  return { label: [which, `${labels.driver}=${driver}`] };
}

export type LabelledSite = {
  readonly code: SiteCode;
  readonly timeZone: string;
  readonly port: number;
  /** Undefined where it speaks HTTP. */
  readonly authorities: string | undefined;
};

/** Undefined for what is not of a site. */
export function siteIn(found: Labels | undefined): LabelledSite | undefined {
  const code = siteCode.safeParse(found?.[labels.site]);
  if (!code.success) return undefined;
  return {
    code: code.data,
    timeZone: found?.[labels.timeZone] ?? "Etc/UTC",
    port: Number(found?.[labels.port]),
    authorities: found?.[labels.authorities],
  };
}

/** As a later command reaches it; `host` is where its port is published. */
export function foundSite(
  { code, timeZone, port, authorities }: LabelledSite,
  host = "127.0.0.1",
): FoundSite {
  const scheme = authorities === undefined ? "http" : "https";
  return { code, timeZone, url: `${scheme}://${host}:${port}`, authorities: authorities || undefined };
}

/** The name of a hierarchy's network, and the beginning of all other names. */
export function engineName(hierarchy: string, site?: SiteCode): string {
  return `spoolnet-${hierarchy}${site === undefined ? "" : `-${site.toLowerCase()}`}`;
}

/** What a site is called by the others on their network. */
export function hostName(code: SiteCode): string {
  return code.toLowerCase();
}
