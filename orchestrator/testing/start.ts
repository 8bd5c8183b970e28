/**
 * `spoolnet/testing`: a hierarchy inside a test. It needs no test framework; what it starts ends with `await using`.
 *
 *     await using hierarchy = await startHierarchy({ topology: "three-site.yaml" });
 *     await using cut = await hierarchy.link("CEN", "CHI").cut();
 *     await hierarchy.arrived("Office Update", "MKE", { within: "+12h" });
 */
import { randomBytes } from "node:crypto";

import { stringify } from "yaml";
import type { z } from "zod";

import type { JournalEvent } from "../../domain/journal.ts";
import { chosenDriver, refuseRoot } from "../commands/driver-choice.ts";
import { Failure } from "../failure.ts";
import { startHierarchy as start } from "../hierarchy.ts";
import { withSources } from "../made-sources.ts";
import { Recording } from "../report/recording.ts";
import { checkApart } from "../run-root.ts";
import { circuitsWords } from "../topology/circuits.ts";
import { readTopology, topologyOf } from "../topology/load.ts";
import type { Topology } from "../topology/plan.ts";
import type { topologySchema } from "../topology/schema.ts";
import { sourceText } from "../topology/source-text.ts";
import { systemWallClock } from "../wall-clock.ts";
import { Watch } from "../watch.ts";
import { TestHierarchy } from "./test-hierarchy.ts";
import { TestPackages } from "./test-packages.ts";
import { testRoot } from "./test-root.ts";

export type { Arrived, Where } from "./arrivals.ts";
export type { Fault } from "./fault.ts";
export type { Waiting } from "./reasons.ts";
export type { ArrivedOptions, TestHierarchy } from "./test-hierarchy.ts";
export type { Slowness, TestLink } from "./test-link.ts";
export type { NewPackage, TestPackage } from "./test-packages.ts";
export type { TestSite } from "./test-site.ts";
export type { Verdict } from "./verdicts.ts";
export { WaitFailure, type WaitOptions } from "./waits.ts";
export { Failure };

/** A topology as a file would write it. */
export type TopologyWords = z.input<typeof topologySchema>;

const drivers = ["auto", "embedded", "processes", "docker", "swarm"] as const;
export type TestDriver = (typeof drivers)[number];

export type StartOptions = {
  /** The path of a topology file, seen from the working directory; the text of one; or one as an object. */
  readonly topology: string | TopologyWords;
  /**
   * `embedded`: all sites in this process; `processes`: a process a site, so that one can be killed; `docker`: a
   * container a site; `swarm`: a service a site. `auto`, the default: the last two where the topology asks for them and
   * an engine answers, else embedded.
   * The environment variable SPOOLNET_DRIVER goes before what is said here: the same tests then run elsewhere.
   */
  readonly driver?: TestDriver;
  /** Stops the start and every wait, like the signal of a test that is over. Default: none. */
  readonly signal?: AbortSignal;
  /** How long a wait without `within` goes on, in milliseconds of real time. Default: 30000. */
  readonly patienceMs?: number;
  /** Keeps the folders of the sites, to look into after a test. Default: a temporary folder, removed at the end. */
  readonly root?: string;
  /** Folders that packages are added from later; containers see no others. Default: none. */
  readonly sourceFolders?: readonly string[];
  /** Told what is done and what goes wrong, in words. Default: nobody is. */
  readonly say?: (words: string) => void;
};

const defaultPatienceMs = 30_000;

/**
 * Resolves once every site is up and the topology's packages are made at their sites; from then on they travel. A
 * scenario of the topology is not played: a test makes its own faults. Rejects with a Failure: where the topology has
 * mistakes, with each of them at its line.
 */
export async function startHierarchy(options: StartOptions): Promise<TestHierarchy> {
  const { signal = new AbortController().signal, patienceMs = defaultPatienceMs, say = () => {} } = options;
  const { text, file } = await topologyText(options.topology);
  const read = await topologyOf(text, file);
  const environment = process.env;
  const driver = await chosenDriver({ driver: driverFrom(options, environment) }, read, environment, say);
  refuseRoot(driver, options.root);
  const named = driver.isLabelled ? uniquelyNamed(read) : read;

  await using owned = new AsyncDisposableStack();
  const engine = driver.isLabelled ? { driver: driver.name, hierarchy: named.name } : undefined;
  const root = owned.use(await testRoot({ folder: options.root, engine, environment }));
  const topology = await withSources(named, root.folder);
  for (const { sourceFolder } of topology.packages) await checkApart(root.folder, sourceFolder);
  const hierarchy = owned.use(
    await start({
      ...{ topology, driver, signal, say, wallClock: systemWallClock },
      root: root.folder,
      isRootKept: root.isKept,
      sourceFolders: await TestPackages.sourceFolders(root.folder, options.sourceFolders),
      administratorToken: undefined,
    }),
  );
  const recording = new Recording();
  const events: JournalEvent[] = [];
  const onEvent = (event: JournalEvent) => {
    if (event.sequence > 0) events.push(event);
  };
  const watch = owned.use(new Watch(hierarchy, { board: recording, onEvent, say }));
  const words = sourceText(text).raw as Readonly<Record<string, unknown>>;
  const packages = new TestPackages({ hierarchy, topology, words, root: root.folder, say });
  await packages.addAll();
  const parts = {
    hierarchy,
    topology,
    packages,
    circuits: circuitsWords.parse(words.circuits ?? {}),
    recording,
    events,
    watch,
    wallClock: systemWallClock,
    patienceMs,
  };
  return new TestHierarchy({ ...parts, signal, owned: owned.move() });
}

/** What is in lines, or in braces, is a text; anything else a path. */
async function topologyText(given: StartOptions["topology"]): Promise<{ text: string; file: string }> {
  if (typeof given !== "string") return { text: stringify(given), file: "topology" };
  if (given.includes("\n") || given.trimStart().startsWith("{")) return { text: given, file: "topology" };
  return { text: await readTopology(given), file: given };
}

function driverFrom(
  { driver = "auto" }: StartOptions,
  { SPOOLNET_DRIVER: wished }: NodeJS.ProcessEnv,
): TestDriver {
  if (!wished) return driver;
  const found = drivers.find((one) => one === wished);
  if (found) return found;
  throw new Failure("usage", `SPOOLNET_DRIVER: expected one of ${drivers.join(", ")}, found "${wished}"`);
}

/** Two tests may start the same topology in one engine at the same time. */
function uniquelyNamed(topology: Topology): Topology {
  return { ...topology, name: `${topology.name.slice(0, 31)}-${randomBytes(4).toString("hex")}` };
}
