/**
 * A hierarchy that runs already, shown in the console until the command is stopped. What is done by hand stays done.
 */
import { siteOfPackage } from "../domain/identifiers.ts";
import type { ConsoleWish } from "./console/console.ts";
import type { DriverName } from "./drivers/driver.ts";
import { Failure } from "./failure.ts";
import type { RunningHierarchy } from "./hierarchy.ts";
import { Course } from "./progress/course.ts";
import type { Delivery } from "./progress/expectations.ts";
import { type Report, silentReport } from "./progress/report.ts";
import { Recording } from "./report/recording.ts";
import { keptHappenings } from "./report/run-folder.ts";
import { expected } from "./run.ts";
import { playScenario } from "./scenario/play.ts";
import type { Topology } from "./topology/plan.ts";
import { noScenario } from "./topology/scenario-plan.ts";
import type { WallClock } from "./wall-clock.ts";
import { Watch } from "./watch.ts";

type ShowOptions = {
  readonly topology: Topology;
  readonly hierarchy: RunningHierarchy;
  readonly driver: DriverName;
  /** The folder where a run keeps what it made happen; undefined where there is none on this machine. */
  readonly root: string | undefined;
  readonly console: ConsoleWish;
  readonly wallClock: WallClock;
  readonly signal: AbortSignal;
  readonly report: Report;
};

/** How often, in milliseconds of real time, what is expected is looked at. */
const lookEveryMs = 250;

/** Resolves once `signal` aborts. */
export async function showHierarchy(options: ShowOptions): Promise<void> {
  const { hierarchy, driver, root, wallClock, signal, report } = options;
  // What the topology has happen is the business of the run that plays it.
  const topology: Topology = { ...options.topology, scenario: noScenario };
  const recording = new Recording();
  if (root !== undefined) recording.happened.push(...(await keptHappenings(root)));
  const deliveries = await deliveriesOf(hierarchy, topology);
  const shared = { topology, hierarchy, recording, deliveries, wallClock };
  await using player = playScenario({
    ...shared,
    board: recording.board,
    onHappening: (happening) => void recording.happened.push(happening),
    report: silentReport,
    keepsChanges: true,
  });
  const course = new Course({
    ...shared,
    ...expected({ topology, exit: false, timeoutMs: undefined }, deliveries, hierarchy.now()),
    isPlayed: () => false, // it goes on until it is ended elsewhere
    report: silentReport,
  });
  const { startConsole } = await import("./console/console.ts");
  await using shown = await startConsole({
    ...shared,
    ...options.console,
    driver,
    player,
    areFoldersShared: driver === "embedded" || driver === "processes",
    scene: () => course,
    say: (words) => report.say(words),
  });
  await using watch = new Watch(hierarchy, {
    board: recording,
    onEvent: (event) => {
      shown.told(event);
      player.look();
    },
    onReach: (site, state) => {
      player.told(site, state);
      shown.reached(site, state);
    },
    say: (words) => report.say(words),
  });
  report.answer(`The console: ${shown.address}`);
  report.fact({ type: "console", address: shown.address, url: shown.url, token: shown.token });
  while (!signal.aborted) {
    if (watch.error) throw watch.error;
    void hierarchy.learnClock();
    await course.look();
    await wallClock.sleep(lookEveryMs, signal);
  }
}

/** What the Providers have; those of a site that does not answer are left out. */
async function deliveriesOf(hierarchy: RunningHierarchy, topology: Topology): Promise<Delivery[]> {
  const primaries = topology.sites.filter(({ type }) => type === "primary");
  const found = await Promise.all(
    primaries.map(async ({ code }) => {
      const { provider } = hierarchy.site(code);
      try {
        const own = (await provider.packages()).filter(({ PackageID: id }) => siteOfPackage(id) === code);
        return await Promise.all(
          own.map(async ({ PackageID: id, Name: name, SourceVersion: sourceVersion }): Promise<Delivery> => {
            const copies = await provider.copies(id);
            const there = copies.filter(({ state }) => state !== "removal pending");
            const distributionPoints = there.map(({ site, server }) => ({ site, server }));
            return { id, name, sourceVersion, distributionPoints };
          }),
        );
      } catch (error) {
        if (error instanceof Failure && error.kind === "environment") return [];
        throw error;
      }
    }),
  );
  return found.flat();
}
