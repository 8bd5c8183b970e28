/**
 * A service a site over an overlay network, for hierarchies that outgrow one machine. The user makes the swarm
 * (`docker swarm init`). A site's volume is on one node, and so is the site, from then on. The administrator's token is
 * a secret. Sites are reached at ports published on their nodes: a swarm publishes on every address of a node and
 * cannot be told loopback, so the token alone guards them from who can reach the node.
 */
import type Docker from "dockerode";

import { Failure } from "../failure.ts";
import { checkCertificateNames, type SiteTlsTexts, schemeOf, tlsTexts } from "../site-tls.ts";
import type { SitePlan, Topology } from "../topology/plan.ts";
import type { WallClock } from "../wall-clock.ts";
import { dockerEngine, engineFailure } from "./docker/engine.ts";
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
import { tlsNames, tokenName } from "./docker/site-container.ts";
import { sourcesOf } from "./docker/source-mounts.ts";
import type { Driver, HierarchySettings, RunningSite, SiteHost } from "./driver.ts";
import { FreePorts } from "./free-ports.ts";
import { siteAnswers } from "./site-answers.ts";
import { nodeAddresses } from "./swarm/nodes.ts";
import { removeFromSwarm } from "./swarm/remove.ts";
import { ServicePower } from "./swarm/service-power.ts";
import { type SiteSecret, serviceOptions } from "./swarm/site-service.ts";

/** Of a network's addresses, what the swarm itself takes at most. */
const sparedAddresses = 16;

export type SwarmOptions = {
  readonly wallClock: WallClock;
  /** The image of a site; default: built from this project, on this node alone. */
  readonly image: string | undefined;
};

export function swarmDriver({ wallClock, image }: SwarmOptions): Driver {
  return {
    name: "swarm",
    keepsFolders: false,
    isLabelled: true,
    startsAtOnce: 4,
    async open(topology, settings) {
      const docker = await dockerEngine();
      await checkSwarm(docker, topology);
      await checkCertificateNames(topology.sites, (code) => [hostName(code)]);
      const nodes = await nodeAddresses(docker);
      const built = await siteImage(docker, { ...settings, image });
      await using owned = new AsyncDisposableStack();
      owned.defer(() => removeFromSwarm(docker, topology.name, wallClock));
      const shared = await makeShared(docker, topology, settings.administratorToken);
      settings.say(
        `! a swarm publishes the sites' ports on every address of ${nodes.size === 1 ? "this machine" : `${nodes.size} nodes`}, not on loopback alone; the administrator's token guards them`,
      );
      const ports = new FreePorts(await portsInUse(docker));
      // With an image that only this node has, only this node can have sites.
      const usable = image === undefined ? [...nodes].filter(([, at]) => at === "127.0.0.1") : [...nodes];
      const host = new SwarmHost({
        docker,
        topology,
        image: built,
        ports,
        settings,
        wallClock,
        shared,
        nodes: usable,
      });
      owned.move(); // the host removes the same
      return host;
    },
  };
}

async function checkSwarm(docker: Docker, topology: Topology): Promise<void> {
  const { Swarm } = await docker.info();
  if (!Swarm?.ControlAvailable) {
    throw new Failure(
      "environment",
      "--driver swarm needs a swarm, and this engine is not the manager of one: docker swarm init makes it one (a swarm of one machine will do)",
    );
  }
  const { SubnetSize } = (await docker.swarmInspect()) as { SubnetSize?: number };
  const most = 2 ** (32 - (SubnetSize || 24)) - sparedAddresses;
  if (topology.sites.length > most) {
    throw new Failure(
      "environment",
      `--driver swarm: a network of this swarm has addresses for ${most} sites, and the topology has ${topology.sites.length}: docker swarm init --default-addr-pool 10.0.0.0/8 --default-addr-pool-mask-length 16 gives it more`,
    );
  }
  const services = await docker.listServices({ filters: filtersFor("swarm", topology.name) });
  if (services.length === 0) return;
  const sites = services.flatMap(({ Spec }) => siteIn(Spec?.Labels)?.code ?? []).sort();
  throw alreadyUp(
    topology.name,
    sites.map((code) => `${code} running`),
  );
}

type Shared = { readonly networkId: string; readonly secret: SiteSecret };

async function makeShared(docker: Docker, topology: Topology, token: string): Promise<Shared> {
  const own = hierarchyLabels(topology, "swarm");
  try {
    const network = await docker.createNetwork({
      Name: engineName(topology.name),
      Driver: "overlay",
      Attachable: true, // so that one can look from a container of one's own
      Labels: own,
    });
    const name = `${engineName(topology.name)}-token`;
    return { networkId: network.id, secret: await makeSecret(docker, name, token, own) };
  } catch (error) {
    throw engineFailure("make a network and a secret for the hierarchy", error);
  }
}

async function makeSecret(docker: Docker, name: string, text: string, own: Labels): Promise<SiteSecret> {
  const secret = await docker.createSecret({
    ...{ Name: name, Labels: { ...own }, Data: Buffer.from(text).toString("base64") },
  });
  return { id: secret.id, name, file: tokenName };
}

/** Certificate, key and authorities of a site, each a secret under the name of its file. */
async function makeTlsSecrets(
  docker: Docker,
  topology: Topology,
  { code }: SitePlan,
  { certificate, key, authority }: SiteTlsTexts,
): Promise<SiteSecret[]> {
  const own = hierarchyLabels(topology, "swarm");
  const texts = { certificate, key, authorities: authority };
  const made = Object.entries(texts).map(async ([what, text]): Promise<SiteSecret[]> => {
    if (text === undefined) return [];
    const secret = await makeSecret(docker, `${engineName(topology.name, code)}-${what}`, text, own);
    return [{ ...secret, file: tlsNames[what as keyof typeof tlsNames] }];
  });
  return (await Promise.all(made)).flat();
}

/** Of all hierarchies of the swarm, and of those in containers beside it. */
async function portsInUse(docker: Docker): Promise<number[]> {
  const [services, containers] = await Promise.all([
    docker.listServices({ filters: { label: [labels.port] } }),
    docker.listContainers({ all: true, filters: { label: [labels.port] } }),
  ]);
  const all = [...services.map(({ Spec }) => Spec?.Labels), ...containers.map(({ Labels }) => Labels)];
  return all.flatMap((found) => siteIn(found)?.port ?? []);
}

type Parts = {
  readonly docker: Docker;
  readonly topology: Topology;
  readonly image: string;
  readonly ports: FreePorts;
  readonly settings: HierarchySettings;
  readonly wallClock: WallClock;
  readonly shared: Shared;
  /** Ids and addresses; at least one. */
  readonly nodes: readonly (readonly [string, string])[];
};

class SwarmHost implements SiteHost {
  readonly #parts: Parts;
  #started = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async startSite(plan: SitePlan): Promise<RunningSite> {
    const { docker, topology, image, ports, settings, wallClock, shared, nodes } = this.#parts;
    const node = nodes[this.#started++ % nodes.length]; // one after the other
    if (!node)
      throw new Failure("environment", "the swarm has no node that takes work: docker node ls says why");
    const [nodeId, address] = node;
    const sources = sourcesOf(topology, plan, settings.sourceFolders);
    try {
      await checkCertificateNames([plan], () => [address]);
      const tls = await tlsTexts(plan);
      const secrets = [shared.secret, ...(tls ? await makeTlsSecrets(docker, topology, plan, tls) : [])];
      const port = await ports.next();
      const own = hierarchyLabels(topology, "swarm");
      const service = await docker.createService(
        serviceOptions({
          hierarchy: topology.name,
          plan,
          image,
          port,
          labels: own,
          sources,
          nodeId,
          networkId: shared.networkId,
          secrets,
          authorities: tls?.authority,
        }),
      );
      const url = `${schemeOf(plan)}://${address}:${port}`;
      const at = { code: plan.code, url, authorities: tls?.authority };
      const { administratorToken, signal } = settings;
      const asked = { ...at, administratorToken, wallClock, signal, everyMs: 100 };
      const answers = () => siteAnswers(asked);
      await answers();
      const { id } = service;
      const power = new ServicePower({
        docker,
        id,
        hierarchy: topology.name,
        code: plan.code,
        wallClock,
        answers,
      });
      return engineSite({ ...at, plan, sources, power });
    } catch (error) {
      settings.signal.throwIfAborted();
      throw engineFailure(`start site ${plan.code}`, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { docker, topology, wallClock } = this.#parts;
    await removeFromSwarm(docker, topology.name, wallClock);
  }
}
