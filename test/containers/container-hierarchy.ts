/**
 * Three sites as containers on a private network of their own, attached from this process over ports on loopback.
 * A container can be killed and started again: it keeps its port and its folder.
 * What a test waits for is a condition on the journals or on what the SMS Provider says, never a time.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";

import {
  GenericContainer,
  getContainerRuntimeClient,
  Network,
  type StartedTestContainer,
  Wait,
} from "testcontainers";

import { type PackageId, type SiteCode, serverName, siteCode } from "../../domain/identifiers.ts";
import type { JournalEvent } from "../../domain/journal.ts";
import { attachedDriver } from "../../orchestrator/drivers/attached.ts";
import { type RunningHierarchy, startHierarchy } from "../../orchestrator/hierarchy.ts";
import type { SiteClient } from "../../orchestrator/site-client.ts";
import { loadTopology } from "../../orchestrator/topology/load.ts";
import type { SitePlan } from "../../orchestrator/topology/plan.ts";
import { systemWallClock } from "../../orchestrator/wall-clock.ts";
import { allPoints, type Point, threeSites } from "../support/test-hierarchy.ts";
import { type RunIn, treeIn } from "./container-tree.ts";

const sitePort = 2003;
const source = "/var/lib/spoolnet/source";

export class ContainerHierarchy implements AsyncDisposable {
  readonly #containers: ReadonlyMap<string, StartedTestContainer>;
  readonly #running: RunningHierarchy;
  readonly #owned: AsyncDisposableStack;

  private constructor(
    containers: ReadonlyMap<string, StartedTestContainer>,
    running: RunningHierarchy,
    owned: AsyncDisposableStack,
  ) {
    this.#containers = containers;
    this.#running = running;
    this.#owned = owned;
  }

  /** `folder` is where the orchestrator keeps its record. */
  static async start(image: string, folder: string): Promise<ContainerHierarchy> {
    await using owned = new AsyncDisposableStack();
    const file = join(folder, "topology.yaml");
    await writeFile(file, threeSites);
    const topology = await loadTopology(file);
    const administratorToken = randomBytes(16).toString("hex");
    const network = owned.use(await new Network().start());
    const ports = await freePorts(topology.sites.map(({ code }) => code));
    const containers = new Map<string, StartedTestContainer>();
    for (const plan of topology.sites) {
      const site = new SiteContainer(image, plan, { port: portOf(ports, plan.code), administratorToken });
      const name = nameOf(plan.code);
      containers.set(plan.code, owned.use(await site.withNetwork(network).withNetworkAliases(name).start()));
    }
    const running = await startHierarchy({
      topology,
      driver: attachedDriver({
        urlOf: (code) => `http://127.0.0.1:${portOf(ports, code)}`,
        addressUrlOf: (code) => `http://${nameOf(code)}:${sitePort}`,
        wallClock: systemWallClock,
      }),
      root: join(folder, "root"),
      administratorToken,
      wallClock: systemWallClock,
      signal: new AbortController().signal,
      say: () => {},
    });
    owned.use(running);
    return new ContainerHierarchy(containers, running, owned.move());
  }

  /** Makes a package source at CEN: one big file that cannot be compressed, and a bit of everything. */
  async makeSource(megabytes: number): Promise<void> {
    const script = `
      mkdir -p ${source}/fr/aide ${source}/empty && cd ${source}
      head -c ${megabytes}M /dev/urandom >big.cab
      printf 'version 1' >readme.txt
      printf 'aide' >'fr/aide/à propos.txt'
      printf '#!/bin/sh' >setup.sh && chmod 755 setup.sh
      ln -s setup.sh install
      : >empty.cfg`;
    await this.run("CEN", ["sh", "-ec", script]);
  }

  /** Makes a package of the source for all distribution points. */
  async addPackage(): Promise<PackageId> {
    const made = await this.site("CEN").provider.addPackage(
      {
        name: "Office Update",
        site: siteCode.parse("CEN"),
        sourceFolder: source,
        iconFile: undefined,
        compressed: false,
        priority: "high",
        version: "",
        manufacturer: "",
        language: "",
        description: "",
        programs: [],
        distributionPoints: allPoints.map(([site, server]) => ({
          site: siteCode.parse(site),
          server: serverName.parse(server),
        })),
      },
      "",
    );
    return made.PackageID;
  }

  /** Resolves once the central site has heard that every distribution point has version 1. */
  async arrived(id: PackageId): Promise<void> {
    for await (const _ of this.site("CEN").follow(0, new AbortController().signal)) {
      // A site that was just started may not answer yet; its next event comes soon.
      const copies = await this.site("CEN")
        .provider.copies(id)
        .catch(() => []);
      if (copies.length > 0 && copies.every(({ state }) => state === "installed")) return;
    }
  }

  /** The first event of a site that `matches`, past or to come. */
  async event(site: string, matches: (event: JournalEvent) => boolean): Promise<JournalEvent> {
    for await (const event of this.site(site).follow(0, new AbortController().signal)) {
      if (matches(event)) return event;
    }
    throw new Error(`the journal of ${site} ended without the event`);
  }

  /** Resolves when a quarter of the package has gone from CEN to CHI, and not yet all of it. */
  async sending(id: PackageId): Promise<void> {
    await this.event("CEN", ({ action, packages, peer, offset = 0, bytes = 0 }) => {
      const isOnItsWay = action === "progress" && offset > bytes / 4 && offset < bytes;
      return isOnItsWay && peer === "CHI" && packages?.includes(id) === true;
    });
  }

  events(site: string): Promise<JournalEvent[]> {
    return this.site(site).keptEvents();
  }

  /** SIGKILL; resolves once the container has ended. */
  async kill(site: string): Promise<void> {
    const container = await this.#engines(site);
    await container.kill({ signal: "SIGKILL" });
    await container.wait();
  }

  async startAgain(site: string): Promise<void> {
    await (await this.#engines(site)).start();
  }

  /** What the administrator wants to be everywhere. */
  sourceTree(): Promise<string[]> {
    return treeIn(this.#in("CEN"), source);
  }

  /** What a client of a distribution point finds there. */
  shareTree([site, server]: Point, id: PackageId): Promise<string[]> {
    return treeIn(this.#in(site), `/var/lib/spoolnet/site/SiteSystems/${server}/SMSPKGC$/${id}`);
  }

  site(code: string): SiteClient {
    return this.#running.site(siteCode.parse(code));
  }

  async run(site: string, command: string[]): Promise<string> {
    const { exitCode, output } = await this.#container(site).exec(command);
    if (exitCode !== 0) throw new Error(`${command[0]} in ${site} ended with ${exitCode}: ${output}`);
    return output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  #in(site: string): RunIn {
    return (command) => this.run(site, command);
  }

  #container(site: string): StartedTestContainer {
    const container = this.#containers.get(site);
    if (!container) throw new Error(`there is no container of site ${site}`);
    return container;
  }

  /** The container as the engine knows it: testcontainers itself can only stop one in good order. */
  async #engines(site: string) {
    const client = await getContainerRuntimeClient();
    return client.container.getById(this.#container(site).getId());
  }
}

type SiteContainerSettings = { readonly port: number; readonly administratorToken: string };

class SiteContainer extends GenericContainer {
  constructor(image: string, plan: SitePlan, { port, administratorToken }: SiteContainerSettings) {
    super(image);
    this.withEnvironment({
      SPOOLNET_SITE_CODE: plan.code,
      SPOOLNET_SITE_TYPE: plan.type,
      SPOOLNET_PARENT_SITE: plan.parent ?? "",
      SPOOLNET_TIME_ZONE: plan.timeZone,
      SPOOLNET_DISTRIBUTION_POINTS: plan.distributionPoints.join(","),
      SPOOLNET_ADMINISTRATOR_TOKEN: administratorToken,
    });
    this.withExposedPorts({ container: sitePort, host: port });
    // A port the test chose, since one the engine chose changes when the container is started again.
    this.hostConfig.PortBindings = {
      [`${sitePort}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: String(port) }],
    };
    this.hostConfig.ReadonlyRootfs = true;
    this.withTmpFs({ "/tmp": "" });
    this.withDroppedCapabilities("ALL");
    // The driver waits until the site answers; this only finds out sooner that it never will.
    this.withWaitStrategy(Wait.forLogMessage(`site ${plan.code} (${plan.name}) is at`));
  }
}

/** The name of a site on the containers' network. */
function nameOf(code: SiteCode): string {
  return code.toLowerCase();
}

/** A port of loopback for each site. All are held until the last is found, so that no two are the same. */
async function freePorts(codes: readonly SiteCode[]): Promise<ReadonlyMap<SiteCode, number>> {
  await using held = new AsyncDisposableStack();
  const ports = new Map<SiteCode, number>();
  for (const code of codes) {
    const server = held.use(createServer().listen(0, "127.0.0.1"));
    await once(server, "listening");
    ports.set(code, (server.address() as AddressInfo).port); // a TCP server has one
  }
  return ports;
}

function portOf(ports: ReadonlyMap<SiteCode, number>, code: SiteCode): number {
  const port = ports.get(code);
  if (port === undefined) throw new Error(`site ${code} has no port`);
  return port;
}
