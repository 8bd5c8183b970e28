/**
 * The swarm driver on a swarm of one node. Where this engine is no swarm, one is made of it for the test and left again,
 * but only where the container tests are required: a developer's engine is not made a swarm unasked.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";

import { swarmDriver } from "../../orchestrator/drivers/swarm.ts";
import { allHierarchies } from "../../orchestrator/running-hierarchies.ts";
import { systemWallClock } from "../../orchestrator/wall-clock.ts";
import { driverContract } from "../support/driver-contract.ts";
import { labelled } from "./labelled.ts";

const execute = promisify(execFile);
const docker = async (...args: string[]) => (await execute("docker", args)).stdout.trim();
const isManager = async () => (await docker("info", "--format", "{{.Swarm.ControlAvailable}}")) === "true";

const wasManager = await isManager();
const isRequired = process.env.SPOOLNET_CONTAINERS === "required";

test.skipIf(wasManager)("an engine that is no swarm is told how to become one", async () => {
  const driver = swarmDriver({ wallClock: systemWallClock, image: inject("image") });
  const opened = driver.open({ name: "none", sites: [] } as never, {} as never);

  await expect(opened).rejects.toThrow("docker swarm init makes it one");
  expect(await allHierarchies(systemWallClock)).not.toContainEqual(
    expect.objectContaining({ driver: "swarm" }),
  );
});

describe.runIf(wasManager || isRequired)("on a swarm", () => {
  beforeAll(async () => {
    if (!wasManager) await docker("swarm", "init", "--advertise-addr", "127.0.0.1");
  });
  afterAll(async () => {
    if (!wasManager) await docker("swarm", "leave", "--force");
  });

  driverContract("swarm", {
    makeDriver: async () => swarmDriver({ wallClock: systemWallClock, image: inject("image") }),
    left: (name) => labelled(name, { swarm: true }),
    canSwitch: true,
    isLabelled: true,
  });
});
