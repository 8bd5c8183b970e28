/**
 * What every driver keeps, tried on two sites and a package: they start, answer and carry it; they can be killed,
 * paused and started again where the driver can do that; and when they have ended, nothing of them is left.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { siteCode } from "../../domain/identifiers.ts";
import { addPackages } from "../../orchestrator/add-packages.ts";
import type { Driver } from "../../orchestrator/drivers/driver.ts";
import { clockOf } from "../../orchestrator/found-hierarchy.ts";
import { type RunningHierarchy, startHierarchy } from "../../orchestrator/hierarchy.ts";
import { findHierarchy } from "../../orchestrator/running-hierarchies.ts";
import { loadTopology } from "../../orchestrator/topology/load.ts";
import type { Topology } from "../../orchestrator/topology/plan.ts";
import { systemWallClock } from "../../orchestrator/wall-clock.ts";
import { test as base } from "./temporary-folder.ts";
import { TestAuthority, testTls } from "./test-authority.ts";

const cen = siteCode.parse("CEN");
const mke = siteCode.parse("MKE");
/** Long enough for a site that answers to be heard; one that does not is never heard, however long one waits. */
const silentMs = 1_000;

export type Contract = {
  readonly makeDriver: () => Promise<Driver>;
  /** What is left of a hierarchy of this name. */
  readonly left: (name: string) => Promise<readonly string[]>;
  /** True where its sites have power. */
  readonly canSwitch: boolean;
  /** True where an engine knows hierarchies by name; the others are known by their root (run-command.test.ts). */
  readonly isLabelled: boolean;
};

type Started = { readonly driver: Driver; readonly topology: Topology; readonly root: string };

export function driverContract(name: string, { makeDriver, left, canSwitch, isLabelled }: Contract): void {
  const test = base.extend("started", async ({ folder }): Promise<Started> => {
    const hierarchy = `test-${process.pid}-${name}`;
    await mkdir(join(folder, "source"));
    await writeFile(join(folder, "source", "map.txt"), "here be dragons\n".repeat(1000));
    await writeFile(
      join(folder, "topology.yaml"),
      `
name: ${hierarchy}
clock: { start: "2003-11-07T17:30:00-05:00", scale: 600 }
sites:
  CEN: { type: primary, distributionPoints: [HQDP] }
  MKE: { type: secondary, parent: CEN, distributionPoints: [MKEDP] }
packages:
  - { name: Maps, site: CEN, source: source, distributionPoints: all }
`,
    );
    const topology = await loadTopology(join(folder, "topology.yaml"));
    return { driver: await makeDriver(), topology, root: join(folder, "root") };
  });

  const start = (
    started: Started,
    signal = new AbortController().signal,
    say: (words: string) => void = () => {},
  ) => startHierarchy({ ...started, administratorToken: undefined, wallClock: systemWallClock, signal, say });
  const addPackage = async (hierarchy: RunningHierarchy, { topology }: Started) => {
    const [added] = await addPackages(hierarchy, topology.packages, { isSourceChosen: false, say: () => {} });
    if (!added) throw new Error("the topology has a package");
    return added.id;
  };
  const isUp = (hierarchy: RunningHierarchy, code = mke) =>
    hierarchy.site(code).health(AbortSignal.timeout(silentMs));

  describe(`the driver ${name}`, () => {
    test("starts sites that carry a package, and leaves nothing of them", async ({ started }) => {
      const hierarchy = await start(started);
      const id = await addPackage(hierarchy, started);
      await arrived(hierarchy, id);
      expect(await isUp(hierarchy)).toBe("MKE");
      await hierarchy[Symbol.asyncDispose]();

      await expect(isUp(hierarchy, cen)).rejects.toThrow("does not answer");
      await expect(isUp(hierarchy, mke)).rejects.toThrow("does not answer");
      expect(await left(started.topology.name)).toEqual([]);
    });

    test("with certificates the sites speak HTTPS alone, and carry a package", async ({
      folder,
      started,
    }) => {
      const authority = await TestAuthority.make();
      await authority.writeFor(folder, ["CEN", "MKE"], "127.0.0.1");
      const { file } = started.topology;
      await writeFile(file, `${await readFile(file, "utf8")}defaults: { site: { ${testTls} } }\n`);
      await using hierarchy = await start({ ...started, topology: await loadTopology(file) });
      const id = await addPackage(hierarchy, started);
      await arrived(hierarchy, id);

      const { url, addressUrl } = hierarchy.site(mke);
      expect([url, addressUrl]).toEqual([expect.stringMatching(/^https:/), expect.stringMatching(/^https:/)]);
      await expect(fetch(`${url.replace(/^https/, "http")}/health`)).rejects.toThrow();
      await expect(fetch(`${url}/health`), "who does not know the authority").rejects.toThrow();
      if (!isLabelled) return;
      const found = await findHierarchy(systemWallClock, started.topology.name);
      expect(await clockOf(found, systemWallClock)).toEqual(hierarchy.clock);
      await found.power?.(mke)?.stop();
      await found.power?.(mke)?.start();
      expect(await isUp(hierarchy)).toBe("MKE");
    });

    test("leaves nothing of a hierarchy that is given up half started", async ({ started }) => {
      const stop = new AbortController();
      const say = (words: string) => {
        if (words.includes("is up at")) stop.abort(new Error("given up"));
      };

      await expect(start(started, stop.signal, say)).rejects.toThrow("given up");
      expect(await left(started.topology.name)).toEqual([]);
    });

    test.runIf(isLabelled)(
      "says what runs where a hierarchy is started a second time",
      async ({ started }) => {
        await using hierarchy = await start(started);
        await expect(start({ ...started, driver: await makeDriver() })).rejects.toThrow(
          `the hierarchy "${started.topology.name}" is up in Docker already (CEN running, MKE running)`,
        );
        expect(await isUp(hierarchy)).toBe("MKE");
      },
    );

    test.runIf(canSwitch)("a site that was killed goes on with what it had", async ({ started }) => {
      await using hierarchy = await start(started);
      const id = await addPackage(hierarchy, started);
      await arrived(hierarchy, id);
      const before = await hierarchy.site(mke).keptEvents();
      const power = hierarchy.power(mke);
      await power?.kill();
      await expect(isUp(hierarchy)).rejects.toThrow("does not answer");
      await power?.start();

      expect((await hierarchy.site(mke).keptEvents()).slice(0, before.length)).toEqual(before);
      expect((await hierarchy.site(mke).describe()).publicKey).not.toBe("");
      expect((await hierarchy.site(mke).describe()).clock).toEqual(hierarchy.clock);
    });

    test.runIf(canSwitch)("a site is stopped and started, paused and resumed", async ({ started }) => {
      await using hierarchy = await start(started);
      const power = hierarchy.power(mke);
      await power?.stop();
      await expect(isUp(hierarchy)).rejects.toThrow("does not answer");
      await power?.start();
      expect(await isUp(hierarchy)).toBe("MKE");

      await power?.pause();
      await expect(isUp(hierarchy)).rejects.toThrow();
      await power?.resume();
      expect(await hierarchy.site(mke).health()).toBe("MKE");
    });

    test.runIf(canSwitch && isLabelled)(
      "a later command finds the switches of a site, also of one that is paused or down",
      async ({ started }) => {
        await using hierarchy = await start(started);
        const found = async () => await findHierarchy(systemWallClock, started.topology.name);
        const power = async () => (await found()).power?.(mke);
        await (await power())?.pause();
        await expect(isUp(hierarchy)).rejects.toThrow();
        await (await power())?.resume();
        expect(await hierarchy.site(mke).health()).toBe("MKE");

        await (await power())?.kill();
        await expect(isUp(hierarchy)).rejects.toThrow("does not answer");
        await (await power())?.start();
        expect(await isUp(hierarchy)).toBe("MKE");
      },
    );
  });
}

async function arrived(hierarchy: RunningHierarchy, id: string): Promise<void> {
  const stop = new AbortController();
  const { provider } = hierarchy.site(cen);
  for await (const _ of hierarchy.site(cen).follow(0, stop.signal)) {
    const copies = await provider.copies(id as Parameters<typeof provider.copies>[0]);
    if (copies.length === 2 && copies.every(({ state }) => state === "installed")) stop.abort();
  }
}
