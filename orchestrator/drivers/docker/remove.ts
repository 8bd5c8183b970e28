/**
 * The end of a hierarchy in an engine: everything with its labels is removed, whatever state it is in. Done again, it
 * finds nothing.
 */
import type Docker from "dockerode";
import PQueue from "p-queue";

import { engineFailure, isSoAlready } from "./engine.ts";
import { filtersFor } from "./labels.ts";

/** An engine does most of a removal in one thread; more at a time only makes it slower. */
const removedAtOnce = 6;

export async function removeHierarchy(docker: Docker, name: string): Promise<void> {
  const filters = filtersFor("docker", name);
  try {
    const containers = await docker.listContainers({ all: true, filters });
    await each(containers, ({ Id }) => docker.getContainer(Id).remove({ force: true, v: true }));
    const networks = await docker.listNetworks({ filters });
    await each(networks, ({ Id }) => docker.getNetwork(Id).remove());
    const { Volumes } = await docker.listVolumes({ filters });
    await each(Volumes ?? [], ({ Name }) => docker.getVolume(Name).remove());
  } catch (error) {
    throw engineFailure(`remove the hierarchy "${name}"`, error);
  }
}

/** What is gone already is no mistake: another command may be removing the same. */
export async function each<T>(all: readonly T[], remove: (one: T) => Promise<unknown>): Promise<void> {
  const queue = new PQueue({ concurrency: removedAtOnce });
  await queue.addAll(
    all.map((one) => async () => {
      await remove(one).catch((error: unknown) => {
        if (!isSoAlready(error)) throw error;
      });
    }),
  );
}
