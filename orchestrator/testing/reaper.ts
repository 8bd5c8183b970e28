/**
 * Waits until the process of a test is gone, and removes what it left: its temporary folder, and its containers. After
 * a test that ended in good order it finds nothing.
 */
import { rm } from "node:fs/promises";

import type { Left } from "./test-root.ts";

const { folder, engine }: Left = JSON.parse(process.argv[2] ?? "{}");

process.once("disconnect", async () => {
  if (engine !== undefined) await removeFrom(engine);
  // Sites that end with the test may be writing still.
  if (folder !== undefined)
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

async function removeFrom({ driver, hierarchy }: NonNullable<Left["engine"]>): Promise<void> {
  const docker = await (await import("../drivers/docker/engine.ts")).dockerEngine();
  if (driver === "swarm") {
    const { systemWallClock } = await import("../wall-clock.ts");
    await (await import("../drivers/swarm/remove.ts")).removeFromSwarm(docker, hierarchy, systemWallClock);
  } else {
    await (await import("../drivers/docker/remove.ts")).removeHierarchy(docker, hierarchy);
  }
}
