/**
 * The end of a hierarchy in a swarm: services, then what their tasks held. Done again, it finds nothing. Volumes on
 * other nodes are beyond the reach of a manager's API: they stay, and go with `docker volume prune` there.
 */
import type Docker from "dockerode";

import { until, type WallClock } from "../../wall-clock.ts";
import { engineFailure, isSoAlready, statusOf } from "../docker/engine.ts";
import { filtersFor } from "../docker/labels.ts";
import { each } from "../docker/remove.ts";

/** How long the tasks of removed services may take to be gone, in milliseconds. */
const goneWithinMs = 60_000;

export async function removeFromSwarm(docker: Docker, name: string, wallClock: WallClock): Promise<void> {
  const filters = filtersFor("swarm", name);
  try {
    const services = await docker.listServices({ filters });
    await each(services, ({ ID }) => docker.getService(ID).remove());
    await retried(wallClock, async () => (await docker.listContainers({ all: true, filters })).length === 0);
    const secrets = await docker.listSecrets({ filters });
    await each(secrets, ({ ID }) => docker.getSecret(ID).remove());
    const networks = await docker.listNetworks({ filters });
    await each(networks, ({ Id }) => whenUnused(wallClock, () => docker.getNetwork(Id).remove()));
    await retried(wallClock, async () => (await docker.listNetworks({ filters })).length === 0);
    const { Volumes } = await docker.listVolumes({ filters });
    await each(Volumes ?? [], ({ Name }) => whenUnused(wallClock, () => docker.getVolume(Name).remove()));
  } catch (error) {
    throw engineFailure(`remove the hierarchy "${name}"`, error);
  }
}

/** A task that has ended lets go of what it used a moment later. */
async function whenUnused(wallClock: WallClock, remove: () => Promise<unknown>): Promise<void> {
  let last: unknown;
  const isDone = await retried(wallClock, async () => {
    try {
      await remove();
      return true;
    } catch (error) {
      last = error;
      if (isSoAlready(error)) return true;
      if (![400, 403, 409, 500].includes(statusOf(error) ?? 0)) throw error;
      return false;
    }
  });
  if (!isDone) throw last;
}

async function retried(wallClock: WallClock, isDone: () => Promise<boolean>): Promise<boolean> {
  const patience = { everyMs: 200, withinMs: goneWithinMs, signal: new AbortController().signal };
  return (await until(wallClock, patience, async () => ((await isDone()) ? true : undefined))) ?? false;
}
