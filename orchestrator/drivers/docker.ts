/**
 * A container a site, on a private network made for the hierarchy, through the API of a Docker engine. Labels carry
 * the state (docker/labels.ts): nothing is written on this machine, and any later command finds the hierarchy.
 */
import type Docker from "dockerode";
import type { Container } from "dockerode";

import { Failure, wordsOf } from "../failure.ts";
import type { SiteAt } from "../running-sites.ts";
import { checkCertificateNames, type SiteTlsTexts, schemeOf, tlsTexts } from "../site-tls.ts";
import type { SitePlan, Topology } from "../topology/plan.ts";
import type { WallClock } from "../wall-clock.ts";
import { ContainerPower } from "./docker/container-power.ts";
import { dockerEngine, engineFailure, statusOf } from "./docker/engine.ts";
import { alreadyUp, engineSite } from "./docker/engine-site.ts";
import { siteImage } from "./docker/image.ts";
import {
  engineName,
  filtersFor,
  hierarchyLabels,
  hostName,
  type Labels,
  labels,
  siteIn,
} from "./docker/labels.ts";
import { putFile } from "./docker/one-file.ts";
import { removeHierarchy } from "./docker/remove.ts";
import { containerOptions, tlsNames, tokenName, userId, volumeFolder } from "./docker/site-container.ts";
import { sourcesOf } from "./docker/source-mounts.ts";
import type { Driver, HierarchySettings, RunningSite, SiteHost } from "./driver.ts";
import { FreePorts } from "./free-ports.ts";
import { siteAnswers } from "./site-answers.ts";

/** A bridge of Linux has 1,023 ports; some are left for what a user adds. */
const mostSites = 1_000;

/** Where the port of a site is published. */
const loopback = "127.0.0.1";

/** How often a container is made anew where its port was taken meanwhile. */
const portTries = 5;

export type DockerOptions = {
  readonly wallClock: WallClock;
  /** The image of a site; default: built from this project. */
  readonly image: string | undefined;
};

export function dockerDriver(options: DockerOptions): Driver {
  return {
    name: "docker",
    keepsFolders: false,
    isLabelled: true,
    startsAtOnce: 4,
    async open(topology, settings) {
      if (topology.sites.length > mostSites) {
        throw new Failure(
          "usage",
          `--driver docker: expected at most ${mostSites} sites on one bridge (Linux gives one 1,023 ports), found ${topology.sites.length}: use --driver swarm, or embedded`,
        );
      }
      await checkCertificateNames(topology.sites, (code) => [loopback, hostName(code)]);
      const docker = await dockerEngine();
      await checkFree(docker, topology.name);
      const image = await siteImage(docker, { ...settings, image: options.image });
      await using owned = new AsyncDisposableStack();
      owned.defer(() => removeHierarchy(docker, topology.name));
      await makeNetwork(docker, topology);
      const ports = new FreePorts(await portsInUse(docker));
      const host = new DockerHost({ docker, topology, image, ports, settings, wallClock: options.wallClock });
      owned.move(); // the host removes the same
      return host;
    },
  };
}

/** Anything left with the name is a hierarchy that runs, or the rest of one. */
async function checkFree(docker: Docker, name: string): Promise<void> {
  const filters = filtersFor("docker", name);
  const containers = await docker.listContainers({ all: true, filters }).catch((error: unknown) => {
    throw engineFailure(`list the containers of "${name}"`, error);
  });
  const sites = containers.flatMap(({ Labels, State }) => {
    const site = siteIn(Labels);
    return site ? [`${site.code} ${State}`] : [];
  });
  if (containers.length > 0) throw alreadyUp(name, sites);
  await removeHierarchy(docker, name); // a network or a volume that a crash left
}

async function makeNetwork(docker: Docker, topology: Topology): Promise<void> {
  try {
    await docker.createNetwork({
      Name: engineName(topology.name),
      Driver: "bridge",
      CheckDuplicate: true,
      Labels: hierarchyLabels(topology, "docker"),
    });
  } catch (error) {
    throw statusOf(error) === 409
      ? alreadyUp(topology.name, [])
      : engineFailure("make a network for the hierarchy", error);
  }
}

/** Of all hierarchies, also those of sites that are down just now. */
async function portsInUse(docker: Docker): Promise<number[]> {
  const containers = await docker.listContainers({ all: true, filters: { label: [labels.port] } });
  return containers.flatMap(({ Labels }) => siteIn(Labels)?.port ?? []);
}

function tlsFiles(tls: SiteTlsTexts | undefined): Record<string, string> {
  if (!tls) return {};
  const { certificate, key, authority } = tls;
  const own = { [tlsNames.certificate]: certificate, [tlsNames.key]: key };
  return authority === undefined ? own : { ...own, [tlsNames.authorities]: authority };
}

type Parts = {
  readonly docker: Docker;
  readonly topology: Topology;
  readonly image: string;
  readonly ports: FreePorts;
  readonly settings: HierarchySettings;
  readonly wallClock: WallClock;
};

class DockerHost implements SiteHost {
  readonly #parts: Parts;
  readonly #labels: Labels;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#labels = hierarchyLabels(parts.topology, "docker");
  }

  async startSite(plan: SitePlan): Promise<RunningSite> {
    const { topology, settings } = this.#parts;
    const sources = sourcesOf(topology, plan, settings.sourceFolders);
    try {
      const tls = await tlsTexts(plan);
      await this.#makeVolume(plan);
      const { container, port } = await this.#startContainer(plan, sources, tls);
      const at = {
        code: plan.code,
        url: `${schemeOf(plan)}://${loopback}:${port}`,
        authorities: tls?.authority,
      };
      const power = new ContainerPower(container, () => this.#answers(container, at, settings.signal));
      await power.answers();
      return engineSite({ ...at, plan, sources, power });
    } catch (error) {
      settings.signal.throwIfAborted();
      throw engineFailure(`start site ${plan.code}`, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeHierarchy(this.#parts.docker, this.#parts.topology.name);
  }

  async #makeVolume({ code }: SitePlan): Promise<void> {
    const { docker, topology } = this.#parts;
    await docker.createVolume({ Name: engineName(topology.name, code), Labels: this.#labels });
  }

  async #startContainer(
    plan: SitePlan,
    sources: readonly string[],
    tls: SiteTlsTexts | undefined,
  ): Promise<{ container: Container; port: number }> {
    const { docker, topology, image, ports, settings } = this.#parts;
    for (let tries = 1; ; tries++) {
      const port = await ports.next();
      const site = { hierarchy: topology.name, plan, image, port, labels: this.#labels, sources };
      const container = await docker.createContainer(
        containerOptions({ ...site, authorities: tls?.authority }),
      );
      // In the volume rather than in the environment, which `docker inspect` shows to everybody who may look.
      const files = { [tokenName]: settings.administratorToken, ...tlsFiles(tls) };
      for (const [name, text] of Object.entries(files))
        await putFile(container, { name, text, folder: volumeFolder, mode: 0o600, id: userId });
      try {
        await container.start();
        return { container, port };
      } catch (error) {
        const isTaken = /port is already allocated|address already in use/i.test(wordsOf(error));
        if (!isTaken || tries === portTries) throw error;
        await container.remove({ force: true });
      }
    }
  }

  /** Rejects as soon as the container ends, with what it said. */
  async #answers(container: Container, at: SiteAt, signal: AbortSignal): Promise<void> {
    const { settings, wallClock } = this.#parts;
    const isOver = new AbortController();
    const isUp = new AbortController();
    container.wait({ abortSignal: isUp.signal }).then(
      async () => isOver.abort(await endOf(container, at)),
      () => {}, // it is up, or the engine is gone, which is noticed otherwise
    );
    try {
      await siteAnswers({
        ...at,
        administratorToken: settings.administratorToken,
        wallClock,
        signal: AbortSignal.any([signal, isOver.signal]),
        everyMs: 100,
      });
    } finally {
      isUp.abort();
    }
  }
}

async function endOf(container: Container, { code }: SiteAt): Promise<Failure> {
  const said = await container.logs({ stdout: true, stderr: true, tail: 20 }).catch(() => Buffer.alloc(0));
  const words = logText(said).trim();
  return new Failure(
    "environment",
    `the container of site ${code} ended as soon as it was started: ${words}`,
  );
}

/** A log comes in pieces, each with eight bytes before it: where it was said, and its length. */
function logText(log: Buffer): string {
  let text = "";
  for (let at = 0; at + 8 <= log.length; ) {
    const end = at + 8 + log.readUInt32BE(at + 4);
    text += log.toString("utf8", at + 8, end);
    at = end;
  }
  return text;
}
