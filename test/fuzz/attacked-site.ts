/**
 * What is attacked: a central site with a child, each a process of its own, and at the central site an attached
 * neighbour that is ours: its account, its secret and its key are in hostile hands.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { standardAddress } from "../../domain/address.ts";
import { siteCode } from "../../domain/identifiers.ts";
import { type StatusMessage, statusMessageList } from "../../domain/status-messages.ts";
import { addPackages } from "../../orchestrator/add-packages.ts";
import { processesDriver } from "../../orchestrator/drivers/processes.ts";
import { type RunningHierarchy, startHierarchy } from "../../orchestrator/hierarchy.ts";
import { loadTopology } from "../../orchestrator/topology/load.ts";
import { systemWallClock } from "../../orchestrator/wall-clock.ts";
import { SiteKey } from "../../site-image/security/site-key.ts";
import type { Usage } from "./usage.ts";

export const villain = { code: siteCode.parse("BAD"), account: "SMSServer_BAD", secret: "b".repeat(43) };

const cen = siteCode.parse("CEN");
const chi = siteCode.parse("CHI");

const usageProbe = import.meta.resolve("./usage-probe.ts");

export class AttackedSite implements AsyncDisposable {
  readonly token = "a-token-for-tests-only";
  readonly folder: string;
  readonly key: SiteKey;
  readonly #hierarchy: RunningHierarchy;
  readonly #file: string;
  #deliveries = 0;
  #lastMessage = 0;

  private constructor(folder: string, hierarchy: RunningHierarchy, key: SiteKey, file: string) {
    this.folder = folder;
    this.#hierarchy = hierarchy;
    this.key = key;
    this.#file = file;
  }

  static async start(folder: string): Promise<AttackedSite> {
    await mkdir(join(folder, "source"), { recursive: true });
    await writeFile(join(folder, "source", "map.txt"), "here be dragons\n".repeat(1000));
    await mkdir(join(folder, "usage"));
    const file = join(folder, "topology.yaml");
    await writeFile(
      file,
      `name: hostile-${process.pid}
clock: { start: "2003-11-07T17:30:00-05:00", scale: 600 }
sites:
  CEN: { type: primary, distributionPoints: [HQDP], share: { transfers: 10000 } }
  CHI: { type: secondary, parent: CEN, distributionPoints: [CHIDP] }
packages:
  - { name: Maps, site: CEN, source: source, distributionPoints: all }
`,
    );
    const hierarchy = await startHierarchy({
      topology: await loadTopology(file),
      driver: processesDriver({
        wallClock: systemWallClock,
        environment: {
          ...process.env,
          NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --import=${usageProbe}`,
          SPOOLNET_TEST_USAGE: join(folder, "usage"),
        },
      }),
      root: join(folder, "root"),
      administratorToken: "a-token-for-tests-only",
      wallClock: systemWallClock,
      signal: new AbortController().signal,
      say: () => {},
    });
    const key = SiteKey.open(join(folder, "BAD.key"));
    await hierarchy.site(cen).setNeighbour({
      code: villain.code,
      relation: "child",
      publicKey: key.publicKey,
      share: { url: "http://127.0.0.1:9", account: "SMSServer_CEN", secret: "c".repeat(43) },
      addresses: [standardAddress],
      accepts: { account: villain.account, secret: villain.secret },
    });
    return new AttackedSite(folder, hierarchy, key, file);
  }

  get url(): string {
    return this.#hierarchy.site(cen).url;
  }

  /** A path of the site's folder. */
  path(below: string): string {
    return join(this.#hierarchy.root, cen, below);
  }

  /** Resolves once a package has been carried from this site to its child, whole. */
  async delivers(): Promise<void> {
    const topology = await loadTopology(this.#file);
    this.#deliveries += 1;
    const packages = topology.packages.map((one) => ({ ...one, name: `Maps ${this.#deliveries}` }));
    const options = { isSourceChosen: false, say: () => {} };
    const [made] = await addPackages(this.#hierarchy, packages, options);
    if (!made) throw new Error("no package was made");
    const { id } = made;
    const stop = new AbortController();
    const arrived = join(this.#hierarchy.root, chi, "SiteSystems/CHIDP/SMSPKGC$", id, "map.txt");
    const isInstalled = (event: { action: string; packages?: readonly string[] | undefined }) =>
      event.action === "installed" && event.packages?.includes(id);
    for await (const event of this.#hierarchy.site(chi).follow(0, stop.signal)) {
      if (isInstalled(event)) stop.abort();
    }
    if ((await readFile(arrived, "utf8")) !== "here be dragons\n".repeat(1000))
      throw new Error(`${arrived} is not whole`);
  }

  /** The emulated moment. */
  now(): number {
    return this.#hierarchy.now();
  }

  /** The emulated time of all sites goes on by so much. */
  async advance(ms: number): Promise<void> {
    await this.#hierarchy.setTime({ emulatedMs: this.#hierarchy.now() + ms });
  }

  /** Those raised since this was asked last. */
  async newStatusMessages(): Promise<StatusMessage[]> {
    const path = `/site/status-messages?after=${this.#lastMessage}&limit=20000`;
    const answer = await fetch(this.url + path, { headers: { authorization: `Bearer ${this.token}` } });
    const { messages } = statusMessageList.parse(await answer.json());
    this.#lastMessage = messages.at(-1)?.sequence ?? this.#lastMessage;
    return messages;
  }

  /** What the site's process has of the machine. */
  async usage(): Promise<Usage> {
    return JSON.parse(await text(connect(join(this.folder, "usage", cen))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hierarchy[Symbol.asyncDispose]();
  }
}
