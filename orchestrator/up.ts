/**
 * A hierarchy up and its packages in, and then left alone. Where an engine runs the sites, the command is done; where
 * they are in this process or its children, it stays until it is stopped.
 */
import { rm } from "node:fs/promises";

import { addPackages } from "./add-packages.ts";
import type { Driver } from "./drivers/driver.ts";
import { type ExitCode, exitCodes } from "./failure.ts";
import { startHierarchy } from "./hierarchy.ts";
import { rememberRoot } from "./hierarchy-record.ts";
import { withSources } from "./made-sources.ts";
import type { Report } from "./progress/report.ts";
import { checkApart, type RunRoot } from "./run-root.ts";
import type { Topology } from "./topology/plan.ts";
import type { WallClock } from "./wall-clock.ts";
import { counted, pathFromHere } from "./words.ts";

export type UpOptions = {
  readonly topology: Topology;
  readonly driver: Driver;
  readonly root: RunRoot;
  /** Where sources are made that an engine's sites see after this command has ended. */
  readonly leftSources: string;
  readonly wallClock: WallClock;
  readonly signal: AbortSignal;
  readonly report: Report;
  /** How spoolnet is called. */
  readonly command: string;
};

export async function up(given: UpOptions): Promise<ExitCode> {
  await using undone = new AsyncDisposableStack();
  undone.defer(() => rm(given.leftSources, { recursive: true, force: true }));
  const exitCode = await bringUp(given);
  if (given.driver.isLabelled && exitCode === exitCodes.held) undone.move(); // they are for spoolnet down to remove
  return exitCode;
}

async function bringUp(given: UpOptions): Promise<ExitCode> {
  // An engine's sites need them for longer than this command.
  const sources = given.driver.isLabelled ? given.leftSources : given.root.folder;
  const options = { ...given, topology: await withSources(given.topology, sources) };
  const { topology, driver, root, report, signal, command } = options;
  const say = (words: string) => report.say(words);
  for (const { sourceFolder } of topology.packages) await checkApart(root.folder, sourceFolder);
  if (!driver.isLabelled) await rememberRoot(root.folder);
  say(
    `${topology.name}: starting ${counted(topology.sites.length, "site")} ${driver.isLabelled ? `by ${driver.name}` : `in ${root.folder}`}`,
  );
  try {
    await using hierarchy = await startHierarchy({
      ...options,
      root: root.folder,
      isRootKept: root.isKept,
      administratorToken: undefined,
      say,
    });
    await addPackages(hierarchy, topology.packages, { isSourceChosen: false, say });
    const sites = topology.sites.map(({ code }) => ({ code, url: hierarchy.site(code).url }));
    report.fact({
      type: "hierarchy",
      name: topology.name,
      driver: driver.name,
      clock: hierarchy.clock,
      sites,
    });
    const central = sites[0]?.url;
    const staysUntil = driver.isLabelled
      ? `until ${command} down ${topology.name}`
      : `until Ctrl-C, or ${command} down ${topology.name}`;
    report.answer(
      `${topology.name} is up: ${counted(sites.length, "site")}, the central one at ${central}; it stays ${staysUntil}`,
    );
    report.answer(`${command} console ${pathFromHere(topology.file)} shows it in a browser`);
    if (driver.isLabelled) await hierarchy.leave();
    else await untilAborted(signal);
    return exitCodes.held;
  } catch (error) {
    if (!signal.aborted) throw error;
    return exitCodes.stopped; // stopped on its way up: the error is only the echo
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
