/**
 * The packages of a hierarchy under test: made through the SMS Provider of their site as an administrator does, and
 * what is wanted of each now. A package that a test adds is planned, and refused, as if its topology had named it.
 */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";

import { stringify } from "yaml";
import type { z } from "zod";

import type { PackageId } from "../../domain/identifiers.ts";
import { addPackages } from "../add-packages.ts";
import { Failure } from "../failure.ts";
import type { RunningHierarchy } from "../hierarchy.ts";
import { withSources } from "../made-sources.ts";
import type { Delivery } from "../progress/expectations.ts";
import { checkApart } from "../run-root.ts";
import { topologyOf } from "../topology/load.ts";
import type { packageWords } from "../topology/package-words.ts";
import type { Topology } from "../topology/plan.ts";

type Words = z.input<typeof packageWords>;

/** As `packages` of a topology file, where a source is seen from the working directory. */
export type NewPackage = Omit<Words, "site" | "distributionPoints"> & {
  /** The primary site where it is made. Default: the central site. */
  readonly site?: string;
  /** Default: all that are below its site. */
  readonly distributionPoints?: Words["distributionPoints"];
};

export type TestPackage = { readonly id: PackageId; readonly name: string; readonly version: number };

type Deps = {
  readonly hierarchy: RunningHierarchy;
  readonly topology: Topology;
  /** The topology as it was written. */
  readonly words: Readonly<Record<string, unknown>>;
  /** The hierarchy's folder on this machine. */
  readonly root: string;
  readonly say: (words: string) => void;
};

export class TestPackages {
  /** What is wanted now; changed in place, since those who judge look at it again and again. */
  readonly deliveries: Delivery[] = [];
  readonly #deps: Deps;
  /** As a topology file would name them. */
  readonly #words: { readonly name: string }[] = [];
  /** When the version of a package was last to be installed once more, emulated. */
  readonly #redistributedMs = new Map<PackageId, number>();
  /** Of every package there has been. */
  readonly #ids = new Map<string, PackageId>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Those of the topology. */
  async addAll(): Promise<void> {
    const { topology, words } = this.#deps;
    this.#words.push(...((words.packages ?? []) as { name: string }[]));
    await this.#add(topology);
  }

  async add(given: NewPackage): Promise<TestPackage> {
    const { topology, words, root } = this.#deps;
    const central = topology.sites.find(({ parent }) => parent === null)?.code;
    const { source, ...others } = given;
    const wanted = {
      site: central,
      distributionPoints: "all",
      ...others,
      ...(source === undefined ? {} : { source: resolve(source) }),
    };
    // Expectations and what else may name packages are of the topology, whose packages may be gone by now.
    const { expect: _expect, scenario: _scenario, chaos: _chaos, ...rest } = words;
    const text = stringify({ ...rest, packages: [...this.#words, wanted] });
    const planned = await topologyOf(text, topology.file);
    const own = { ...planned, packages: planned.packages.slice(-1) };
    for (const { madeBytes, sourceFolder } of own.packages)
      if (madeBytes === undefined) await checkApart(root, sourceFolder);
    this.#words.push(wanted);
    await this.#add(await withSources(own, root));
    return this.find(given.name);
  }

  /** A new version is made from the source folder. Resolves once the Provider has taken it. */
  async refresh(name: string): Promise<TestPackage> {
    const delivery = this.delivery(name);
    await this.#providerOf(delivery).refreshPackage(delivery.id);
    return await this.#again(delivery);
  }

  /** The same version is installed once more on each distribution point. */
  async redistribute(name: string): Promise<TestPackage> {
    const delivery = this.delivery(name);
    const nowMs = this.#deps.hierarchy.now();
    await this.#providerOf(delivery).redistributePackage(delivery.id);
    this.#redistributedMs.set(delivery.id, nowMs);
    return await this.#again(delivery);
  }

  async remove(name: string): Promise<void> {
    const delivery = this.delivery(name);
    await this.#providerOf(delivery).removePackage(delivery.id);
    this.deliveries.splice(this.deliveries.indexOf(delivery), 1);
    this.#words.splice(
      this.#words.findIndex((words) => words.name === delivery.name),
      1,
    );
  }

  find(name: string): TestPackage {
    const { id, name: own, sourceVersion } = this.delivery(name);
    return { id, name: own, version: sourceVersion };
  }

  /** Undefined where its version was to be installed only once. */
  redistributedMs(id: PackageId): number | undefined {
    return this.#redistributedMs.get(id);
  }

  /** By name or id. Throws a Failure with those that are there. */
  delivery(name: string): Delivery {
    const found = this.deliveries.find((one) => one.name === name || one.id === name);
    if (found) return found;
    throw unknown(
      name,
      this.deliveries.map((one) => one.name),
    );
  }

  /** Also of a package that was removed. */
  idOf(name: string): PackageId {
    const id = this.#ids.get(name) ?? [...this.#ids.values()].find((one) => one === name);
    if (id) return id;
    throw unknown(name, [...this.#ids.keys()]);
  }

  /** What sites elsewhere must see: where sources are made, and what the test names. Absolute. */
  static async sourceFolders(root: string, named: readonly string[] = []): Promise<string[]> {
    const made = join(root, "sources");
    await mkdir(made, { recursive: true }); // an engine mounts only what is there
    return [made, ...named.map((folder) => resolve(folder))];
  }

  async #add(topology: Topology): Promise<void> {
    const { hierarchy, say } = this.#deps;
    const added = await addPackages(hierarchy, topology.packages, { isSourceChosen: false, say });
    for (const { isNew: _, ...delivery } of added) {
      this.deliveries.push(delivery);
      this.#ids.set(delivery.name, delivery.id);
    }
  }

  async #again(delivery: Delivery): Promise<TestPackage> {
    const listed = await this.#providerOf(delivery).packages();
    const sourceVersion = listed.find(({ PackageID }) => PackageID === delivery.id)?.SourceVersion;
    if (sourceVersion !== undefined) {
      this.deliveries[this.deliveries.indexOf(delivery)] = { ...delivery, sourceVersion };
    }
    return this.find(delivery.name);
  }

  #providerOf({ id }: Delivery) {
    const site = this.#deps.topology.sites.find(({ code }) => id.startsWith(code));
    if (!site) throw new Error(`${id} was made at no site of this hierarchy`);
    return this.#deps.hierarchy.site(site.code).provider;
  }
}

function unknown(name: string, known: readonly string[]): Failure {
  const list = known.map((one) => `"${one}"`).join(", ") || "none";
  return new Failure("usage", `expected the name of a package, found "${name}" (known: ${list})`);
}
