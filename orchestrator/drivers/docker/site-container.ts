/**
 * A site as a container of the Docker engine: an ordinary user, a read-only root file system, no capabilities, a port
 * on loopback, its folder in a volume. Pure: what the engine is asked to make.
 */
import type { ContainerCreateOptions } from "dockerode";

import { siteEnvironment } from "../../site-environment.ts";
import { tlsEnvironment } from "../../site-tls.ts";
import type { SitePlan } from "../../topology/plan.ts";
import { engineName, hostName, type Labels, siteLabels } from "./labels.ts";
import { sourceMounts } from "./source-mounts.ts";

export const sitePort = 2003;
/** The site's volume: its folder, and beside it the token, which only it can read. */
export const volumeFolder = "/var/lib/spoolnet";
export const tokenName = "administrator-token";
/** Of the image's user, which owns what it writes. */
export const userId = 1000;

/** What a site that carries large files uses at most, with what V8 is allowed in the image, and as much again for the health check and the page cache. */
export const memoryBytes = 384 * 1024 * 1024;
/** Threads included: a site has about a dozen. */
export const mostProcesses = 200;

export type SiteContainer = {
  readonly hierarchy: string;
  readonly plan: SitePlan;
  readonly image: string;
  readonly port: number;
  /** Of the hierarchy. */
  readonly labels: Labels;
  /** Package source folders of this machine. */
  readonly sources: readonly string[];
  /** PEM of what is believed of the site; undefined where it has no certificate, or one of those that Node knows. */
  readonly authorities?: string | undefined;
};

/** What a site has of certificates, by the names of the files in its volume. */
export const tlsNames = {
  certificate: "certificate.pem",
  key: "certificate.key",
  authorities: "authorities.pem",
} as const;

export function containerOptions(site: SiteContainer): ContainerCreateOptions & { name: string } {
  const { hierarchy, plan, image, port, sources } = site;
  const name = engineName(hierarchy, plan.code);
  const environment = {
    ...siteEnvironment(plan),
    SPOOLNET_ADMINISTRATOR_TOKEN_FILE: `${volumeFolder}/${tokenName}`,
    ...tlsFilesIn(volumeFolder, plan),
  };
  return {
    name,
    Image: image,
    User: `${userId}:${userId}`, // also where SPOOLNET_IMAGE names an image that says otherwise
    Hostname: hostName(plan.code),
    Env: Object.entries(environment).map(([key, value]) => `${key}=${value}`),
    Labels: { ...site.labels, ...siteLabels(plan, port, site.authorities) },
    ExposedPorts: { [`${sitePort}/tcp`]: {} },
    StopTimeout: 10,
    HostConfig: {
      Init: true,
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      Tmpfs: { "/tmp": "noexec,nosuid,nodev" },
      Memory: memoryBytes,
      PidsLimit: mostProcesses,
      Mounts: [{ Type: "volume", Source: name, Target: volumeFolder }, ...sourceMounts(sources)],
      PortBindings: { [`${sitePort}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
      NetworkMode: engineName(hierarchy),
    },
    NetworkingConfig: { EndpointsConfig: { [engineName(hierarchy)]: { Aliases: [hostName(plan.code)] } } },
  };
}

/** The environment of a site whose files of certificates are in a folder under their names; empty where it has none. */
export function tlsFilesIn(folder: string, { tls }: Pick<SitePlan, "tls">): Record<string, string> {
  if (!tls) return {};
  const at = (name: string) => `${folder}/${name}`;
  return tlsEnvironment({
    certificate: at(tlsNames.certificate),
    key: at(tlsNames.key),
    authorities: tls.authoritiesFile === undefined ? "" : at(tlsNames.authorities),
  });
}
