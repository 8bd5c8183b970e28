/**
 * The hierarchies that the swarm driver made, found by their labels. A secret cannot be read through the API: the
 * token is read where a site has it, in a task on this node.
 */
import type Docker from "dockerode";

import type { FoundHierarchy } from "../../found-hierarchy.ts";
import type { WallClock } from "../../wall-clock.ts";
import { engineFailure } from "../docker/engine.ts";
import { filtersFor, foundSite, labels, siteIn } from "../docker/labels.ts";
import { siteAnswers } from "../site-answers.ts";
import { nodeAddresses } from "./nodes.ts";
import { removeFromSwarm } from "./remove.ts";
import { ServicePower } from "./service-power.ts";
import { secretFile } from "./site-service.ts";

export async function swarmHierarchies(docker: Docker, wallClock: WallClock): Promise<FoundHierarchy[]> {
  try {
    const { Swarm } = await docker.info();
    if (!Swarm?.ControlAvailable) return [];
    const filters = filtersFor("swarm");
    const [services, networks, secrets, addresses] = await Promise.all([
      docker.listServices({ filters }),
      docker.listNetworks({ filters }),
      docker.listSecrets({ filters }),
      nodeAddresses(docker),
    ]);
    const all = [
      ...services.map(({ Spec }) => Spec?.Labels),
      ...networks.map(({ Labels }) => Labels),
      ...secrets.map(({ Spec }) => Spec?.Labels),
    ];
    const names = new Set(all.flatMap((found) => found?.[labels.hierarchy] ?? []));
    return await Promise.all(
      [...names].map(async (name): Promise<FoundHierarchy> => {
        const own = services.filter(({ Spec }) => Spec?.Labels?.[labels.hierarchy] === name);
        const sites = own.flatMap(({ ID: id, Spec }) => {
          const site = siteIn(Spec?.Labels);
          const constraints: string[] = Spec?.TaskTemplate?.Placement?.Constraints ?? [];
          const node = constraints.find((one) => one.startsWith("node.id=="))?.slice("node.id==".length);
          const address = addresses.get(node ?? "") ?? "127.0.0.1";
          if (!site) return [];
          return [{ id, ...foundSite(site, address) }];
        });
        const token = await tokenOf(docker, name);
        const { signal } = new AbortController();
        return {
          name,
          driver: "swarm",
          isRunning: own.length > 0,
          isLeftOver: own.length === 0,
          startedMs: Math.min(
            ...own.map(({ CreatedAt = 0 }) => new Date(CreatedAt).getTime()),
            Number.MAX_SAFE_INTEGER,
          ),
          root: undefined,
          sites: sites.map(({ id: _id, ...site }) => site),
          token,
          power(code) {
            const site = sites.find((one) => one.code === code);
            if (!site) return undefined;
            const { id, ...at } = site;
            const asked = { ...at, administratorToken: token ?? "", wallClock, signal, everyMs: 100 };
            const answers = () => siteAnswers(asked);
            return new ServicePower({ docker, id, hierarchy: name, code, wallClock, answers });
          },
          down: () => removeFromSwarm(docker, name, wallClock),
        };
      }),
    );
  } catch (error) {
    throw engineFailure("list the hierarchies of the swarm", error);
  }
}

/** Undefined where no task is on this node; one that is paused cannot be asked. */
async function tokenOf(docker: Docker, name: string): Promise<string | undefined> {
  const containers = await docker.listContainers({ filters: filtersFor("swarm", name) });
  const found = containers.find(({ State }) => State === "running");
  if (!found) return undefined;
  const command = await docker
    .getContainer(found.Id)
    .exec({ Cmd: ["cat", secretFile], AttachStdout: true, Tty: true });
  const stream = await command.start({ Tty: true, hijack: true, stdin: false });
  let token = "";
  for await (const data of stream) token += data;
  return token.trim() || undefined;
}
