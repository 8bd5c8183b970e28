/**
 * What all renderings have in common: a topology, the image it runs as, and where its files are inside of it. Pure.
 */
import { dirname, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

import type { tlsNames } from "../drivers/docker/site-container.ts";
import { Failure } from "../failure.ts";
import { schemeOf } from "../site-tls.ts";
import type { SitePlan, Topology } from "../topology/plan.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
const projectInside = "/opt/spoolnet";

export type Rendering = {
  /** Its `file` is absolute. */
  readonly topology: Topology;
  readonly topologyText: string;
  readonly image: string;
};

/** A path of this machine, and where it is seen inside. In the image already: what comes with the project. */
export type InsidePath = { readonly here: string; readonly inside: string; readonly isInImage: boolean };

export function insidePath(here: string): InsidePath {
  const way = relative(`${project}topologies`, here);
  const isInImage = way !== ".." && !way.startsWith(`..${sep}`);
  // At the same path as here otherwise, so that what the topology says of its packages holds there too.
  const inside = isInImage ? `${projectInside}/topologies/${way.split(sep).join("/")}` : here;
  return { here, inside, isInImage };
}

/** The package sources that a site has to see, each once. Throws where one is only made when a hierarchy runs. */
export function sourcesInside({ packages }: Topology, site?: SitePlan["code"]): InsidePath[] {
  const made = packages.find(({ madeBytes }) => madeBytes !== undefined);
  if (made) {
    throw new Failure(
      "usage",
      `the package "${made.name}" is given by its size, and its source is made where a hierarchy runs: give it a source folder to render it`,
    );
  }
  const own = packages.filter((pkg) => site === undefined || pkg.site === site);
  return [...new Set(own.map((pkg) => pkg.sourceFolder))]
    .map(insidePath)
    .filter(({ isInImage }) => !isInImage);
}

/** As a file in the folder `from` would name it. */
export function pathFrom(from: string, here: string): string {
  const way = relative(from, here);
  return way.startsWith("..") || way === "" ? here : `./${way}`;
}

/** How the topology file is called in a comment. */
export function topologyName({ file }: Topology): string {
  return insidePath(file).isInImage ? relative(project, file) : file;
}

export function folderOf({ file }: Topology): string {
  return insidePath(file).isInImage ? project : dirname(file);
}

/** The image's own user, said again for an image that says otherwise. */
export const userId = 1000;

export const siteMemory = "384m";

/** The three of a site's certificates, and where they are here. Empty where it has none. */
export function tlsFilesOf({ tls }: SitePlan): (readonly [keyof typeof tlsNames, string])[] {
  if (!tls) return [];
  const { certificateFile, keyFile, authoritiesFile } = tls;
  const own = [["certificate", certificateFile] as const, ["key", keyFile] as const];
  return authoritiesFile === undefined ? own : [...own, ["authorities", authoritiesFile] as const];
}

/** The files of authorities that the orchestrator has to see where the topology says they are, each once. */
export function authoritiesInside({ sites }: Topology): InsidePath[] {
  return [...new Set(sites.flatMap(({ tls }) => tls?.authoritiesFile ?? []))].map(insidePath);
}

/** The URL of all sites for the orchestrator: in a hierarchy each has a certificate, or none. */
export function siteUrlTemplate({ sites: [first] }: Topology, name = "{site}"): string {
  return `${first && schemeOf(first)}://${name}:2003`;
}
