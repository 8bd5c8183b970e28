/**
 * Which driver a command uses: the one named, or else the one the topology asks for where this machine has it, or
 * else the one that needs nothing. Each is imported only when it is used, so that no command loads what it does not need.
 */
import { Option } from "commander";

import { attachedDriver } from "../drivers/attached.ts";
import type { Driver, DriverName } from "../drivers/driver.ts";
import { Failure } from "../failure.ts";
import { addressUrlNames, siteUrls } from "../site-urls.ts";
import type { Topology } from "../topology/plan.ts";
import { sitesSwitched } from "../topology/scenario-plan.ts";
import { systemWallClock } from "../wall-clock.ts";

export type DriverOptions = {
  readonly driver: "auto" | DriverName;
  readonly siteUrl?: readonly string[];
  readonly addressUrl?: readonly string[];
};

/** How long an engine may take to remove what a command started, in milliseconds. */
export const labelledEndMs = 120_000;

type Environment = Readonly<Record<string, string | undefined>>;

export function driverOption(...names: readonly DriverName[]): Option {
  return new Option(
    "--driver <driver>",
    "where the sites run; auto: as the topology asks, else in this process",
  )
    .choices(["auto", ...names])
    .default("auto");
}

export const driverHelp = `
Drivers:
  embedded    all sites in this process
  processes   a process a site, so that one can be killed while the others go on
  docker      a container a site, built from the project's Dockerfile, or of the image SPOOLNET_IMAGE
  swarm       a service a site in a Docker swarm (docker swarm init)
  auto        docker or swarm where the topology asks for it and an engine answers, else embedded
`;

export async function chosenDriver(
  options: DriverOptions,
  topology: Topology,
  environment: Environment,
  say: (words: string) => void,
): Promise<Driver> {
  const name = options.driver === "auto" ? await automatic(topology, say) : options.driver;
  const image = environment.SPOOLNET_IMAGE || undefined;
  switch (name) {
    case "embedded":
      return await embeddedFor(topology, environment, say);
    case "processes":
      return await processes(environment);
    case "docker":
      return (await import("../drivers/docker.ts")).dockerDriver({ wallClock: systemWallClock, image });
    case "swarm":
      return (await import("../drivers/swarm.ts")).swarmDriver({ wallClock: systemWallClock, image });
    case "attached":
      return attachedDriver({
        urlOf: siteUrls(options.siteUrl ?? [], environment.SPOOLNET_SITE_URL),
        addressUrlOf: siteUrls(options.addressUrl ?? [], environment.SPOOLNET_ADDRESS_URL, addressUrlNames),
        wallClock: systemWallClock,
      });
  }
}

async function processes(environment: Environment): Promise<Driver> {
  const { processesDriver } = await import("../drivers/processes.ts");
  return processesDriver({ wallClock: systemWallClock, environment });
}

/** A site in this process has no end of its own: those that the scenario ends or pauses get a process each. */
async function embeddedFor(
  { scenario, sites }: Topology,
  environment: Environment,
  say: (words: string) => void,
): Promise<Driver> {
  const { embeddedDriver } = await import("../drivers/embedded.ts");
  const all = sites.map(({ code }) => code);
  const switched = sitesSwitched(scenario, all);
  if (switched.size === 0) return embeddedDriver;
  const which = switched.size === all.length ? "each site" : [...switched].sort().join(", ");
  say(`the scenario ends or pauses sites: ${which} runs as a process of its own`);
  const { someAsProcesses } = await import("../drivers/some-as-processes.ts");
  return someAsProcesses(switched, await processes(environment), embeddedDriver);
}

async function automatic(topology: Topology, say: (words: string) => void): Promise<DriverName> {
  const wished = topology.driver;
  if (wished !== "docker" && wished !== "swarm") return wished ?? "embedded";
  const { engineIfThere } = await import("../drivers/docker/engine.ts");
  if (await engineIfThere()) return wished;
  say(
    `! ${topology.name} asks for the driver ${wished}, and no Docker engine answers: all sites run in this process`,
  );
  return "embedded";
}

/** What an engine runs is not in a folder of this machine. */
export function refuseRoot(driver: Driver, root: string | undefined): void {
  if (!driver.isLabelled || root === undefined) return;
  throw new Failure(
    "usage",
    `--root: the driver ${driver.name} keeps its sites in volumes of the engine: leave --root out, or use --driver processes`,
  );
}
