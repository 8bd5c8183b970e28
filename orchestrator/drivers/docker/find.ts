/**
 * The hierarchies that the docker driver made, found by their labels: also those half made, or half removed.
 */
import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";

import type { SiteCode } from "../../../domain/identifiers.ts";
import type { FoundHierarchy } from "../../found-hierarchy.ts";
import type { WallClock } from "../../wall-clock.ts";
import type { SitePower } from "../driver.ts";
import { siteAnswers } from "../site-answers.ts";
import { ContainerPower } from "./container-power.ts";
import { engineFailure } from "./engine.ts";
import { filtersFor, foundSite, labels, siteIn } from "./labels.ts";
import { fileIn } from "./one-file.ts";
import { removeHierarchy } from "./remove.ts";
import { tokenName, volumeFolder } from "./site-container.ts";

export async function dockerHierarchies(docker: Docker, wallClock: WallClock): Promise<FoundHierarchy[]> {
  const filters = filtersFor("docker");
  const [containers, networks, volumes] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]).catch((error: unknown) => {
    throw engineFailure("list hierarchies", error);
  });
  const nameOf = (one: { Labels?: Record<string, string> | undefined }) =>
    one.Labels?.[labels.hierarchy] ?? "";
  const names = new Set([...containers, ...networks, ...(volumes.Volumes ?? [])].map(nameOf));
  return await Promise.all(
    [...names].map(async (name): Promise<FoundHierarchy> => {
      const own = containers.filter((container) => nameOf(container) === name);
      const isRunning = own.some(({ State }) => State === "running" || State === "paused");
      const token = await tokenOf(docker, own);
      return {
        name,
        driver: "docker",
        isRunning,
        isLeftOver: !isRunning,
        startedMs: 1000 * Math.min(...own.map(({ Created }) => Created), Number.MAX_SAFE_INTEGER / 1000),
        root: undefined,
        sites: own.flatMap(sitesOf).sort((a, b) => a.code.localeCompare(b.code)),
        token,
        power: (code) => powerOf(docker, own, code, token, wallClock),
        down: () => removeHierarchy(docker, name),
      };
    }),
  );
}

function powerOf(
  docker: Docker,
  containers: readonly ContainerInfo[],
  code: SiteCode,
  administratorToken = "",
  wallClock: WallClock,
): SitePower | undefined {
  const found = containers.find(({ Labels }) => siteIn(Labels)?.code === code);
  const [site] = found ? sitesOf(found) : [];
  if (!found || !site) return undefined;
  const { signal } = new AbortController();
  const answers = () => siteAnswers({ ...site, administratorToken, wallClock, signal, everyMs: 100 });
  return new ContainerPower(docker.getContainer(found.Id), answers);
}

function sitesOf({ Labels }: ContainerInfo) {
  const site = siteIn(Labels);
  return site ? [foundSite(site)] : [];
}

/** All sites have the same one. */
async function tokenOf(docker: Docker, containers: readonly ContainerInfo[]): Promise<string | undefined> {
  for (const { Id } of containers) {
    const token = await fileIn(docker.getContainer(Id), `${volumeFolder}/${tokenName}`).catch(
      () => undefined,
    );
    if (token) return token;
  }
  return undefined;
}
